"""What `govgate policy bundle` prints of a bundle."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from govgate.attest.bundle import Bundle


def facts_of(bundle: "Bundle", sha256: str, signers: tuple[str, ...]) -> dict[str, Any]:
    """All that the text and `--json` say of a bundle."""
    from govgate.steps.bundles.build import policies_in

    said = policies_in(bundle)
    return {
        "name": bundle.name,
        "version": bundle.version,
        "createdOn": str(bundle.created_on),
        "expires": str(bundle.expires),
        "sha256": sha256,
        "signers": list(signers),
        "policies": [
            {
                "path": file.path,
                "policy": said[file.path].policy,
                "version": said[file.path].version,
                "sha256": file.sha256,
            }
            for file in bundle.files
            if file.path in said
        ],
        "other": [
            {"path": file.path, "sha256": file.sha256}
            for file in bundle.files
            if file.path not in said
        ],
    }


def print_facts(facts: dict[str, Any]) -> None:
    """The same for people, one line for each file."""
    from govgate.steps.bundles.load import PREFIX, short

    click.echo(
        f"bundle {facts['name']} version {facts['version']}, made on {facts['createdOn']}, "
        f"expires {facts['expires']}"
    )
    click.echo(f"signed by {', '.join(map(_keyid, facts['signers']))}")
    for one in facts["policies"]:
        click.echo(
            f"  {PREFIX}{facts['name']}/{short(one['path'])}  {one['policy']} "
            f"version {one['version']}  sha256 {one['sha256'][:16]}"
        )
    for one in facts["other"]:
        click.echo(f"  {one['path']}  sha256 {one['sha256'][:16]}")


def _keyid(text: str) -> str:
    """Nobody may have vouched for it, so it must not speak to the terminal."""
    return "".join(c if c.isprintable() else "?" for c in text[:16]) or "unnamed"
