"""A new policy from each shipped pack: its first cases hold, and its copy passes the pack's own."""

from datetime import date

import pytest

from govgate.policy.load import load_policy
from govgate.policy.packs import pack_names
from govgate.policy.start import new_policy
from govgate.policy.testing.cases import load_cases, run_cases

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize("pack", pack_names())
def test_a_policy_that_extends_a_pack_passes_its_first_cases(pack, tmp_path):
    new_policy(tmp_path / "acme", pack=pack, name="acme", copy=False, today=TODAY)
    policy = load_policy(tmp_path / "acme")
    assert [rule.id for rule in policy.own_rules] == ["too-old"]
    assert policy.loosens == ()
    cases = load_cases(tmp_path / "acme" / "cases.yaml", policy)
    results = run_cases(policy, cases)
    assert [result.differences for result in results] == [(), ()]
    old, new = (one.expect for one in cases.cases)
    assert (old.train, "too-old" in old.reasons) == ("deny", True)
    assert (new.train, "too-old" in new.reasons) == ("allow", False)
    assert max(len(line) for line in (tmp_path / "acme/cases.yaml").read_text().split("\n")) <= 102


@pytest.mark.parametrize("pack", ["coppa", "house-strict"])
def test_a_copy_of_a_pack_passes_the_packs_cases_under_its_own_name(pack, tmp_path):
    new_policy(tmp_path / "acme", pack=pack, name="acme", copy=True, today=TODAY)
    policy = load_policy(tmp_path / "acme")
    assert policy.name == "acme"
    results = run_cases(policy, load_cases(tmp_path / "acme" / "cases.yaml", policy))
    assert all(result.passed for result in results)


@pytest.mark.parametrize("pack", pack_names())
def test_a_pack_can_be_a_floor_that_only_stricter_policies_stand_on(pack, tmp_path):
    head = "version: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
    (tmp_path / "floor.yaml").write_text(f"policy: floor\n{head}extends: {pack}\nfloor: true\n")
    stricter = tmp_path / "stricter.yaml"
    stricter.write_text(
        f"policy: stricter\n{head}extends: floor.yaml\nrules:\n"
        "  - {id: none-of-it, when: {source.name: secret}, then: {train: deny, retrieve: deny}}\n"
    )
    assert len(load_policy(stricter).floors) == 1
