"""Who is named for rows: every source of the lineage, and each licence that rows have."""

from collections import Counter
from dataclasses import replace

from govgate.rights.credits import Credit, credits_of, notice, terms_of
from govgate.rights.lineage.nodes import Kind, Node, by_name
from govgate.rights.lineage.solve import Lineage
from govgate.rights.terms import Term


def _credits(*nodes: Node) -> dict[str, Credit]:
    lineage = Lineage(by_name(nodes, "test"))
    return {one.name: one for one in credits_of(nodes[:1], lineage)}


def test_every_source_behind_the_rows_is_named_once_and_a_model_by_what_it_asks_of_output():
    found = _credits(
        Node(name="mix", license="MIT", derived_from=("a", "b"), generated_by=("gpt-4",)),
        Node(name="a", license="CC-BY-4.0", derived_from=("b",), url="https://a.example"),
        Node(name="b", license="CC-BY-SA-4.0"),
        Node(name="elsewhere", license="MIT"),
    )
    assert list(found) == ["a", "b", "gpt-4", "mix"]
    assert found["gpt-4"].kind is Kind.MODEL
    assert found["gpt-4"].terms.asks == (Term.OUTPUT_RESTRICTED,)
    assert found["b"].terms.texts == ("https://creativecommons.org/licenses/by-sa/4.0/legalcode",)
    assert found["a"].made_from == ("b",)


def test_all_that_files_of_one_source_were_made_from_is_named():
    lineage = Lineage(by_name([Node(name="a", license="MIT"), Node(name="b")], "test"))
    mix = [Node(name="mix", license="MIT", derived_from=(name,)) for name in "ab"]
    found = {one.name: one for one in credits_of([*mix, *mix], lineage)}
    assert list(found) == ["a", "b", "mix"]
    assert found["mix"].made_from == ("a", "b")


def test_a_source_that_nothing_describes_is_named_with_an_unknown_licence():
    lost = _credits(Node(name="mix", license="MIT", derived_from=("lost",)))["lost"]
    assert (lost.terms.id, lost.terms.asks, lost.terms.texts) == (None, None, ())


def test_what_a_cleared_source_was_made_from_is_not_named():
    assert list(_credits(Node(name="n", license="MIT", derived_from=("x",), cleared="deal"))) == [
        "n"
    ]


def test_every_licence_of_an_expression_can_be_read():
    assert terms_of("(MIT OR Apache-2.0) AND CC-BY-4.0").texts == (
        "https://spdx.org/licenses/MIT.html",
        "https://spdx.org/licenses/Apache-2.0.html",
        "https://creativecommons.org/licenses/by/4.0/legalcode",
    )


def test_the_notice_tells_rows_apart_by_their_licences():
    credited = _credits(Node(name="magazine", url="https://m.example"))
    rows = Counter({terms_of("CC-BY-4.0"): 11, terms_of("MIT"): 1})
    text = notice(credited.values(), {"magazine": list(rows.items())})
    assert "magazine (data)\n  11 rows declared as CC-BY-4.0, https://creativecommons.org" in text
    assert "  1 row declared as MIT, https://spdx.org/licenses/MIT.html\n    asks: keep" in text
    assert "licence: unknown" not in text


def test_the_notice_tells_what_other_licences_ask_of_the_rows():
    credited = _credits(Node(name="wiki", license="MIT"))
    asks = (Term.NOTICE, Term.SHARE_ALIKE)
    rows = [(replace(terms_of("CC-BY-SA-4.0"), asks=asks, differ=True), 3)]
    text = notice(credited.values(), {"wiki": rows})
    assert "; other licences are declared, too\n    asks: keep the notice" in text
    assert "same licence" in text


def test_rows_under_the_sources_own_licence_are_only_counted():
    credited = _credits(Node(name="wiki", license="CC-BY-4.0"))
    text = notice(credited.values(), {"wiki": [(terms_of("cc by 4.0"), 3)]})
    assert "  asks: name the source and its licence\n  3 rows\n" in text
