"""`docs/policy.md` says of the facts what the vocabulary says."""

from pathlib import Path

import pytest

from govgate.policy.vocabulary import FACTS
from govgate.policy.words.reference import facts_markdown, rewritten

PAGE = Path(__file__).resolve().parents[4] / "docs/policy.md"


def test_the_page_about_policies_is_not_stale():
    page = PAGE.read_text(encoding="utf-8")
    assert page == rewritten(page), "run `make docs`"


def test_a_page_that_says_something_else_of_a_fact_is_stale():
    page = PAGE.read_text(encoding="utf-8").replace("how many findings", "how few findings")
    page = page.replace("How many findings", "How few findings")
    assert page != rewritten(page)


def test_every_fact_has_one_heading_and_those_of_roles_share_one():
    headings = [line for line in facts_markdown().splitlines() if line.startswith("### ")]
    names = [heading.removeprefix("### ").strip("`") for heading in headings]
    others = [name for name in FACTS if not name.startswith("pii.in.")]
    assert sorted(names) == sorted([*others, "pii.in.ROLE"])


def test_every_fact_says_who_says_it_when_it_is_unknown_and_how_to_mend_that():
    text = facts_markdown()
    for fact in FACTS.values():
        for part in (fact.source, fact.unknown, fact.fix):
            assert f"| {part} |" in text


def test_a_page_without_the_markers_is_refused():
    with pytest.raises(ValueError, match="no part between"):
        rewritten("# A page\n")
