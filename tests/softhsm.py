"""A SoftHSM of a test's own: real tokens in a temporary folder, filled by python-pkcs11."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PIN = "7261954308"
LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
MODULE = next((path for path in LIBRARIES if os.path.exists(path)), "")
ED25519 = bytes.fromhex("06032b6570")


@dataclass(frozen=True)
class SoftHsm:
    """Tokens below ``folder``, all with the PIN `PIN`."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """What a process needs to find the tokens and to open them."""
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf"), "GOVGATE_PASSPHRASE": PIN}

    def add_token(self, label: str) -> None:
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN]
        subprocess.run(
            [*command, "--so-pin", PIN],
            env={**os.environ, **self.env},
            check=True,
            capture_output=True,
        )

    def uri(self, key: str = "", token: str = "acme") -> str:
        """Of a key (``object=gate``), or of the token alone."""
        return f"pkcs11:token={token}{';' * bool(key)}{key}?module-path={MODULE}"

    def pointer(self, path: Path, key: str, token: str = "acme") -> Path:
        """A key file that names the key."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.uri(key, token) + "\n")
        path.chmod(0o644)
        return path

    @contextmanager
    def session(self) -> Iterator[Any]:
        """The first token, open to be changed."""
        import pkcs11

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SOFTHSM2_CONF", self.env["SOFTHSM2_CONF"])
            library = pkcs11.lib(MODULE)
            library.reinitialize()  # it reads the folder of its tokens only now
            with library.get_token(token_label="acme").open(rw=True, user_pin=PIN) as session:
                yield session

    def make_key(self, label: str, id: bytes, **private: bool) -> bytes:
        """A new Ed25519 key (``SIGN=False``); returns the 32 bytes of its public half."""
        from pkcs11 import Attribute, KeyType, Mechanism

        with self.session() as session:
            curve = session.create_domain_parameters(
                KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: ED25519}, local=True
            )
            public, _ = curve.generate_keypair(
                id=id,
                label=label,
                store=True,
                mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
                private_template={Attribute[name]: value for name, value in private.items()},
            )
            return bytes(public[Attribute.EC_POINT])[2:]

    def make_other_key(self, kind: str, label: str, id: bytes) -> None:
        """A key that govgate does not sign with: ``rsa`` or ``p256``."""
        from pkcs11 import Attribute, KeyType
        from pkcs11.util.ec import encode_named_curve_parameters

        with self.session() as session:
            if kind == "rsa":
                session.generate_keypair(KeyType.RSA, 1024, id=id, label=label, store=True)
                return
            params = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
            curve = session.create_domain_parameters(KeyType.EC, params, local=True)
            curve.generate_keypair(id=id, label=label, store=True)

    def replace_public(self, id: bytes, raw: bytes | None) -> None:
        """Another public half for the key of this id, or none."""
        from pkcs11 import Attribute, KeyType, ObjectClass

        with self.session() as session:
            (old,) = session.get_objects(
                {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: id}
            )
            old.destroy()
            if raw is not None:
                session.create_object(
                    {
                        Attribute.CLASS: ObjectClass.PUBLIC_KEY,
                        Attribute.KEY_TYPE: KeyType.EC_EDWARDS,
                        Attribute.EC_PARAMS: ED25519,
                        Attribute.EC_POINT: bytes.fromhex("0420") + raw,
                        Attribute.ID: id,
                        Attribute.TOKEN: True,
                    }
                )


def make_softhsm(folder: Path) -> SoftHsm:
    """A SoftHSM with one empty token ``acme``; skips the test where the library is missing."""
    if not MODULE:
        pytest.skip("SoftHSM is not installed (make evidence-packages)")
    tokens = folder / "tokens"
    tokens.mkdir(parents=True)
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    made = SoftHsm(folder)
    made.add_token("acme")
    return made
