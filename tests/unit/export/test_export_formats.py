"""What formats say of decisions that are rare, and of formats of files."""

import json
from typing import Any

import pytest

from govgate.data.dataset import EXTENSIONS, WRAPPERS
from govgate.errors import UsageError
from govgate.export.encodings import MEDIA_TYPES, UNKNOWN, WRAPPED, format_of, media_type
from govgate.export.formats import NEEDS_ROWS, Format, render
from govgate.export.verified import Verified
from govgate.model import Outcome, Purpose
from govgate.policy.waivers import State
from govgate.record import Counts, DataPart, Decision, PolicyUsed, WaiverRead

HEX, DIGEST = "0a" * 32, "5e" * 32


def record(*names: str, outcome: Outcome = Outcome.TRAIN, **more: Any) -> Verified:
    """A record of as few words as a record may have."""
    train = tuple(DataPart(name=name, sha256=HEX, size=9, rows=1) for name in names)
    rows = len(train)
    decision = Decision(
        outcome=outcome,
        purpose=Purpose.FINE_TUNING,
        as_of="2026-11-29",
        finished_on="2026-11-29T08:00:00Z",
        policy=PolicyUsed(name="p", version=1, expires="2027-01-01", sha256=HEX),
        unmet=(),
        counts=Counts(rows=rows, train=rows, retrieve=0, withheld=0, redacted=0, rules={}),
        coverage={"complete": True},
        inputs=(DataPart(name="train/a.jsonl", sha256=HEX, size=9, rows=1),),
        train=train,
        byproducts=(),
        detector={},
        registries={},
        versions={},
        **more,
    )
    return Verified(decision, DIGEST)


@pytest.mark.parametrize("format_", Format)
def test_a_record_of_few_words_is_told_with_its_time_in_utc(format_: Format) -> None:
    text = render(record("train/a.jsonl"), format_).decode()
    assert DIGEST[:12] in text
    assert "2026-11-29T08:00:00Z" in text
    assert "unknown" in text


@pytest.mark.parametrize("format_", Format)
def test_a_waiver_that_was_heeded_is_told_and_no_other(format_: Format) -> None:
    waivers = tuple(
        WaiverRead(file=f"{id_}.json", sha256=HEX, id=id_, rule="r", rows=3, state=state)
        for id_, state in (("w-heeded", State.USED), ("w-expired", State.EXPIRED))
    )
    text = render(record("train/a.jsonl", waivers=waivers), format_).decode()
    assert "w-heeded" in text
    assert "w-expired" not in text


@pytest.mark.parametrize("format_", Format)
def test_the_order_of_files_in_a_record_is_of_no_account(format_: Format) -> None:
    there = render(record("train/a.jsonl", "train/b.csv"), format_)
    assert there == render(record("train/b.csv", "train/a.jsonl"), format_)
    assert there != render(record("train/a.jsonl", "train/c.csv"), format_)


@pytest.mark.parametrize("format_", Format)
@pytest.mark.parametrize("outcome", [Outcome.RETRIEVAL_ONLY, Outcome.BLOCKED])
def test_an_empty_partition_is_told_or_refused(format_: Format, outcome: Outcome) -> None:
    empty = record(outcome=outcome)
    if format_ in NEEDS_ROWS:
        with pytest.raises(UsageError, match=f"the outcome is {outcome}"):
            render(empty, format_)
    else:
        assert outcome.value in render(empty, format_).decode()


def test_an_input_that_is_called_like_a_file_of_the_partition_is_another_element() -> None:
    graph = json.loads(render(record("train/a.jsonl"), Format.SPDX))["@graph"]
    files = [one["spdxId"] for one in graph if one["type"] == "software_File"]
    base = f"tag:govgate,2026:record/{DIGEST}#"
    assert sorted(files) == [f"{base}inputs/train/a.jsonl", f"{base}train/a.jsonl"]


def test_each_format_of_files_has_its_own_configuration_in_a_card() -> None:
    card = render(record("train/a.jsonl", "train/b.ndjson.gz", "train/c.csv"), Format.HUGGINGFACE)
    front = card.decode().split("---\n")[1]
    assert front.count("config_name") == 2
    assert '- config_name: "csv"' in front
    assert front.index("train/a.jsonl") < front.index("train/b.ndjson.gz")


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_media_type_is_that_of_the_bytes(extension: str) -> None:
    expected = EXTENSIONS[extension]
    name = f"train/x.y{extension.upper()}"
    assert (format_of(name), media_type(name)) == (expected, MEDIA_TYPES[expected])
    for wrapper, compression in WRAPPERS.items():
        assert format_of(name + wrapper) is expected
        assert media_type(name + wrapper) == WRAPPED[compression]


@pytest.mark.parametrize("name", ["train/README", "train/x.unknown", "train/jsonl"])
def test_a_file_of_no_known_extension_is_bytes(name: str) -> None:
    assert (format_of(name), media_type(name)) == (None, UNKNOWN)
