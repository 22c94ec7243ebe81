"""Where the shipped policy packs lie: inside the installed package, or at the top of a checkout."""

from importlib.resources import files
from pathlib import Path

from govgate.errors import UsageError


def pack_names() -> list[str]:
    """The packs that are shipped, sorted."""
    return sorted(
        {
            folder.name
            for place in _places()
            if place.is_dir()
            for folder in place.iterdir()
            if (folder / "policy.yaml").is_file()
        }
    )


def pack_path(name: str) -> Path:
    """The folder of pack ``name``, with ``policy.yaml`` and ``cases.yaml``."""
    if name in pack_names():
        for place in _places():
            if (place / name / "policy.yaml").is_file():
                return place / name
    raise UsageError(
        f"there is no policy pack {name!r}", remedy=f"packs: {', '.join(pack_names())}"
    )


def _places() -> tuple[Path, Path]:
    package = Path(str(files("govgate")))
    return package / "policies", package.parent / "policies"
