"""ai.txt, C2PA manifests, lists of domains and people."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.errors import UsageError
from govgate.rights.signals.aitxt import CUT, LONG, UNREAD, ai_txt_rules
from govgate.rights.signals.c2pa import BROKEN, manifest_says
from govgate.rights.signals.lists import domain_says, read_domains, read_subjects
from govgate.rights.signals.model import REFUSED, SILENT, UNREADABLE, Stance, Stances, together
from govgate.rights.signals.patterns import MAX_CHARACTERS
from govgate.rights.signals.scoped import MAX_RULES, TOO_MANY
from govgate.rights.subjects import subject_key

YES, NO, NOTHING = Stance.ALLOWED, Stance.REFUSED, Stance.UNSTATED
KEY = b"k" * 32

ALL_BLOCKED = b"""# Spawning AI
# Prevent datasets from using the following file types

User-Agent: *
Disallow: /
Disallow: *
"""
BY_TYPE = b"""# Spawning AI
User-Agent: *
Disallow: *.txt
Disallow: *.html
Allow: *.jpg
"""


def ai_train(data: bytes, path: str, agent: str = "*") -> Stance | None:
    rules = ai_txt_rules(data, agent, others=True)
    return together(one.at(path) for one in rules).train


@pytest.mark.parametrize(
    ("data", "path", "train"),
    [
        (ALL_BLOCKED, "/", NO),
        (ALL_BLOCKED, "/a.txt", NO),
        (BY_TYPE, "/a.txt", NO),
        (BY_TYPE, "/a.jpg", YES),
        (BY_TYPE, "/a.png", NOTHING),
        (BY_TYPE, "/articles/one", NO),  # a page without an ending is a page
        (BY_TYPE, "/", NO),
        (BY_TYPE, "/a.jpg?x=.txt", YES),
        (b"User-Agent: *\nAllow: *.html\n", "/one", NOTHING),  # and a guess permits nothing
        (b"User-Agent: *\nDisallow: /\nAllow: /\n", "/", NO),  # of two alike the no
        (b"User-Agent: *\nAllow: *.txt\nDisallow: /\n", "/a.txt", YES),
        (b"User-Agent: GPTBot\nDisallow: /\n", "/", NO),
        (b"User-Agent: GPTBot\nAllow: /\n", "/", NOTHING),
        (b"User-Agent: somebot\nDisallow: /\n", "/", NOTHING),
        (b"# About our app\n\nDisallow nothing, it says.\n", "/", NOTHING),
        (b"<!DOCTYPE html>", "/", NOTHING),
        (b"", "/", NOTHING),
    ],
)
def test_ai_txt(data: bytes, path: str, train: Stance) -> None:
    assert ai_train(data, path) is train


@pytest.mark.parametrize("over", [0, 1])
def test_an_ai_txt_with_a_rule_longer_than_is_read_is_unknown(over: int) -> None:
    line = b"Disallow: /" + b"a" * (MAX_CHARACTERS - 1 + over)
    (rules,) = ai_txt_rules(b"User-agent: *\n" + line, "*", others=False)
    assert (rules.at("/b.txt"), rules.why) == ((UNREAD, LONG) if over else (SILENT, ""))


def test_an_ai_txt_with_too_many_rules_says_why_it_is_unknown() -> None:
    lines = "".join(f"Disallow: /{n}\n" for n in range(MAX_RULES + 1))
    (rules,) = ai_txt_rules(f"User-agent: *\n{lines}".encode(), "*", others=False)
    assert (rules.at("/b.txt").train, rules.why) == (None, TOO_MANY)


def test_ai_txt_beyond_the_limit_is_unknown() -> None:
    rules = ai_txt_rules(BY_TYPE, "*", others=True, cut=True)
    assert together(one.at("/a.jpg") for one in rules).train is None
    assert together(one.at("/a.txt") for one in rules).train is NO
    assert CUT in [one.why for one in rules]


@given(st.binary(max_size=200))
def test_no_bytes_break_ai_txt(data: bytes) -> None:
    assert ai_train(data, "/a") in (*Stance, None)


def manifest(entries: object, prefix: str = "cawg", **store: object) -> bytes:
    assertion = {"label": f"{prefix}.training-mining", "data": {"entries": entries}}
    told = {"active_manifest": "m", "manifests": {"m": {"assertions": [assertion]}}, **store}
    return json.dumps(told).encode()


def uses(prefix: str = "cawg", **words: str) -> dict[str, dict[str, str]]:
    return {f"{prefix}.{name}": {"use": word} for name, word in words.items()}


@pytest.mark.parametrize("prefix", ["cawg", "c2pa"])
@pytest.mark.parametrize(
    ("entries", "stances"),
    [
        ({"ai_generative_training": "notAllowed"}, Stances(train=NO)),
        ({"ai_training": "notAllowed"}, Stances(train=NO)),
        ({"ai_training": "allowed"}, SILENT),  # of models that generate nothing
        ({"ai_generative_training": "allowed"}, Stances(train=YES)),
        ({"ai_generative_training": "constrained"}, Stances(train=NO)),
        ({"ai_inference": "notAllowed"}, Stances(retrieve=NO)),
        ({"ai_inference": "constrained"}, Stances(retrieve=NO)),
        ({"ai_inference": "allowed"}, Stances(retrieve=YES)),
        ({"data_mining": "notAllowed"}, Stances(tdm=NO)),
        ({"data_mining": "allowed"}, Stances(tdm=YES)),
        ({"ai_generative_training": "allowed", "ai_training": "notAllowed"}, Stances(train=NO)),
        ({"else": "notAllowed"}, SILENT),
        ({"data_mining": "perhaps"}, SILENT),
        ({}, SILENT),
    ],
)
def test_entries_of_cawg_section_3_1(
    prefix: str, entries: dict[str, str], stances: Stances
) -> None:
    assert manifest_says(manifest(uses(prefix, **entries), prefix)).stances == stances


def test_the_example_of_the_assertion() -> None:
    """CAWG 1.1, section 3.2, in the JSON that c2patool prints."""
    entries = {
        "cawg.ai_training": {"use": "allowed"},
        "cawg.ai_generative_training": {"use": "notAllowed"},
        "cawg.data_mining": {
            "use": "constrained",
            "constraint_info": "may only be mined on days whose names end in 'y'",
        },
    }
    assert manifest_says(manifest(entries)).stances == Stances(NO, NOTHING, NO)
    said = [{"label": "cawg.training-mining", "data": entries}]  # as 1.0's CDDL had it
    store = {"active_manifest": "m", "manifests": {"m": {"assertions": said}}}
    assert manifest_says(json.dumps(store).encode()).stances == Stances(NO, NOTHING, NO)


@pytest.mark.parametrize(
    "store",
    [
        {"validation_state": "Invalid"},
        {"validation_status": [{"code": "assertion.dataHash.mismatch"}]},
    ],
)
def test_an_invalid_manifest_refuses_and_permits_nothing(store: dict[str, object]) -> None:
    yes = manifest(uses(ai_generative_training="allowed"), **store)
    assert manifest_says(yes).stances == SILENT
    no = manifest(uses(ai_generative_training="notAllowed"), **store)
    assert manifest_says(no).stances.train is NO
    valid = manifest(uses(ai_generative_training="allowed"), validation_state="Trusted")
    assert manifest_says(valid).stances.train is YES


def test_only_the_active_manifest_speaks_and_repeated_labels_all_do() -> None:
    said = {"label": "cawg.training-mining__1", "data": {"entries": uses(data_mining="notAllowed")}}
    old = {"assertions": [said]}
    store = {"active_manifest": "new", "manifests": {"old": old, "new": {"assertions": []}}}
    assert manifest_says(json.dumps(store).encode()).stances == SILENT
    store["active_manifest"] = "old"
    assert manifest_says(json.dumps(store).encode()).stances == Stances(tdm=NO)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"No claim found",
        b'{"active_manifest": "m", "manifests": {}}',
        b'{"manifests": {"m": {"assertions": []}}}',
        manifest([1]),
        manifest({"cawg.data_mining": {}}),
        manifest({"cawg.data_mining": "notAllowed"}),
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_manifest_that_cannot_be_read_is_unknown(data: bytes) -> None:
    said = manifest_says(data)
    assert (said.stances, said.why) == (UNREADABLE, BROKEN)
    assert manifest_says(manifest({}), cut=True).stances == UNREADABLE


def test_a_list_of_domains() -> None:
    text = """\
# asked by mail in October
Example.COM
photos.example.org  train tdm   # only these
*.wild.example
b\u00fccher.example
"""
    found = {entry.key: domain_says(entry.line) for entry in read_domains(text.encode(), "l.txt")}
    assert found == {
        "example.com": REFUSED,
        "photos.example.org": Stances(NO, NOTHING, NO),
        "wild.example": REFUSED,
        "xn--bcher-kva.example": REFUSED,
    }
    assert read_domains(b"\xef\xbb\xbf# nothing\r\n\r\n", "l.txt") == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b"good.example\nhttps://bad.example/\n", "l.txt:2"),
        (b"a b c\n", "l.txt:1"),
        (b"a..b\n", "l.txt:1"),
        (b"x" * 300 + b"\n", "l.txt:1"),
        (b"a.example\n\xff\n", "l.txt:2"),
        (b"a.example trian\n", "l.txt:1"),
    ],
)
def test_a_bad_line_of_a_list_of_domains_is_named_and_not_repeated(text: bytes, where: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_domains(text, "l.txt")
    assert where in str(raised.value)
    assert "bad.example" not in str(raised.value)


def test_a_list_of_people_keeps_hashes_alone() -> None:
    found = read_subjects(b"# people\nuser#12\njane@example.com\r\n\njane@example.com\n", "p", KEY)
    keys = [subject_key("user#12", KEY), subject_key("jane@example.com", KEY)]
    assert [entry.key for entry in found] == keys
    assert [entry.line for entry in found] == [b"", b""]
    with pytest.raises(UsageError, match="p:2: not UTF-8"):
        read_subjects(b"a\n\xff", "p", KEY)
