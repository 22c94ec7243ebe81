"""Where the data that is shipped beside the code lies: policy packs, and the tables in `policies/`.

Inside the installed package, or at the top of a checkout.
"""

from importlib.resources import files
from pathlib import Path


def shipped_folders() -> tuple[Path, Path]:
    """The two folders `policies` can be, the installed one first; one of them is there."""
    package = Path(str(files("govgate")))
    return package / "policies", package.parent / "policies"


def shipped_table(name: str) -> Path:
    """The file ``name`` that lies in `policies` itself, such as `licenses.yaml`."""
    installed, checkout = (folder / name for folder in shipped_folders())
    return installed if installed.is_file() else checkout
