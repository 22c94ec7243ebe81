"""Documents whose console blocks are run again and compared, one after the other, in one folder.

A fenced block of the language ``console`` holds commands after ``$ `` and what each prints:
standard output, then standard error, then ``(exit N)`` where the code is not 0. A block whose info
string names a file (```` ```yaml policies/acme/policy.yaml ````) is that file's content from there
on. ``...`` alone on a line stands for any lines. Ids, digests, times and today's date are not
compared letter by letter.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CHANGING = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "DIGEST"),
    (re.compile(r"\bw-[0-9a-f]{8,}\b"), "WAIVER"),
    (re.compile(r"\b[0-9a-f]{12,16}\b"), "ID"),
    (re.compile(r"\b\d+\.\d+ ?s\b|\b\d+ ms\b"), "TIME"),
)
_RAN = re.compile(r"(?<=\b(?:made|seen) on )\d{4}-\d\d-\d\d\b")  # of the document, its own day


@dataclass(frozen=True)
class Step:
    """One command and what the document says that it prints, or a file and its content."""

    line: int
    command: str | None
    text: str
    file: str | None = None


def steps(document: str) -> Iterator[Step]:
    """The files and commands of a document, in order."""
    for block in _BLOCK.finditer(document):
        language, file, body = block.groups()
        line = document[: block.start()].count("\n") + 1
        if file:
            yield Step(line, None, body, file)
        elif language == "console":
            yield from _commands(body, line + 1)


def _commands(body: str, line: int) -> Iterator[Step]:
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)
    assert parts[0] == "", f"line {line}: a console block begins with a command"
    for part in parts[1:]:
        command, _, printed = part.partition("\n")
        yield Step(line, command, printed.rstrip("\n"))
        line += part.count("\n")


def run(command: str, folder: Path, env: dict[str, str], python: str) -> str:
    """What a command of a document prints, with its exit code."""
    words = shlex.split(command)
    if words[0] == "govgate":
        words[0:1] = [python, "-m", "govgate"]
    redirected = None
    if ">" in words:
        at = words.index(">")
        redirected, words = folder / words[at + 1], words[:at]
    done = subprocess.run(
        words, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=600
    )
    out = done.stdout
    if redirected is not None:
        redirected.write_text(out, encoding="utf-8")
        out = ""
    code = f"(exit {done.returncode})\n" if done.returncode else ""
    return f"{out}{done.stderr}{code}".rstrip("\n")


def same(shown: str, printed: str, today: str) -> bool:
    """Whether a command printed what the document shows."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line) + "\n"
        for line in comparable(_RAN.sub("TODAY", shown), today).split("\n")
    )
    return re.fullmatch(pattern, comparable(printed, today) + "\n") is not None


def comparable(text: str, today: str) -> str:
    """``text`` with what differs from run to run replaced, and the ends of lines trimmed."""
    for pattern, word in _CHANGING:
        text = pattern.sub(word, text)
    text = text.replace(today, "TODAY")
    return "\n".join(line.rstrip() for line in text.split("\n"))


def replayed(document: str, folder: Path, env: dict[str, str], python: str) -> str:
    """The document with every command's answer as it is today; files are written on the way."""
    for step in list(steps(document)):
        if step.file is not None:
            (folder / step.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.file).write_text(step.text, encoding="utf-8")
        elif step.command is not None:
            printed = run(step.command, folder, env, python)
            old = f"$ {step.command}\n{step.text}".rstrip("\n")
            document = document.replace(
                f"{old}\n", f"$ {step.command}\n{printed}".rstrip("\n") + "\n", 1
            )
    return document
