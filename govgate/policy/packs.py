"""Where the shipped policy packs lie: inside the installed package, or at the top of a checkout."""

from pathlib import Path

from govgate.errors import UsageError
from govgate.shipped import shipped_folders
from govgate.spelling import did_you_mean


def pack_names() -> list[str]:
    """The packs that are shipped, sorted."""
    return sorted(
        {
            folder.name
            for place in shipped_folders()
            if place.is_dir()
            for folder in place.iterdir()
            if (folder / "policy.yaml").is_file()
        }
    )


def pack_path(name: str) -> Path:
    """The folder of pack ``name``, with ``policy.yaml`` and ``cases.yaml``."""
    names = pack_names()
    if name in names:
        for place in shipped_folders():
            if (place / name / "policy.yaml").is_file():
                return place / name
    raise UsageError(
        f"there is no policy pack {name!r}{did_you_mean(name, names)}",
        remedy=f"packs: {', '.join(names)}",
    )


def policy_file(name: str, folder: Path | None = None) -> Path:
    """The file of the policy that ``name`` means: a file, a folder that holds one, or a pack.

    Paths are taken from ``folder``, or from where the process runs.
    """
    path = (folder or Path()) / name
    if not (path.exists() or path.suffix in (".yaml", ".yml") or len(Path(name).parts) > 1):
        path = pack_path(name)
    return path / "policy.yaml" if path.is_dir() else path
