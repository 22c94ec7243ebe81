"""Rules against rules."""

OPEN = "  - {id: open, when: {license.class: permissive}, then: {train: allow}}\n"


def rule(name, when, then, rest=""):
    return f"  - {{id: {name}, when: {when}, then: {then}{rest}}}\n"


def test_a_rule_that_a_stricter_one_always_outdoes_is_found(agrees):
    report = agrees(
        "shadowed",
        "  - ¦{id: a, when: {pii.entities: {any: [PERSON]}}, then: {train: redact}}\n"
        + rule("b", "{pii.count: '>= 1'}", "{train: deny}"),
    )
    assert "rule b is stricter" in next(f.message for f in report.findings if f.check == "shadowed")
    agrees(
        "shadowed",
        rule("a", "{pii.entities: {any: [PERSON]}}", "{train: redact}")
        + rule("b", "{pii.count: '>= 2'}", "{train: deny}"),
    )


def test_rules_that_outdo_another_one_together_are_found(agrees):
    both = rule("b", "{pii.count: '< 5'}", "{train: deny}")
    report = agrees(
        "shadowed",
        "  - ¦{id: a, when: {pii.entities: {any: [PERSON]}}, then: {train: redact}}\n"
        + both
        + rule("c", "{pii.count: '> 4'}", "{train: deny}"),
    )
    assert "other rules together" in next(
        f.message for f in report.findings if f.check == "shadowed"
    )
    agrees(
        "shadowed",
        rule("a", "{pii.entities: {any: [PERSON]}}", "{train: redact}")
        + both
        + rule("c", "{pii.count: '> 5'}", "{train: deny}"),
    )


def test_a_rule_that_decides_one_of_its_uses_is_not_shadowed(agrees):
    agrees(
        "shadowed",
        rule("a", "{pii.entities: {any: [PERSON]}}", "{train: redact, retrieve: redact}")
        + rule("b", "{pii.count: '>= 1'}", "{train: deny}"),
    )


def test_a_rule_whose_duty_goes_with_rows_is_not_shadowed(agrees):
    stricter = rule("b", "{license.class: known}", "{train: redact}")
    body = "{id: a, when: {license.class: attribution}, then: {train: allow}"
    agrees("shadowed", f"  - {body}, obligations: [attribute]}}\n" + stricter)
    agrees("shadowed", f"  - ¦{body}}}\n" + stricter)


def test_an_allow_that_one_deny_always_beats_is_found(agrees):
    agrees(
        "contradicts",
        "  - ¦{id: a, when: {license.class: permissive}, then: {train: allow}}\n"
        + rule("b", "{license.class: [permissive, academic]}", "{train: deny}"),
    )
    agrees(
        "contradicts",
        OPEN + rule("b", "{license.class: [academic, proprietary]}", "{train: deny}"),
    )
    agrees(
        "contradicts",
        OPEN + rule("b", "{license.class: [permissive, academic]}", "{retrieve: deny}"),
    )


def test_a_deny_that_cannot_be_answered_beats_an_allow_too(agrees):
    allow = "{id: a, when: {license.class: unknown}, then: {train: allow}}\n"
    deny = "{license.class: academic}"
    agrees("contradicts", f"  - ¦{allow}" + rule("b", deny, "{train: deny}"))
    agrees("contradicts", f"  - {allow}" + rule("b", deny, "{train: deny}", ", unknown: silent"))


def test_what_contradicts_is_not_called_shadowed_as_well(agrees):
    agrees(
        "shadowed",
        rule("a", "{license.class: permissive}", "{train: allow}")
        + rule("b", "{license.class: permissive}", "{train: deny}"),
    )


def test_a_rule_that_says_the_same_in_another_order_is_found(agrees):
    first = rule("a", "{license.class: [academic, proprietary], pii.count: '> 1'}", "{train: deny}")
    agrees(
        "duplicate-rule",
        first + "  - ¦{id: b, when: {pii.count: '> 1', license.class: [proprietary, academic]}, "
        "then: {train: deny}}\n",
    )
    agrees(
        "duplicate-rule",
        first + "  - {id: b, when: {pii.count: '> 1', license.class: [proprietary, academic]}, "
        "then: {retrieve: deny}}\n",
    )


def test_silence_on_the_unknown_is_found_where_nothing_else_stops_the_row(agrees):
    allow = rule("a", "{license.class: permissive}", "{train: allow}")
    quiet = "{id: b, when: {consent.status: refused}, then: {train: deny}, ¦unknown: silent}\n"
    agrees("silent-unknown", allow + f"  - {quiet}")
    agrees(
        "silent-unknown",
        allow
        + f"  - {quiet.replace('¦', '')}"
        + rule("c", "{consent.status: unknown}", "{train: deny}"),
    )
    agrees("silent-unknown", allow + f"  - {quiet.replace('¦unknown: silent', 'unknown: deny')}")
