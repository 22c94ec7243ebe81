"""What the extension of a partition's file says of its format. Its name is that of the input."""

from pathlib import PurePosixPath

from govgate.data.dataset import EXTENSIONS, WRAPPERS, Compression, Format

MEDIA_TYPES = {
    Format.JSONL: "application/jsonl",
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.TSV: "text/tab-separated-values",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ARROW: "application/vnd.apache.arrow.file",
    Format.TEXT: "text/plain",
}
WRAPPED = {Compression.GZIP: "application/gzip", Compression.ZSTD: "application/zstd"}
UNKNOWN = "application/octet-stream"


def format_of(name: str) -> Format | None:
    """The format of a file by its extension, below the one of a compression; None if unknown."""
    path = PurePosixPath(name.lower())
    if path.suffix in WRAPPERS:
        path = path.with_suffix("")
    return EXTENSIONS.get(path.suffix)


def media_type(name: str) -> str:
    """The media type of the file's bytes, by its extension."""
    suffix = PurePosixPath(name.lower()).suffix
    if suffix in WRAPPERS:
        return WRAPPED[WRAPPERS[suffix]]
    found = EXTENSIONS.get(suffix)
    return MEDIA_TYPES[found] if found else UNKNOWN
