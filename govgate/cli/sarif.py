"""Findings as SARIF 2.1.0 (OASIS), the format that code hosts show beside the lines of a file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
Level = Literal["none", "note", "warning", "error"]


@dataclass(frozen=True, slots=True)
class SarifRule:
    """What a kind of finding means."""

    id: str
    title: str
    help: str
    level: Level


@dataclass(frozen=True, slots=True)
class SarifResult:
    """One finding in one place; line and column count from 1, in code points."""

    rule: str
    level: Level
    message: str
    file: str
    line: int
    column: int


def sarif(
    rules: Sequence[SarifRule],
    results: Iterable[SarifResult],
    *,
    version: str,
    successful: bool = True,
    incomplete: Sequence[str] = (),
) -> dict[str, Any]:
    """A log with one run. ``successful``: whether the tool could do its work (3.20.14);
    ``incomplete``: what it could not, as notifications."""
    at = {rule.id: number for number, rule in enumerate(rules)}
    driver = {
        "name": "govgate",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(rule) for rule in rules],
    }
    invocation: dict[str, Any] = {"executionSuccessful": successful}
    if incomplete:
        invocation["toolExecutionNotifications"] = [
            {"level": "note", "message": {"text": text}} for text in incomplete
        ]
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": [_result(result, at) for result in results],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: SarifRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(result: SarifResult, at: Mapping[str, int]) -> dict[str, Any]:
    region = {"startLine": result.line, "startColumn": result.column}
    location = {"artifactLocation": {"uri": uri(result.file)}, "region": region}
    return {
        "ruleId": result.rule,
        "ruleIndex": at[result.rule],
        "level": result.level,
        "message": {"text": result.message},
        "locations": [{"physicalLocation": location}],
    }


def uri(file: str) -> str:
    """A file as a URI reference: relative where it lies below the working directory."""
    path = Path(file).absolute()
    here = Path.cwd()
    if path.is_relative_to(here):
        return quote(path.relative_to(here).as_posix())
    return path.as_uri()
