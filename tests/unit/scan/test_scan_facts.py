import polars as pl

from govgate.scan.facts import pii_facts

FINDINGS = pl.DataFrame(
    {
        "index": [0, 0, 0, 3],
        "entity": ["URL", "PERSON", "PERSON", "PERSON"],
        "role": ["user", "user", "assistant", "user"],
        "pointer": ["/a", "/a", "/b", "/a"],
        "start": [0, 5, 0, 0],
        "end": [3, 9, 4, 4],
    },
    schema_overrides={"index": pl.UInt64},
)
ROWS = pl.DataFrame(
    {
        "index": [3, 2, 1, 0],
        "failure": ["worker-died", None, None, None],
        "why": ["it died", None, None, None],
    },
    schema_overrides={"index": pl.UInt64},
)


def test_facts_follow_the_rows_and_count_findings():
    facts = pii_facts(FINDINGS, ROWS)
    assert facts.schema == {
        "index": pl.UInt64,
        "pii.entities": pl.List(pl.String),
        "pii.count": pl.UInt32,
        "pii.roles": pl.List(pl.String),
        "pii.why": pl.String,
    }
    assert facts.rows() == [
        (3, None, None, None, "it died"),
        (2, [], 0, [], None),
        (1, [], 0, [], None),
        (0, ["PERSON", "URL"], 3, ["assistant", "user"], None),
    ]


def test_no_findings_and_no_rows_give_facts_of_the_same_columns():
    none = pii_facts(FINDINGS.clear(), ROWS.with_columns(failure=None, why=None))
    assert none["pii.entities"].to_list() == [[], [], [], []]
    assert pii_facts(FINDINGS, ROWS.clear()).schema == none.schema


def test_the_code_of_a_failure_stands_in_where_there_are_no_words():
    facts = pii_facts(FINDINGS, ROWS.drop("why"))
    assert facts["pii.why"].to_list() == ["worker-died", None, None, None]


def test_one_place_seen_in_two_readings_counts_once():
    twice = pl.concat([FINDINGS, FINDINGS])
    assert pii_facts(twice, ROWS)["pii.count"].to_list() == [None, 0, 0, 3]
