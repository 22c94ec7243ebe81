import polars as pl

from govgate.scan.facts import pii_facts

FINDINGS = pl.DataFrame(
    {
        "index": [0, 0, 0, 3],
        "entity": ["URL", "PERSON", "PERSON", "PERSON"],
        "role": ["user", "user", "assistant", "user"],
        "pointer": ["/a", "/a", "/b", "/a"],
        "shown": ["/a", "/a", "/b/0/1", "/a"],
        "start": [0, 5, 0, 0],
        "end": [3, 9, 4, 4],
    },
    schema_overrides={"index": pl.UInt64},
)
ROLES = ("user", "assistant", "tool")
ROWS = pl.DataFrame(
    {
        "index": [3, 2, 1, 0],
        "failure": ["worker-died", None, None, None],
        "why": ["it died", None, None, None],
    },
    schema_overrides={"index": pl.UInt64},
)


def test_facts_follow_the_rows_and_count_findings():
    facts = pii_facts(FINDINGS, ROWS, ROLES)
    assert facts.schema == {
        "index": pl.UInt64,
        "pii.entities": pl.List(pl.String),
        "pii.roles": pl.List(pl.String),
        "pii.fields": pl.List(pl.String),
        "pii.in.user": pl.List(pl.String),
        "pii.in.assistant": pl.List(pl.String),
        "pii.in.tool": pl.List(pl.String),
        "pii.count": pl.UInt32,
        "pii.why": pl.String,
    }
    assert facts.select("index", "pii.entities", "pii.count", "pii.roles", "pii.why").rows() == [
        (3, None, None, None, "it died"),
        (2, [], 0, [], None),
        (1, [], 0, [], None),
        (0, ["PERSON", "URL"], 3, ["assistant", "user"], None),
    ]


def test_facts_say_whose_words_hold_what_and_in_which_fields():
    facts = pii_facts(FINDINGS, ROWS, ROLES)
    assert facts.select("pii.in.user", "pii.in.assistant", "pii.in.tool").rows() == [
        (None, None, None),
        ([], [], []),
        ([], [], []),
        (["PERSON", "URL"], ["PERSON"], []),
    ]
    assert facts["pii.fields"].to_list() == [None, [], [], ["a", "b/*/*"]]


def test_no_findings_and_no_rows_give_facts_of_the_same_columns():
    none = pii_facts(FINDINGS.clear(), ROWS.with_columns(failure=None, why=None), ROLES)
    assert none["pii.entities"].to_list() == [[], [], [], []]
    assert pii_facts(FINDINGS, ROWS.clear(), ROLES).schema == none.schema


def test_the_code_of_a_failure_stands_in_where_there_are_no_words():
    facts = pii_facts(FINDINGS, ROWS.drop("why"), ROLES)
    assert facts["pii.why"].to_list() == ["worker-died", None, None, None]


def test_one_place_seen_in_two_readings_counts_once():
    twice = pl.concat([FINDINGS, FINDINGS])
    assert pii_facts(twice, ROWS, ROLES)["pii.count"].to_list() == [None, 0, 0, 3]
