import polars as pl
import pytest

from govgate.policy.load import parse_policy
from govgate.steps.counted import counted

FINDINGS = pl.DataFrame(
    {
        "entity": ["URL", "PERSON", "PERSON", "PERSON"],
        "score": [0.5, 0.85, 0.3, 0.85],
        "excluded": [None, None, None, "own-names"],
    }
)


def policy(scan):
    return parse_policy(
        (
            "policy: acme\nversion: 1\nexpires: 2030-01-01\npurposes: [fine-tuning]\n"
            "rules: [{id: a, when: always, then: {train: allow}}]\n" + scan
        ).encode(),
        "acme.yaml",
    )


@pytest.mark.parametrize(
    ("scan", "expected"),
    [
        ("scan: {threshold: 0.3}", [True, True, True, False]),
        ("scan: {threshold: 0.5}", [True, True, False, False]),
        ("scan: {threshold: 0.85}", [False, True, False, False]),
        ("scan: {threshold: 0.86}", [False, False, False, False]),
        ("scan: {threshold: 0, thresholds: {PERSON: 0.6}}", [True, True, False, False]),
        ("scan: {threshold: 0.9, thresholds: {URL: 0.5}}", [True, False, False, False]),
    ],
)
def test_what_scores_its_threshold_and_is_not_taken_out_counts(scan, expected):
    assert FINDINGS.select(counted(policy(scan)).alias("counts"))["counts"].to_list() == expected
