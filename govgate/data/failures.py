"""Failures that more than one format can report, and the short ways to make them."""

from govgate.model import Failure, FailureScope


def row_failure(code: str, message: str, remedy: str = "") -> Failure:
    """A failure of one row; reading goes on behind it."""
    return Failure(code, message, remedy)


def file_failure(code: str, message: str, remedy: str = "") -> Failure:
    """A failure that ends its file: nothing behind it was read."""
    return Failure(code, message, remedy, FailureScope.FILE)


def too_long(limit: int) -> Failure:
    """A row of more than ``limit`` bytes, passed over without holding it."""
    return row_failure(
        "row-too-long",
        f"the row is longer than {limit} bytes",
        "split it into several rows",
    )


INVALID_UTF8 = row_failure(
    "invalid-utf8", "the row is not valid UTF-8", "save the file as UTF-8 or repair the row"
)
UTF_16 = file_failure(
    "utf-16", "the file looks like UTF-16", "save it as UTF-8, for example with iconv"
)
NUL_BYTE = row_failure("nul-byte", "the row holds a NUL byte", "remove the byte")

UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
