"""What simple evasion hides is found, said to be found otherwise, and redacted where it stands."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest

from tests.cli.conftest import Cli, write_data

MAIL, CARD, SSN, PHONE = "jane.doe@example.com", "4012888888881881", "536-22-8726", "212-555-0123"


def spread(text: str, mark: str) -> str:
    return mark.join(text)


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in text)


HIDDEN: dict[str, tuple[str, str, str]] = {
    "zero-width characters": ("EMAIL_ADDRESS", spread(MAIL, "\u200b"), "Write to {} today."),
    "soft hyphens": ("CREDIT_CARD", spread(CARD, "\u00ad"), "It is {} now."),
    "bidi marks": ("US_SSN", spread(SSN, "\u2060"), "My ssn is {}, keep it."),
    "full-width digits": ("CREDIT_CARD", wide(CARD), "Card no. {} please."),
    "Arabic digits": (
        "CREDIT_CARD",
        CARD.translate({48 + n: 0x660 + n for n in range(10)}),
        "Card {} is mine.",
    ),
    "Cyrillic letters": ("EMAIL_ADDRESS", MAIL.replace("a", "а").replace("e", "е"), "Mail {} now."),
    "spelled out": ("EMAIL_ADDRESS", "jane.doe [at] example [dot] com", "Ask {} about it."),
    "parentheses": ("EMAIL_ADDRESS", "jane.doe(at)example.com", "Ask {} about it."),
    "local host": ("EMAIL_ADDRESS", "jane.doe@mailhost.intranet", "Ask {} about it."),
    "decimal entities": ("EMAIL_ADDRESS", MAIL.replace("@", "&#64;"), "Ask {} about it."),
    "named entities": ("EMAIL_ADDRESS", MAIL.replace("@", "&commat;"), "Ask {} about it."),
    "percent-encoding": ("EMAIL_ADDRESS", quote(MAIL, safe=""), "See /a?b/{} there."),
    "newlines": ("CREDIT_CARD", "4012\n8888\n8888\n1881", "My card is\n{}\nthanks"),
    "underscores": ("CREDIT_CARD", "4012_8888_8888_1881", "My card is {} thanks"),
}


@pytest.fixture(scope="module")
def run(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("evasions")
    rows: list[dict[str, Any]] = [
        {"prompt": "e\u0301😀 " + sentence.format(hidden), "completion": "Fine 😀."}
        for _, hidden, sentence in HIDDEN.values()
    ]
    rows += [
        {"prompt": f"How tall is lamp number {n}?", "completion": "A foot."} for n in range(20)
    ]
    done = cli("gate", write_data(top / "data", rows), "--out", top / "run")
    assert done.returncode == 0, done.stdout + done.stderr
    return top / "run"


@pytest.mark.parametrize("name", HIDDEN)
def test_it_is_found_in_its_place_and_replaced(run: Path, name: str) -> None:
    entity, hidden, sentence = HIDDEN[name]
    line = list(HIDDEN).index(name)
    text = "e\u0301😀 " + sentence.format(hidden)
    findings = pl.read_parquet(run / "findings.parquet").filter(
        (pl.col("row") == f"rows.jsonl:{line + 1}") & (pl.col("entity") == entity)
    )
    spans = [text[f["start"] : f["end"]] for f in findings.to_dicts()]
    assert hidden in spans
    trained = json.loads((run / "train" / "rows.jsonl").read_text().splitlines()[line])
    before, behind = ("e\u0301😀 " + sentence).split("{}")
    assert trained["prompt"] == f"{before}<{entity}_1>{behind}"
    assert trained["completion"] == "Fine 😀."


def test_an_address_in_base64_is_redacted_with_what_encodes_it(cli: Cli, tmp_path: Path) -> None:
    code = base64.b64encode(f"send it to {MAIL} by Monday".encode()).decode()
    rows = [{"prompt": f"Decode {code} for me.", "completion": "No."}]
    rows += [
        {"prompt": f"How tall is lamp number {n}?", "completion": "A foot."} for n in range(20)
    ]
    done = cli("gate", write_data(tmp_path / "data", rows), "--out", tmp_path / "run")
    assert done.returncode == 0, done.stdout + done.stderr
    trained = (tmp_path / "run" / "train" / "rows.jsonl").read_text()
    assert code not in trained
    left = trained.split("Decode ")[1].split(" for me")[0]
    assert base64.b64encode(MAIL[:9].encode()).decode()[:8] not in left
    assert "<EMAIL_ADDRESS_1>" in trained


def test_a_number_over_two_turns_is_redacted_in_both(cli: Cli, tmp_path: Path) -> None:
    turns = [
        {"role": "user", "content": "My card is 4012 8888"},
        {"role": "user", "content": "8888 1881, is it valid?"},
    ]
    plain = [{"role": "user", "content": "How tall is the lamp?"}]
    rows = [{"messages": turns}, *({"messages": plain} for _ in range(9))]
    done = cli("gate", write_data(tmp_path / "data", rows), "--out", tmp_path / "run")
    assert done.returncode == 0, done.stdout + done.stderr
    first = json.loads((tmp_path / "run" / "train" / "rows.jsonl").read_text().splitlines()[0])
    assert [turn["content"] for turn in first["messages"]] == [
        "My card is <CREDIT_CARD_1>",
        "<CREDIT_CARD_2>, is it valid?",
    ]


def test_a_table_in_a_text_lends_its_header_to_the_cells(cli: Cli, tmp_path: Path) -> None:
    table = "| name | SSN |\n|---|---|\n| x | 536228726 |\n| y | 219112357 |\n"
    rows = [{"prompt": table, "completion": "Thanks."}, {"prompt": "536228726", "completion": "?"}]
    done = cli("scan", write_data(tmp_path / "data", rows), "--out", tmp_path / "scan")
    assert done.returncode == 0, done.stderr
    found = pl.read_parquet(tmp_path / "scan" / "findings.parquet")
    ssn = found.filter((pl.col("entity") == "US_SSN") & (pl.col("score") >= 0.4)).to_dicts()
    assert [(f["row"], table[f["start"] : f["end"]]) for f in ssn] == [
        ("rows.jsonl:1", "536228726"),
        ("rows.jsonl:1", "219112357"),
    ]
