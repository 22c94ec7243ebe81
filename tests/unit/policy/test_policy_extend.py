"""`extends`: how a policy is made from another, and what is said when it lets more through."""

from datetime import date
from pathlib import Path

import pytest

from govgate.errors import UsageError
from govgate.model import Purpose
from govgate.policy.load import MAX_BASES, check_usable, load_policy, parse_policy

HEAD = "version: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
DENY = "{train: deny, retrieve: deny}"
BASE = f"""\
policy: base
{HEAD}scan: {{threshold: 0.4, thresholds: {{URL: 0.9}}}}
rules:
  - {{id: open, when: {{license.class: permissive}}, then: {{train: allow, retrieve: allow}}}}
  - {{id: mail, when: {{pii.entities: {{any: [EMAIL_ADDRESS]}}}}, then: {{train: deny}}}}
  - {{id: many, when: {{pii.count: ">= 5"}}, then: {{train: deny, retrieve: redact}}}}
  - {{id: rest, when: {{not: {{license.class: permissive}}}}, then: {DENY}, waivable: false}}
require: {{train.share: ">= 0.5", rows.count: "> 10"}}
"""


@pytest.fixture
def write(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE)

    def written(body: str, name: str = "child") -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"policy: {name}\n{HEAD}{body}")
        return path

    return written


def test_a_rule_replaces_the_one_of_its_id_and_new_ones_follow(write):
    child = load_policy(
        write(
            "extends: base.yaml\nwithout: [many]\nrules:\n"
            "  - {id: cards, when: {pii.entities: {any: [CREDIT_CARD]}}, then: {train: deny}}\n"
            "  - {id: open, when: {license.id: MIT}, then: {train: allow}}\n"
        )
    )
    assert [rule.id for rule in child.rules] == ["open", "mail", "rest", "cards"]
    assert child.rules[0].then.retrieve is None
    assert child.inherited == {"mail", "rest"}
    assert (child.name, child.version) == ("child", 1)


def test_scan_and_require_are_merged_key_by_key(write):
    child = load_policy(
        write('extends: base.yaml\nscan: {threshold: 0.3}\nrequire: {train.share: ">= 0.8"}\n')
    )
    assert (child.threshold, child.thresholds) == (0.3, {"URL": 0.9})
    bounds = {name: bound.text for name, bound in child.require.bounds()}
    assert bounds == {"train.share": ">= 0.8", "rows.count": "> 10"}


def test_what_is_kept_stands_for_itself(write, tmp_path):
    child = load_policy(write("extends: base.yaml\n"))
    kept = tmp_path / "elsewhere" / "policy.yaml"
    kept.parent.mkdir()
    kept.write_bytes(child.source)
    again = load_policy(kept)
    assert again == child
    assert again.document == child.document
    base = load_policy(tmp_path / "base.yaml")
    (said,) = child.document.based_on
    assert (said.policy, said.version, said.sha256) == ("base", 1, base.digest)


def test_the_same_files_give_the_same_bytes(write):
    path = write("extends: base.yaml\nwithout: [mail]\n")
    assert load_policy(path).digest == load_policy(path).digest


def test_a_chain_of_policies_names_all_it_stands_on(write):
    write("extends: base.yaml\n", "middle")
    child = load_policy(write("extends: middle.yaml\nwithout: [mail]\n"))
    assert [one.policy for one in child.document.based_on] == ["middle", "base"]
    assert [rule.id for rule in child.rules] == ["open", "many", "rest"]


def test_a_shipped_pack_is_extended_by_its_name(write):
    child = load_policy(write("extends: default\n"))
    assert child.document.based_on[0].policy == "default"
    assert child.loosens == ()


def test_a_child_may_name_entities_that_its_base_declares(write, tmp_path):
    base = BASE.replace(
        "thresholds: {URL: 0.9}",
        "patterns: [{id: badge, entity: ACME_BADGE, pattern: 'EMP-[0-9]{6}'}]",
    )
    (tmp_path / "base.yaml").write_text(base)
    child = load_policy(
        write(
            "extends: base.yaml\nscan: {thresholds: {ACME_BADGE: 0.9}}\n"
            "rules: [{id: a, when: {pii.entities: {any: [ACME_BADGE]}}, then: {train: deny}}]\n"
        )
    )
    assert child.rules[-1].id == "a"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("extends: nowhere.yaml\n", r"child\.yaml:5:10: there is no policy at .*nowhere\.yaml"),
        ("extends: defalt\n", r"child\.yaml:5:10: there is no policy pack 'defalt'"),
        ("extends: child.yaml\n", r"child\.yaml:5:10: extends child.yaml, which extends this"),
        ("extends: base.yaml\nwithout: [mial]\n", r"child\.yaml:6:11: .*did you mean mail\?"),
        ("extends: base.yaml\nwithot: [mail]\n", r"child\.yaml:6:1: unknown key 'withot'"),
        ("without: [mail]\n", r"child\.yaml:5:1: .*no `extends`|key 'rules' is missing"),
        (
            "extends: base.yaml\nwithout: [mail]\n"
            "rules: [{id: mail, when: always, then: {train: deny}}]\n",
            r"child\.yaml:6:11: rule 'mail' is left out and given at once",
        ),
        ("extends: [base.yaml]\n", r"child\.yaml:5:10: must be a text"),
        ("extends:\n", r"child\.yaml:5:1: key 'extends' has no value"),
    ],
)
def test_a_wrong_base_is_refused_with_its_place(write, body, said):
    with pytest.raises(UsageError, match=said):
        load_policy(write(body))


def test_a_circle_of_two_is_refused(write):
    write("extends: child.yaml\n", "other")
    with pytest.raises(UsageError, match=r"other\.yaml:5:10: extends child.yaml, which extends"):
        load_policy(write("extends: other.yaml\n"))


def test_a_chain_that_is_too_long_is_refused(write):
    write("extends: base.yaml\n", "p0")
    for at in range(1, MAX_BASES + 2):
        last = write(f"extends: p{at - 1}.yaml\n", f"p{at}")
    with pytest.raises(UsageError, match="more than 8 policies extend each other"):
        load_policy(last)


def test_a_fault_of_the_base_is_placed_in_the_base(write, tmp_path):
    (tmp_path / "base.yaml").write_text(BASE.replace("EMAIL_ADDRESS", "EMAIL_ADRESS"))
    with pytest.raises(UsageError, match=r"base\.yaml:8:.*did you mean EMAIL_ADDRESS"):
        load_policy(write("extends: base.yaml\n"))


LOOSER = [
    ("without: [mail]\n", "rule mail is left out"),
    ("scan: {threshold: 0.5}\n", "scan.threshold: 0.4 → 0.5"),
    ("scan: {thresholds: {URL: 0.95}}\n", "scan.thresholds of URL: 0.9 → 0.95"),
    ("scan: {entities: [URL]}\n", "scan.entities: the default → URL"),
    (
        "scan: {patterns: [{id: wide, entity: URL, pattern: 'w.*w', score: 1.0}]}\n",
        "scan.patterns is new: wide (a surer finding leaves out those of its entity within it, and "
        "here findings are counted or allowed)",
    ),
    ('require: {train.share: ">= 0.4"}\n', "require.train.share: >= 0.5 → >= 0.4"),
    ('require: {rows.count: ">= 10"}\n', "require.rows.count: > 10 → >= 10"),
]
RULES = [
    (
        "{id: mail, when: {pii.entities: {any: [EMAIL_ADDRESS]}}, then: {train: redact}}",
        "rule mail then: training is denied → training is allowed once the personal data that the "
        "rule names is replaced",
    ),
    (
        "{id: mail, when: {pii.entities: {all: [EMAIL_ADDRESS, PERSON]}}, then: {train: deny}}",
        "rule mail when: the row holds EMAIL_ADDRESS → the row holds EMAIL_ADDRESS and PERSON",
    ),
    (
        "{id: mail, when: {pii.entities: {any: [EMAIL_ADDRESS]}}, then: {train: deny}, "
        "unknown: silent}",
        "rule mail unknown: where a fact is unknown: training is denied → the rule says nothing",
    ),
    (
        "{id: many, when: {pii.count: '>= 5'}, then: {train: deny}}",
        "rule many then: training is denied; retrieval is allowed once all personal data that was "
        "found is replaced → training is denied",
    ),
    (
        "{id: more, when: always, then: {retrieve: allow}}",
        "rule more is new: where always: retrieval is allowed",
    ),
]
# A scan knows all of a row's findings or none, so `many` denies where `mail` cannot say; and `open`
# and `rest` speak of every row, so that one more permission changes nothing.
UNFELT = [change for change in RULES if "unknown: silent" in change[0] or "id: more" in change[0]]
CHANGES = [*LOOSER, *((f"rules:\n  - {rule}\n", said) for rule, said in RULES)]
HARMLESS = [
    "",
    "without: [open]\n",
    "scan: {threshold: 0.3}\n",
    "scan: {patterns: [{id: badge, entity: ACME_BADGE, pattern: 'EMP-[0-9]{6}'}]}\n",
    'require: {train.share: "> 0.5"}\n',
    'require: {license.known: "== 1"}\n',
    "rules: [{id: more, when: {pii.entities: any}, then: {train: deny}}]\n",
    "rules: [{id: open, when: {license.class: permissive}, then: {train: redact}}]\n",
    "approvals: 2\n",
]


@pytest.mark.parametrize(("body", "said"), CHANGES)
def test_a_child_that_lets_more_through_says_so_and_keeps_it(write, body, said):
    child = load_policy(write(f"extends: base.yaml\n{body}"))
    assert child.loosens == (said,)
    assert child.document.based_on[0].loosened == (said,)


@pytest.mark.parametrize("body", HARMLESS)
def test_a_stricter_child_is_not_called_looser(write, body):
    assert load_policy(write(f"extends: base.yaml\n{body}")).loosens == ()


@pytest.mark.parametrize(("rule", "said"), UNFELT)
def test_a_change_that_no_row_can_feel_passes_a_floor_when_it_is_proved(
    write, tmp_path, rule, said
):
    pytest.importorskip("z3")
    (tmp_path / "base.yaml").write_text(BASE + "floor: true\n")
    assert load_policy(write(f"extends: base.yaml\nrules:\n  - {rule}\n")).loosens == (said,)


@pytest.mark.parametrize(
    ("body", "said"), [change for change in CHANGES if change[1] not in dict(UNFELT).values()]
)
def test_a_floor_refuses_a_looser_child(write, tmp_path, body, said):
    (tmp_path / "base.yaml").write_text(BASE + "floor: true\n")
    with pytest.raises(UsageError, match="lets more through than base, which is a floor") as wrong:
        load_policy(write(f"extends: base.yaml\n{body}"))
    assert said in str(wrong.value)


@pytest.mark.parametrize("body", HARMLESS)
def test_a_floor_takes_a_stricter_child(write, tmp_path, body):
    (tmp_path / "base.yaml").write_text(BASE + "floor: true\n")
    load_policy(write(f"extends: base.yaml\n{body}"))


def test_a_floor_holds_through_a_policy_in_between(write, tmp_path):
    (tmp_path / "base.yaml").write_text(BASE + "floor: true\n")
    write("extends: base.yaml\n", "middle")
    with pytest.raises(UsageError, match="more through than base, which is a floor"):
        load_policy(write("extends: middle.yaml\nwithout: [mail]\n"))


def test_a_change_that_other_rules_make_harmless_passes_a_floor_when_it_is_proved(write, tmp_path):
    pytest.importorskip("z3")
    twice = BASE.replace(
        "  - {id: many",
        "  - {id: any, when: {pii.entities: any}, then: {train: deny}}\n  - {id: many",
    )
    (tmp_path / "base.yaml").write_text(twice + "floor: true\n")
    child = load_policy(write("extends: base.yaml\nwithout: [mail]\n"))
    assert child.loosens == ("rule mail is left out",)


def test_a_policy_without_rules_and_without_a_base_is_refused():
    with pytest.raises(UsageError, match="key 'rules' is missing"):
        parse_policy(f"policy: a\n{HEAD}".encode(), "a.yaml")


def test_an_escaped_spelling_of_extends_is_no_way_around_it(write):
    allow = "rules: [{id: a, when: always, then: {train: allow}}]\n"
    child = load_policy(write(f'"extend\\x73": base.yaml\n{allow}'))
    assert [rule.id for rule in child.rules] == ["open", "mail", "many", "rest", "a"]
    assert child.loosens == ("rule a is new: where always: training is allowed",)


def test_the_kept_copy_of_a_policy_on_a_floor_cannot_be_extended(write, tmp_path):
    (tmp_path / "base.yaml").write_text(BASE + "floor: true\n")
    middle = load_policy(write("extends: base.yaml\n", "middle"))
    (tmp_path / "kept.yaml").write_bytes(middle.source)
    with pytest.raises(UsageError, match="kept copy of a policy that stands on a floor"):
        load_policy(write("extends: kept.yaml\nwithout: [mail]\n"))
    (tmp_path / "free.yaml").write_bytes(load_policy(write("extends: default\n", "free")).source)
    assert load_policy(write("extends: free.yaml\n")).name == "child"


def test_where_a_finding_can_take_another_out_finding_more_may_loosen(write, tmp_path):
    out = "scan: {threshold: 0.4, exclusions: [{id: x, within: [URL], why: links}]"
    (tmp_path / "base.yaml").write_text(BASE.replace("scan: {threshold: 0.4", out))
    child = load_policy(
        write("extends: base.yaml\nscan: {deny: [{id: hide, entity: URL, words: [a@b.org]}]}\n")
    )
    (said,) = child.loosens
    assert said.startswith("scan.deny is new: hide")


def test_a_bound_that_more_denials_can_meet_is_named_with_them(write, tmp_path):
    (tmp_path / "base.yaml").write_text(
        BASE.replace('train.share: ">= 0.5"', 'train.share: "<= 0.5"')
    )
    added = "rules: [{id: more, when: {pii.entities: any}, then: {train: deny}}]\n"
    child = load_policy(write(f"extends: base.yaml\n{added}"))
    assert child.loosens == ("require.train.share: <= 0.5 may be met when other rows are denied",)
    assert load_policy(write("extends: base.yaml\n")).loosens == ()


def test_a_policy_on_an_expired_floor_is_not_usable(write, tmp_path):
    expired = BASE.replace("2027-06-30", "2026-06-30")
    (tmp_path / "base.yaml").write_text(expired + "floor: true\n")
    child = load_policy(write("extends: base.yaml\n"))
    with pytest.raises(UsageError, match="stands on the floor base, which expired on 2026-06-30"):
        check_usable(child, today=date(2026, 11, 25), purpose=Purpose.FINE_TUNING)


def test_where_nothing_else_speaks_finding_more_may_let_a_row_through_redacted(write, tmp_path):
    gap = BASE.replace("{not: {license.class: permissive}}", "{license.class: academic}")
    (tmp_path / "base.yaml").write_text(gap)
    child = load_policy(write("extends: base.yaml\nscan: {threshold: 0.3}\n"))
    assert child.loosens == ("scan.threshold: 0.4 → 0.3",)


def test_a_permission_behind_a_denial_that_can_be_waived_lets_more_through(write, tmp_path):
    more = "rules: [{id: more, when: {license.class: academic}, then: {retrieve: allow}}]\n"
    for waivable in ("true", "false"):
        base = BASE.replace("waivable: false", f"waivable: {waivable}") + "floor: true\n"
        (tmp_path / "base.yaml").write_text(base)
        if waivable == "true":
            with pytest.raises(UsageError, match="lets more through than base"):
                load_policy(write(f"extends: base.yaml\n{more}"))
        else:
            pytest.importorskip("z3")
            assert load_policy(write(f"extends: base.yaml\n{more}")).loosens


@pytest.mark.parametrize(
    "look",
    [
        "patterns: [{id: p, entity: PHONE_NUMBER, pattern: 'tel 415-555-0132', score: 1.0}]",
        "deny: [{id: d, entity: PHONE_NUMBER, words: [tel 415-555-0132]}]",
    ],
)
def test_a_finding_over_another_could_be_one_that_is_allowed(write, tmp_path, look):
    base = BASE.replace('pii.count: ">= 5"', "pii.roles: any")
    own = "allow: [{id: own, values: [tel 415-555-0132], why: ours}]"
    (tmp_path / "base.yaml").write_text(base.replace("scan: {", f"scan: {{{own}, "))
    assert "pii.count" not in base
    (said,) = load_policy(write(f"extends: base.yaml\nscan: {{{look}}}\n")).loosens
    assert "here findings are counted or allowed" in said


def test_where_a_finding_silences_a_permission_its_duty_goes_too(write, tmp_path):
    clean = (
        "{id: clean, when: {pii.entities: none}, then: {train: allow}, obligations: [attribute]}"
    )
    (tmp_path / "base.yaml").write_text(BASE.replace("rules:", f"rules:\n  - {clean}"))
    child = load_policy(write("extends: base.yaml\nscan: {threshold: 0.3}\n"))
    assert child.loosens == ("scan.threshold: 0.4 → 0.3",)
