"""The commands and listings of `docs/verify-by-hand.md`, taken out of the page to be run.

A fenced block whose info string names a file (```` ```python verify.py ````) is that file; blocks
of the language ``sh`` are typed one after the other into one shell. A heading of level 2 is a way
to verify; those of level 3 are its parts.
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "verify-by-hand.md"

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Way:
    """What one way of the page asks for: files to write, and what to type into a shell."""

    files: dict[str, str]
    script: str

    def go(
        self, folder: Path, shell: str = "sh", env: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Go the way in ``folder``, which holds ``run`` and ``trust.json``."""
        for name, content in self.files.items():
            (folder / name).write_text(content, encoding="utf-8")
        return shell_run(self.script, folder, shell, env)


@dataclass(frozen=True)
class Damage:
    """A row of the table of flipped bits: what, by which command, and who notices."""

    what: str
    command: str
    refused_by: frozenset[str]


def way(heading: str, *, leave_out: str | None = None, last: int | None = None) -> Way:
    """The way under ``## heading``, without the part ``### leave_out``.

    ``last``: only the first so many blocks of commands.
    """
    text = _section(PAGE.read_text("utf-8"), f"## {heading}")
    if leave_out is not None:
        part = _section(text, f"### {leave_out}")
        text = text.replace(part, "")
    blocks = list(_BLOCK.findall(text))
    files = {name: body for _, name, body in blocks if name}
    typed = [body for language, name, body in blocks if language == "sh" and not name]
    assert typed, f"the page has no commands under {heading}"
    return Way(files, "\n".join(typed[:last]))


def damages() -> list[Damage]:
    """The rows of the table under "One flipped bit", each with the function that it calls."""
    text = _section(PAGE.read_text("utf-8"), "## One flipped bit")
    (function,) = (body for language, _, body in _BLOCK.findall(text) if language == "sh")
    rows = re.findall(r"^\| (.+?) \| `(.+)` \| (.+?) \|$", text, re.MULTILINE)
    return [
        Damage(what, function + command.replace(r"\|", "|"), frozenset(refusing.split(", ")))
        for what, command, refusing in rows
    ]


def shell_run(
    script: str, folder: Path, shell: str = "sh", env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """What a shell that stops at the first failure makes of ``script``."""
    return subprocess.run(
        [shell, "-eu"],
        input=script,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _section(text: str, heading: str) -> str:
    """From ``heading`` to the next of its level or above, outside of listings."""
    level = heading.index(" ")
    ends = re.compile(rf"^#{{1,{level}}} ")
    taken: list[str] = []
    fenced = False
    for line in text.splitlines(keepends=True):
        if line.startswith("```"):
            fenced = not fenced
        if taken and not fenced and ends.match(line):
            break
        if taken or line.rstrip("\n") == heading:
            taken.append(line)
    assert taken, f"the page has no heading {heading!r}"
    return "".join(taken)


def _trust(folder: Path, role: str, **fields: object) -> None:
    path = folder / "trust.json"
    trust = json.loads(path.read_bytes())
    for key in trust["keys"]:
        if role in key["roles"]:
            key.update(fields)
    path.write_text(json.dumps(trust), encoding="utf-8")


def _lines(folder: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path = folder / "run" / "record.intoto.jsonl"
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def revoke_the_gate_key(folder: Path) -> None:
    _trust(folder, "gate", revoked="2030-01-01")


def take_the_role_from_the_gate_key(folder: Path) -> None:
    _trust(folder, "gate", roles=["approver"])


def let_the_gate_key_expire(folder: Path) -> None:
    _trust(folder, "gate", not_after="2026-01-01")


def begin_the_gate_key_later(folder: Path) -> None:
    _trust(folder, "gate", not_before="2999-01-01")


def swap_the_keys(folder: Path) -> None:
    """The gate's id with the log's key: its signatures cannot hold under that."""
    keys = json.loads((folder / "trust.json").read_bytes())["keys"]
    _trust(folder, "gate", public=keys[1]["public"])


def ask_for_two_signers(folder: Path) -> None:
    _ask(folder, thresholds={"gate": 2})


def ask_for_what_nobody_knows_yet(folder: Path) -> None:
    _ask(folder, version=2)


def _ask(folder: Path, **members: object) -> None:
    path = folder / "trust.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | members), encoding="utf-8")


def leave_the_summary_out(folder: Path) -> None:
    _lines(folder, lambda lines: lines[:1])


def take_the_summary_for_the_decision(folder: Path) -> None:
    _lines(folder, lambda lines: lines[1:])


def say_the_summary_twice(folder: Path) -> None:
    _lines(folder, lambda lines: [*lines, lines[1]])


def add_a_train_file(folder: Path) -> None:
    (folder / "run" / "train" / "more.jsonl").write_bytes(b"{}\n")


def remove_a_train_file(folder: Path) -> None:
    next(_train_files(folder)).unlink()


def make_a_train_file_a_link(folder: Path) -> None:
    file = next(_train_files(folder))
    file.rename(folder / "elsewhere")
    file.symlink_to(folder / "elsewhere")


def link_a_folder_into_the_train_partition(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "more.jsonl").write_bytes(b"{}\n")
    (folder / "run" / "train" / "more").symlink_to(folder / "elsewhere")


def _train_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted((folder / "run" / "train").rglob("*")) if path.is_file())


# What every way refuses, beside flipped bits.
CHANGES = (
    revoke_the_gate_key,
    take_the_role_from_the_gate_key,
    let_the_gate_key_expire,
    begin_the_gate_key_later,
    swap_the_keys,
    ask_for_two_signers,
    ask_for_what_nobody_knows_yet,
    leave_the_summary_out,
    take_the_summary_for_the_decision,
    say_the_summary_twice,
    add_a_train_file,
    remove_a_train_file,
    make_a_train_file_a_link,
    link_a_folder_into_the_train_partition,
)


def revoke_the_log_key(folder: Path) -> None:
    _trust(folder, "log", revoked="2030-01-01")


def rename_the_log(folder: Path) -> None:
    _trust(folder, "log", name="example.com/another-log")


def _proof(folder: Path, number: int, change: Callable[[str], str]) -> None:
    path = folder / "run" / "proof.tlog-proof"
    lines = path.read_text("utf-8").split("\n")
    lines[number] = change(lines[number])
    path.write_text("\n".join(lines), encoding="utf-8")


def point_the_proof_at_the_entry_before(folder: Path) -> None:
    _proof(folder, 1, lambda line: "index 0")


def change_a_hash_of_the_proof(folder: Path) -> None:
    _proof(folder, 2, lambda line: ("B" if line[0] == "A" else "A") + line[1:])


def give_the_proof_one_more_hash(folder: Path) -> None:
    _proof(folder, 2, lambda line: f"{line}\n{line}")


def drop_a_hash_of_the_proof(folder: Path) -> None:
    _proof(folder, 2, lambda line: "")


# What those refuse that look at the log.
LOG_CHANGES = (
    revoke_the_log_key,
    rename_the_log,
    point_the_proof_at_the_entry_before,
    change_a_hash_of_the_proof,
    give_the_proof_one_more_hash,
    drop_a_hash_of_the_proof,
)
