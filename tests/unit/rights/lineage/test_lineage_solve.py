"""The meet over a lineage: what an ancestor's licence, or its absence, does to a source."""

import pytest

from govgate.errors import UsageError
from govgate.rights.lineage.nodes import Kind, Node, by_name
from govgate.rights.lineage.solve import Doubt, Lineage, Status
from govgate.rights.terms import Covers, LicenseClass, Term


def _lineage(*nodes: Node) -> Lineage:
    return Lineage(by_name(nodes, "test"))


def _data(name: str, license: str | None = "MIT", *sources: str, **more: object) -> Node:
    said = {"name": name, "license": license, "derived_from": sources, "generated_by": (), **more}
    return Node(**{key: value for key, value in said.items() if value is not None})


def _model(name: str, license: str, *bases: str) -> Node:
    return Node(name=name, kind=Kind.MODEL, license=license, derived_from=bases)


def _class(lineage: Lineage, name: str) -> str:
    terms = lineage.trace(name).terms
    return str(terms) if isinstance(terms, Doubt) else terms.cls.value


def test_a_permissive_set_made_from_a_non_commercial_one_is_non_commercial():
    lineage = _lineage(
        _data("mix", "MIT", "wiki", "sub"),
        _data("wiki", "CC-BY-SA-4.0"),
        _data("sub", "Apache-2.0", "lyrics"),
        _data("lyrics", "CC-BY-NC-4.0"),
    )
    traced = lineage.trace("mix")
    assert traced.terms.cls is LicenseClass.NON_COMMERCIAL
    assert traced.terms.words == {
        Term.NOTICE,
        Term.ATTRIBUTION,
        Term.SHARE_ALIKE,
        Term.NON_COMMERCIAL,
    }
    assert traced.status is Status.TRACED
    assert lineage.path("mix", Term.NON_COMMERCIAL) == ("mix", "sub", "lyrics")
    assert lineage.path("mix", Term.SHARE_ALIKE) == ("mix", "wiki")
    assert lineage.path("mix", Term.NOTICE) == ("mix",)


def test_the_path_shown_is_the_shortest():
    lineage = _lineage(
        _data("a", "MIT", "b", "z"), _data("b", "MIT", "z"), _data("z", "CC-BY-NC-4.0")
    )
    assert lineage.path("a", Term.NON_COMMERCIAL) == ("a", "z")


def test_an_ancestor_that_nothing_describes_makes_the_whole_unknown():
    lineage = _lineage(_data("mix", "MIT", "sub"), _data("sub", "MIT", "lost"))
    assert _class(lineage, "mix") == "lost: nothing describes it"
    assert str(lineage.trace("mix").status) == "lost: nothing describes it"
    assert lineage.doubtful_path("mix") == ("mix", "sub", "lost")


@pytest.mark.parametrize("license", [None, "other", "Zed"])
def test_an_ancestor_without_a_known_licence_makes_the_whole_unknown(license):
    lineage = _lineage(_data("mix", "MIT", "old"), _data("old", license))
    assert _class(lineage, "mix").startswith("old: ")
    assert lineage.trace("mix").status is Status.TRACED


def test_what_is_certain_is_told_although_something_else_is_unknown():
    lineage = _lineage(_data("mix", "MIT", "lost", "nc"), _data("nc", "CC-BY-NC-4.0"))
    assert isinstance(lineage.trace("mix").terms, Doubt)
    assert lineage.path("mix", Term.NON_COMMERCIAL) == ("mix", "nc")


def test_nothing_said_of_the_sources_is_no_trace_and_an_empty_list_is_an_original():
    lineage = _lineage(
        Node(name="silent", license="MIT"), _data("own"), _data("mix", "MIT", "silent")
    )
    assert str(lineage.trace("silent").status) == "silent: nothing says what it was made from"
    assert _class(lineage, "silent") == "permissive"
    assert str(lineage.trace("mix").status) == "silent: nothing says what it was made from"
    assert lineage.trace("own").status is Status.ORIGINAL
    assert str(lineage.trace("silent").models) == "silent: nothing says whether a model wrote it"
    assert lineage.trace("own").models == frozenset()


def test_what_a_model_wrote_owes_what_the_models_licence_asks_of_output():
    lineage = _lineage(
        _data("chat", "CC0-1.0", generated_by=("gpt-4",)),
        _data("free", "CC0-1.0", generated_by=("our-model",)),
        _data("tuned", "CC0-1.0", generated_by=("our-llama",)),
        _model("our-model", "Apache-2.0"),
        _model("our-llama", "Apache-2.0", "llama-2-7b"),
    )
    assert lineage.trace("chat").terms.words == {Term.OUTPUT_RESTRICTED}
    assert lineage.trace("free").terms.words == frozenset()
    assert lineage.trace("tuned").terms.words == {Term.OUTPUT_RESTRICTED}
    assert lineage.path("tuned", Term.OUTPUT_RESTRICTED) == ("tuned", "our-llama", "llama-2-7b")
    assert lineage.trace("tuned").models == {"our-llama"}
    assert lineage.trace("chat").status is Status.ORIGINAL


def test_models_of_all_ancestors_are_named():
    lineage = _lineage(_data("mix", "MIT", "chat"), _data("chat", "MIT", generated_by=("gpt-4",)))
    assert lineage.trace("mix").models == {"gpt-4"}


def test_a_model_that_nobody_knows_makes_its_output_unknown():
    lineage = _lineage(_data("chat", "MIT", generated_by=("somebodys-model",)))
    assert _class(lineage, "chat") == "somebodys-model: nothing describes it"


def test_a_model_in_the_lineage_counts_before_the_shipped_table():
    lineage = _lineage(
        _data("chat", "CC0-1.0", generated_by=("gpt-4",)), _model("gpt-4", "CC0-1.0")
    )
    assert lineage.trace("chat").terms.words == frozenset()


def test_a_models_licence_that_says_nothing_known_of_output_leaves_it_unknown():
    lineage = _lineage(_data("chat", "MIT", generated_by=("m",)), _model("m", "BUSL-1.1"))
    assert _class(lineage, "chat").startswith("m: the licence table does not say")


def test_a_cleared_source_stands_for_itself():
    cleared = _data("news", "Apache-2.0", "lost", cleared="contract 7")
    lineage = _lineage(_data("mix", "MIT", "news"), cleared)
    assert _class(lineage, "mix") == "permissive"
    assert lineage.trace("news").status is Status.CLEARED
    with pytest.raises(ValueError, match="cleared needs a license"):
        Node(name="x", cleared="contract 7")


def test_a_database_licence_covers_the_compilation_until_its_contents_are_traced():
    lineage = _lineage(
        _data("crawl", "ODC-By-1.0"),
        _data("traced", "ODC-By-1.0", "own"),
        _data("own", "CC0-1.0"),
        _data("told", "MIT", covers=Covers.COMPILATION),
    )
    assert lineage.trace("crawl").covers is Covers.COMPILATION
    assert lineage.trace("traced").covers is Covers.CONTENT
    assert lineage.trace("own").covers is Covers.CONTENT
    assert lineage.trace("told").covers is Covers.COMPILATION


def test_what_was_made_from_a_compilation_holds_its_contents():
    lineage = _lineage(
        _data("mix", "CC0-1.0", "database"),
        Node(name="database", license="ODbL-1.0", derived_from=()),
        _data("bought", "CC0-1.0", "database", cleared="contract 7"),
    )
    assert lineage.trace("database").covers is Covers.COMPILATION
    assert lineage.trace("mix").status is Status.TRACED
    assert lineage.trace("mix").covers is Covers.COMPILATION
    assert lineage.trace("bought").covers is Covers.CONTENT


def test_a_cycle_is_named():
    with pytest.raises(UsageError, match="a ← b ← c ← a"):
        _lineage(_data("a", "MIT", "b"), _data("b", "MIT", "c"), _data("c", "MIT", "a"))
    with pytest.raises(UsageError, match="in a circle: a ← a"):
        _lineage(_data("a", "MIT", "a"))


def test_a_long_cycle_is_named_in_part():
    ring = [_data(f"n{i}", "MIT", f"n{(i + 1) % 500}") for i in range(500)]
    with pytest.raises(UsageError) as error:
        _lineage(*ring)
    assert len(str(error.value)) < 300


def test_a_chain_of_ten_thousand_is_solved():
    chain = [_data(f"n{i}", "MIT", f"n{i + 1}") for i in range(10_000)]
    lineage = _lineage(*chain, _data("n10000", "CC-BY-NC-4.0"))
    assert _class(lineage, "n0") == "non-commercial"
    assert len(lineage.path("n0", Term.NON_COMMERCIAL)) == 10_001


def test_data_is_made_from_data_and_written_by_models():
    with pytest.raises(UsageError, match="derived_from names 'm', which is a model"):
        _lineage(_data("a", "MIT", "m"), _model("m", "MIT"))
    with pytest.raises(UsageError, match="generated_by names 'b', which is a dataset"):
        _lineage(_data("a", "MIT", generated_by=("b",)), _data("b"))


def test_what_one_description_calls_a_model_is_no_data_in_another():
    with pytest.raises(UsageError, match="'a' disagree on its kind"):
        by_name([Node(name="a", kind=Kind.MODEL, license="MIT"), Node(name="a")], "test")


def test_two_descriptions_of_one_source_that_disagree_are_refused():
    with pytest.raises(UsageError, match="two descriptions of the source 'a' disagree"):
        by_name([_data("a", "MIT"), _data("a", "ISC")], "lineage.yaml")
    assert len(by_name([_data("a"), _data("a")], "lineage.yaml")) == 1
