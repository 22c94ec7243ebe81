"""What `--fix` changes, byte for byte, and what it leaves."""

from datetime import date

import pytest

from govgate.policy.lint.fix import edits, fixed, nearest
from govgate.policy.lint.run import lint

HEAD = (
    "# ünïcode 😀\npolicy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\nrules:\n"
)


def mended(text, name="acme.yaml"):
    """The text after as many rounds as it takes, and what was done."""
    source, done = text if isinstance(text, bytes) else (HEAD + text).encode(), []
    while True:
        source, made = fixed(source, lint(source, name, today=date(2026, 11, 25)))
        if not made:
            return source.decode("utf-8").removeprefix(HEAD), [str(fix) for fix in done]
        done += made


def rule(when, more=""):
    return f"- id: one\n  when: {when}\n{more}  then: {{train: deny}}  # why\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{license.class: [academic, academic]}", "{license.class: [academic]}"),
        (
            "{license.class: [academic, proprietary, 'academic' ]}",
            "{license.class: [academic, proprietary ]}",
        ),
        (
            "{pii.entities: {any: [URL,\n   UUID,\n   URL, PERSON]}}",
            "{pii.entities: {any: [URL,\n   UUID, PERSON]}}",
        ),
        (
            "{any: [{license.class: [MIT, MIT]}]}".replace("license.class", "license.id"),
            "{any: [{license.id: [MIT]}]}",
        ),
    ],
)
def test_a_word_named_twice_loses_its_second_place(before, after):
    text, done = mended(rule(before))
    assert text == rule(after)
    assert len(done) == 1
    assert done[0].endswith(" taken out")


def test_an_entry_on_a_line_of_its_own_goes_with_its_line():
    lines = "\n    license.class:\n      - academic\n      - proprietary\n      - academic\n"
    text, done = mended(f"- id: one\n  when:{lines}  then: {{train: deny}}\n")
    assert text == f"- id: one\n  when:{lines[:-17]}  then: {{train: deny}}\n"
    assert done == ["acme.yaml:12:9: academic taken out"]


@pytest.mark.parametrize(
    "when",
    [
        "\n    license.class:\n      - academic\n      - academic  # and here is why",
        "{license.class: [academic, # first\n   academic]}",
    ],
)
def test_a_comment_is_never_taken_out(when):
    assert mended(rule(when)) == (rule(when), [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("titel: x", "title: x"),
        ("remdy: x", "remedy: x"),
        ('obligations: ["atribute"]', 'obligations: ["attribute"]'),
        ("unknown: silnt", "unknown: silent"),
    ],
)
def test_a_misspelt_key_or_word_is_set_right(before, after):
    text, done = mended(rule("always", f"  {before}\n"))
    assert text == rule("always", f"  {after}\n")
    assert len(done) == 1
    assert " -> " in done[0]


def test_facts_entities_and_classes_are_set_right_and_all_is_said():
    text, done = mended(rule("{licence.class: acadmic, pii.entities: {any: [US_SNN, 'PERSN']}}"))
    assert text == rule("{license.class: academic, pii.entities: {any: [US_SSN, 'PERSON']}}")
    assert done == [
        "acme.yaml:8:10: licence.class -> license.class",
        "acme.yaml:8:55: US_SNN -> US_SSN",
        "acme.yaml:8:63: PERSN -> PERSON",
        "acme.yaml:8:25: acadmic -> academic",
    ]


@pytest.mark.parametrize(
    "text",
    [
        rule("{pii.entities: {any: [XX_VAT]}}"),  # one letter off several
        rule("{pii.entities: {any: [SOMETHING]}}"),
        rule("{license.class: free}"),
        rule("always", "  reason: x\n"),
    ],
)
def test_what_would_be_a_guess_is_left(text):
    assert mended(text) == (text, [])


def test_line_ends_and_a_byte_order_mark_stay():
    source = ("\ufeff" + HEAD + rule("{license.class: [academic, academic]}")).replace("\n", "\r\n")
    report = lint(source.encode(), "a.yaml", today=date(2026, 11, 25))
    after, done = fixed(source.encode(), report)
    assert after.decode() == source.replace("[academic, academic]", "[academic]")
    assert len(done) == 1


def test_edits_count_changes_additions_losses_and_swaps():
    assert edits("title", "title") == 0
    assert edits("titel", "title") == 1
    assert edits("tile", "title") == 1
    assert edits("titles", "title") == 1
    assert edits("tytel", "title") == 2
    assert edits("x", "title") > 2


def test_short_words_are_never_guessed():
    assert nearest("al", ["all"]) is None
    assert nearest("acadmic", ["academic", "proprietary"]) == "academic"
    assert nearest("deni", ["deny"]) == "deny"
    assert nearest("deni", ["deny", "dens"]) is None
