"""TDMRep: the examples of the Final Community Group Report, in its sections "TDM File on the Origin
Server", "TDM Header Field in HTTP Responses", "TDM Metadata in HTML Content" and its rules in
"tdm-reservation" and "Processing priority"."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.rights.signals.httphead import read_head
from govgate.rights.signals.model import SILENT, Kind, Stance, Stances
from govgate.rights.signals.page import page_evidence, page_says, reserved
from govgate.rights.signals.patterns import matchable
from govgate.rights.signals.tdmrep import (
    BROKEN,
    CUT,
    MAX_BYTES,
    UNREAD,
    reservation,
    tdmrep_rules,
)

RESERVED = Stances(Stance.REFUSED, Stance.UNSTATED, Stance.REFUSED)
OPEN = Stances(Stance.UNSTATED, Stance.UNSTATED, Stance.ALLOWED)
EVERY_FILE = b'[{"location": "/", "tdm-reservation": 1}]'
THREE_GROUPS = b"""[
  {"location": "/directory-a/", "tdm-reservation": 1},
  {"location": "/directory-b/html/", "tdm-reservation": 1,
   "tdm-policy":"https://provider.com/policies/policy.json"},
  {"location": "/directory-b/images/*.jpg", "tdm-reservation": 0}
]"""


@pytest.mark.parametrize(
    ("path", "stances"),
    [
        ("/directory-a/one.pdf", RESERVED),
        ("/directory-b/html/x.html", RESERVED),
        ("/directory-b/images/y.jpg", OPEN),
        ("/directory-b/images/y.png", SILENT),
        ("/elsewhere", SILENT),
        ("/Directory-A/one.pdf", SILENT),  # matching is case-sensitive
        ("/directory%2Da/one.pdf", RESERVED),  # decoded before comparison
    ],
)
def test_the_three_groups_of_its_examples(path: str, stances: Stances) -> None:
    assert tdmrep_rules(THREE_GROUPS).at(matchable(path)) == stances


def test_the_whole_server_of_its_examples() -> None:
    rules = tdmrep_rules(EVERY_FILE)
    assert rules.constant
    assert rules.at("/anything?at=all") == RESERVED


def test_the_most_specific_match_is_the_first_in_sequence() -> None:
    rules = [
        {"location": "/a/", "tdm-reservation": 0},
        {"location": "/a/long/way/", "tdm-reservation": 1},
    ]
    assert tdmrep_rules(json.dumps(rules).encode()).at("/a/long/way/x") == OPEN
    assert tdmrep_rules(json.dumps(rules[::-1]).encode()).at("/a/long/way/x") == RESERVED


@pytest.mark.parametrize(
    ("values", "stances"),
    [
        (["1"], RESERVED),
        (["0"], OPEN),
        ([" 1 "], RESERVED),
        (["2"], SILENT),  # another value is unset
        (["true"], SILENT),
        ([""], SILENT),
        ([], SILENT),
        (["0", "1"], Stances(Stance.REFUSED, Stance.UNSTATED, Stance.REFUSED)),
    ],
)
def test_values_of_tdm_reservation(values: list[str], stances: Stances) -> None:
    assert reservation(values) == stances


@pytest.mark.parametrize(
    ("rule", "stances"),
    [
        ('"tdm-reservation": 1', RESERVED),
        ('"tdm-reservation": "1"', RESERVED),
        ('"tdm-reservation": true', RESERVED),
        ('"tdm-reservation": 0', OPEN),
        ('"tdm-reservation": "0"', SILENT),
        ('"tdm-reservation": false', SILENT),
        ('"tdm-reservation": 2', SILENT),
        ('"tdm-reservation": []', SILENT),
    ],
)
def test_a_reservation_is_heard_in_every_spelling_and_its_absence_in_one(
    rule: str, stances: Stances
) -> None:
    assert tdmrep_rules(f'[{{"location": "/", {rule}}}]'.encode()).at("/") == stances


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"location": "/", "tdm-reservation": 1}',  # the brackets are mandatory
        b"[1",
        b'[{"location": "/", "tdm-reservation": 0, "tdm-reservation": 1}]',
        b"[" * 100_000,
        b"[\xff]",
        b'[{"location": "/", "tdm-reservation": 0}, {"location": "/x"}]',
        b'[{"tdm-reservation": 0}]',
        b'[{"location": 3, "tdm-reservation": 0}]',
    ],
)
def test_a_file_that_cannot_be_read_is_unknown(data: bytes) -> None:
    rules = tdmrep_rules(data)
    assert rules.at("/").tdm is rules.at("/").train is None
    assert rules.at("/").retrieve is Stance.UNSTATED
    assert rules.why == BROKEN


def test_a_refusal_beside_a_broken_rule_still_stands() -> None:
    rules = tdmrep_rules(b'[{"location": "/a", "tdm-reservation": 1}, {}]')
    assert rules.at("/a").tdm is Stance.REFUSED
    assert rules.at("/b").tdm is None


def test_a_file_beyond_the_limit_is_unknown() -> None:
    padded = EVERY_FILE + b" " * MAX_BYTES
    assert tdmrep_rules(padded).at("/") == UNREAD
    assert tdmrep_rules(EVERY_FILE, cut=True).why == CUT


@pytest.mark.parametrize("data", [b"<!DOCTYPE html><title>Not found</title>", b" \n<html>"])
def test_a_web_page_in_its_place_means_that_there_is_none(data: bytes) -> None:
    assert tdmrep_rules(data).at("/") == SILENT


def test_marks_and_line_ends_do_not_matter() -> None:
    assert tdmrep_rules(b"\xef\xbb\xbf" + EVERY_FILE + b"\r\n").at("/") == RESERVED
    assert tdmrep_rules(EVERY_FILE.decode().encode("utf-16")).at("/") == RESERVED


HEADER = b"HTTP/1.1 200 OK\nDate: Wed, 14 Jul 2021 12:07:48 GMT\nContent-type: image/jpg\n"


@pytest.mark.parametrize(
    "more", [b"tdm-reservation: 1\n", b"TDM-Reservation: 1\ntdm-policy: https://provider.com/p\n"]
)
def test_the_header_of_its_example(more: bytes) -> None:
    (said,) = page_says(page_evidence(read_head(HEADER + more), []), "*", others=True)
    assert (said.kind, said.stances) == (Kind.TDMREP_HEADER, RESERVED)
    assert page_says(page_evidence(read_head(HEADER), []), "*", others=True) == []


PAGE = b"""<meta name="tdm-reservation" content="1">
<meta name="tdm-policy" content="https://provider.com/policies/policy.json">"""


def test_the_meta_element_of_its_example() -> None:
    (said,) = page_says(b"\r\n" + PAGE, "*", others=True)
    assert (said.kind, said.stances) == (Kind.TDMREP_META, RESERVED)


@pytest.mark.parametrize(
    ("header", "meta", "stances"),
    [
        (b"1", b"0", OPEN),
        (b"0", b"1", RESERVED),
        (b"1", b"7", RESERVED),  # unset resets nothing
        (b"1", None, RESERVED),
        (None, b"0", OPEN),
    ],
)
def test_what_comes_later_supersedes(
    header: bytes | None, meta: bytes | None, stances: Stances
) -> None:
    lines = b"" if header is None else b"tdm-reservation: " + header + b"\r\n"
    element = b"" if meta is None else b'<meta name="tdm-reservation" content="' + meta + b'">\n'
    said = page_says(lines + b"\r\n" + element, "*", others=True)
    assert reserved(said) == stances


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    assert isinstance(tdmrep_rules(data).at("/"), Stances)
