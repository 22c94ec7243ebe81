"""Run as a program by a test: detects with every way to the network shut, prints the entities."""

import socket


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("the network was asked for")


socket.socket.connect = refuse
socket.getaddrinfo = refuse

from govgate.scan.detector import Ask  # noqa: E402
from govgate.scan.fast.detector import FastDetector  # noqa: E402
from govgate.scansettings import ScanSettings  # noqa: E402

TEXT = "Ann Lee <ann.lee@example.co.uk>, https://example.org, IBAN DE89370400440532013000"

if __name__ == "__main__":
    (spans,) = FastDetector(ScanSettings()).detect([Ask(TEXT)])
    print(*sorted({span.entity for span in spans}))
