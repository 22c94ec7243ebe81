"""A real time-stamp authority for tests: certificates and answers by the `openssl` command."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

CONFIG = """\
[req]
distinguished_name = none
[none]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamps]
extendedKeyUsage = critical, timeStamping
[not-critical]
extendedKeyUsage = timeStamping
[two-uses]
extendedKeyUsage = critical, timeStamping, codeSigning
[code]
extendedKeyUsage = critical, codeSigning
[none-at-all]
basicConstraints = critical, CA:FALSE
[tsa]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""
needed = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


class Tsa:
    """A root, a certificate between, and signers that both stand for; all keys in ``folder``."""

    def __init__(self, folder: Path, name: str = "a time authority") -> None:
        self.folder, self.name = folder, name
        folder.mkdir(parents=True)
        (folder / "openssl.cnf").write_text(CONFIG.format(folder=folder), encoding="utf-8")
        (folder / "serial").write_text("01\n", encoding="utf-8")
        for key in ("root", "between", "signer"):
            self.openssl(
                "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out", f"{key}.key"
            )
        self.openssl(
            "req -x509 -extensions ca -days 30 -key root.key -out root.pem -subj", "/CN=root"
        )
        self.issue("between", extensions="ca", by="root")
        self.issue("signer")

    @property
    def root(self) -> str:
        """The root certificate in PEM."""
        return self.pem("root")

    def pem(self, name: str) -> str:
        return (self.folder / f"{name}.pem").read_text(encoding="ascii")

    def issue(
        self,
        name: str,
        *,
        extensions: str = "stamps",
        by: str = "between",
        days: tuple[str, str] | None = None,
    ) -> None:
        """A certificate NAME.pem for the key NAME.key, or the signer's where there is none."""
        key = name if (self.folder / f"{name}.key").exists() else "signer"
        subject = f"/O=Tests/CN={self.name if key == 'signer' else name}"
        self.openssl(f"req -new -key {key}.key -out {name}.csr -subj", subject)
        if days is None:
            self.openssl(
                f"x509 -req -in {name}.csr -CA {by}.pem -CAkey {by}.key -CAcreateserial"
                f" -extfile openssl.cnf -extensions {extensions} -days 30 -out {name}.pem"
            )
            return
        for file, text in (("index", ""), ("ca-serial", "77\n")):
            (self.folder / file).write_text(text, encoding="ascii")
        config = (
            "[ca]\ndefault_ca = d\n[d]\ndatabase = index\nserial = ca-serial\nnew_certs_dir = .\n"
            "default_md = sha256\npolicy = p\n[p]\ncommonName = supplied\n"
            "[x]\nextendedKeyUsage = critical, timeStamping\n"
        )
        (self.folder / "ca.cnf").write_text(config, encoding="ascii")
        self.openssl(
            f"ca -batch -notext -config ca.cnf -extensions x -in {name}.csr -cert {by}.pem"
            f" -keyfile {by}.key -startdate {days[0]} -enddate {days[1]} -out {name}.pem"
        )

    def answer(
        self,
        query: bytes,
        *,
        signer: str = "signer",
        chain: tuple[str, ...] = ("between",),
        config: str = "",
        key: str = "signer",
    ) -> bytes:
        """What the authority answers to ``query``; ``config`` lines override its settings."""
        folder = self.folder
        (folder / "query.tsq").write_bytes(query)
        (folder / "chain.pem").write_text("".join(map(self.pem, chain)), encoding="ascii")
        (folder / "reply.cnf").write_text(CONFIG.format(folder=folder) + config, encoding="utf-8")
        more = " -chain chain.pem" if chain else ""
        self.openssl(
            "ts -reply -config reply.cnf -section tsa -queryfile query.tsq -out answer.tsr"
            f" -signer {signer}.pem -inkey {key}.key{more}"
        )
        return (folder / "answer.tsr").read_bytes()

    def openssl(self, arguments: str, *last: str) -> None:
        done = subprocess.run(
            ["openssl", *arguments.split(), *last],
            cwd=self.folder,
            env={
                "OPENSSL_CONF": str(self.folder / "openssl.cnf"),
                "PATH": "/usr/bin:/bin:/usr/local/bin",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def serving(answer: Callable[[bytes], bytes], status: int = 200, **headers: str) -> Iterator[str]:
    """The address of an HTTP server on this machine that answers queries with ``answer``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            right = self.headers["Content-Type"] == "application/timestamp-query"
            self.send_response(status if right else 415)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer(query))

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tsr"
        finally:
            server.shutdown()
            thread.join()
