"""What a string's place says of it."""

import pytest

from govgate.scan.fields import Fields
from govgate.scan.question import Question, Sighting
from govgate.scan.rowscan import Skipped, row_scan, row_texts
from govgate.scan.walk import Text, TextKind
from govgate.scansettings import Looks

KEY = bytes(range(32))
WORDS = ("phone", "ssn", "us", "card", "date", "social")


def fields(*rules, words=WORDS, **looks):
    named = [{"id": f"r{n}", **rule} for n, rule in enumerate(rules)]
    return Fields(Looks.model_validate({"fields": named, **looks}), words)


def text(pointer, role="other", kind=TextKind.STRING, value="Ann"):
    return Text(pointer, role, value, kind)


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/ssn", ("ssn",)),
        ("/SSN", ("ssn",)),
        ("/userPhone", ("phone",)),
        ("/user_phone_number", ("phone",)),
        ("/phonenumber", ("phonenumber",)),
        ("/customer/home-phone/3", ("phone",)),
        ("/HTTPCard", ("card",)),
        ("/user", ()),
        ("/business", ()),
        ("/messages/0/content", ()),
        ("/social/ssn", ("social", "ssn")),
        ("/ssn/old/values/0", ()),
        ("", ()),
    ],
)
def test_words_of_the_last_two_names_that_a_recognizer_knows_are_context(pointer, expected):
    assert fields().place(text(pointer)).context == expected


def test_a_role_is_context_where_a_recognizer_knows_the_word():
    assert fields(words=("tool",)).place(text("/messages/0/content", "tool")).context == ("tool",)
    assert fields().place(text("/messages/0/content", "user")).context == ()


def test_a_member_name_has_no_context_of_its_own():
    assert fields().place(text("/ssn", "key", TextKind.KEY)).context == ()


def test_a_rule_gives_context_whatever_the_recognizers_know():
    rule = {"fields": ["x"], "context": ["passport"]}
    assert fields(rule).place(text("/x")).context == ("passport",)


@pytest.mark.parametrize(
    ("glob", "pointer", "speaks"),
    [
        ("meta/url", "/meta/url", True),
        ("/meta/url", "/meta/url", True),
        ("meta/url", "/other/meta/url", False),
        ("meta/*", "/meta/url", True),
        ("meta/*", "/meta/a/b", False),
        ("messages/*/content", "/messages/12/content", True),
        ("**/ssn", "/ssn", True),
        ("**/ssn", "/a/b/ssn", True),
        ("**/ssn", "/a/ssn/b", False),
        ("a/**", "/a/b/c", True),
        ("a/**", "/ab/c", False),
        ("*_id", "/user_id", True),
        ("a.b", "/axb", False),
    ],
)
def test_a_glob_speaks_of_the_places_it_spells(glob, pointer, speaks):
    rule = {"fields": [glob], "skip": "because"}
    assert fields(rule).place(text(pointer)).skipped_by == ("r0" if speaks else None)


def test_a_rule_with_fields_and_roles_needs_both():
    rule = {"fields": ["messages/**"], "roles": ["tool"], "skip": "tool output is public"}
    told = fields(rule)
    assert told.place(text("/messages/0/content", "tool")).skipped_by == "r0"
    assert told.place(text("/messages/0/content", "user")).skipped_by is None
    assert told.place(text("/other", "tool")).skipped_by is None


def scanned(value, told, answer=lambda question: ()):
    return row_scan(row_texts(value, told), answer, fields=told, key=KEY)


def test_a_skipped_string_is_not_asked_about_and_counted_under_the_rule():
    told = fields({"fields": ["url"], "skip": "our own pages"})
    row = row_texts({"url": "https://a.example", "q": "hi"}, told)
    assert Skipped("policy:r0") in row.fates
    assert [q.text for q in row.questions()] == ["hi"]
    skipped = scanned({"url": "https://a.example", "q": "hi"}, told).skipped
    assert (skipped["policy:r0"].strings, skipped["policy:r0"].characters) == (1, 17)


def test_findings_of_other_entities_are_taken_out_where_a_rule_names_those_that_count():
    told = fields({"fields": ["notes"], "entities": ["EMAIL_ADDRESS"]})
    seen = (
        Sighting(0, 3, "PERSON", 0.85, "R", "original", "0" * 64),
        Sighting(4, 9, "EMAIL_ADDRESS", 1.0, "R", "original", "0" * 64),
    )
    row = scanned({"notes": "Ann a@b.c", "text": "Ann a@b.c"}, told, lambda question: seen)
    out = [(f.pointer, f.entity, f.excluded) for f in row.findings]
    assert out == [
        ("/notes", "PERSON", "r0"),
        ("/notes", "EMAIL_ADDRESS", ""),
        ("/text", "PERSON", ""),
        ("/text", "EMAIL_ADDRESS", ""),
    ]


def test_what_a_field_holds_is_a_finding_over_the_whole_string():
    told = fields({"fields": ["**/author"], "holds": "PERSON"})
    row = scanned({"meta": {"author": "xX_wolf_Xx"}, "empty": {"author": ""}}, told)
    (found,) = row.findings
    assert (found.pointer, found.start, found.end) == ("/meta/author", 0, 10)
    assert (found.entity, found.score, found.recognizer) == ("PERSON", 1.0, "r0")


def test_equal_strings_under_names_of_different_meaning_are_different_questions():
    row = row_texts({"ssn": "078051120", "total": "078051120", "sum": "078051120"}, fields())
    assert set(row.questions()) == {
        Question("078051120", True, ("ssn",)),
        Question("078051120", True, ()),
    }


def test_an_allow_list_takes_out_what_a_field_holds():
    allow = [{"id": "nobody", "values": ["Anonymous"], "why": "no name"}]
    told = fields({"fields": ["author"], "holds": "PERSON"}, allow=allow)
    found = [scanned({"author": name}, told).findings[0] for name in ("Anonymous", "wolf")]
    assert [f.excluded for f in found] == ["nobody", ""]


@pytest.mark.parametrize(
    ("glob", "name", "spells"),
    [
        ("a*b", "ab", True),
        ("a*b", "axxb", True),
        ("a*b", "axxc", False),
        ("*aa*", "a", False),
        ("a*a", "a", False),
        ("a*bc*d", "abcd", True),
        ("a*bc*d", "abd", False),
        ("*", "", True),
    ],
)
def test_a_star_is_any_part_of_a_name(glob, name, spells):
    rule = {"fields": [glob], "skip": "because"}
    assert (fields(rule).place(text(f"/{name}")).skipped_by is not None) == spells


@pytest.mark.parametrize(
    ("glob", "pointer"),
    [
        ("**/**/**/**/**/**/**/zz", "/a" * 200),
        ("*a*a*a*a*a*b", "/" + "a" * 100_000),
        ("**/*a*a*a*b", ("/" + "a" * 2000) * 50),
    ],
)
def test_no_name_in_the_data_makes_a_glob_take_long(glob, pointer):
    assert fields({"fields": [glob], "skip": "because"}).place(text(pointer)).skipped_by is None


def test_short_numbers_and_truth_values_count_where_a_field_is_known_to_hold_something():
    told = fields({"fields": ["pin", "ill"], "holds": "PERSON"})
    row = scanned({"pin": 1234, "ill": True, "zip": 10115, "phone": 4155550134}, told)
    assert [(f.pointer, f.end) for f in row.findings] == [("/pin", 4), ("/ill", 4)]
    texts = row_texts({"zip": 10115, "phone": 4155550134}, told).texts
    assert [t.text for t in texts if t.kind is TextKind.NUMBER] == ["4155550134"]


def test_a_rule_that_met_no_string_is_told():
    told = fields({"fields": ["txet"], "skip": "x"}, {"fields": ["text"], "context": ["y"]})
    scanned({"text": "hello"}, told)
    assert told.unmet == ("r0",)


def test_a_rule_that_runs_out_of_time_on_what_a_field_holds_fails_the_string(monkeypatch):
    monkeypatch.setattr("govgate.scan.judge.SECONDS", 0.05)
    slow = {"id": "slow", "why": "w", "pattern": "(?:a|aa)+[^a]?(?<=x)"}
    told = fields({"fields": ["x"], "holds": "PERSON"}, exclusions=[slow])
    row = scanned({"x": "a" * 60, "y": "b"}, told)
    assert row.failure.code == "pattern-timed-out"
    assert (row.failed["pattern-timed-out"].characters, row.scanned.strings) == (60, 1)
    assert row.findings == ()
