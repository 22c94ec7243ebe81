"""Free text that a rule compares with, and that nothing is ever called."""

import pytest

from govgate.policy.lint.produced import Produced

KNOWN = {"MIT": None, "LicenseRef-Acme": None, "mit": " (did you mean MIT?)"}


def rule(when):
    return f"  - id: one\n    when: {when}\n    then: {{train: deny}}\n"


def told(sources=(), config="govgate.yaml"):
    return Produced(
        config,
        {},
        frozenset(),
        sources=frozenset(sources),
        license_doubt=lambda text: KNOWN.get(text, ""),
    )


def messages(report, check):
    return [f.message for f in report.findings if f.check == check]


@pytest.mark.parametrize(
    "when",
    [
        "{¦license.id: MITT}",
        "{license.id: [MIT, ¦MITT, unknown]}",
        "{not: {any: [{license.id: LicenseRef-Acme}, {¦license.id: [MITT]}]}}",
        "{license.id: [MIT, unknown]}",
        "{license.id: known}",
        "{source.name: MITT}",
    ],
)
def test_a_licence_that_no_row_is_given_is_found(agrees, when):
    agrees("unknown-license-id", rule(when), produced=told())


def test_the_hint_at_the_licence_is_told(agrees):
    report = agrees("unknown-license-id", rule("{¦license.id: mit}"), produced=told(config=None))
    (message,) = messages(report, "unknown-license-id")
    assert message.endswith("'mit', which no row is ever given (did you mean MIT?)")


def test_without_a_licence_table_no_licence_is_doubted(agrees):
    agrees("unknown-license-id", rule("{license.id: MITT}"))


def test_a_source_that_is_not_declared_is_found_with_the_nearest(agrees):
    check = "unknown-source"
    produced = told(["wikipedia", "forum"])
    report = agrees(check, rule("{source.name: [forum, ¦wikipeda]}"), produced=produced)
    (message,) = messages(report, check)
    assert "govgate.yaml does not declare (did you mean wikipedia?)" in message
    agrees(check, rule("{source.name: wikipedia}"), produced=produced)
    agrees(check, rule("{source.name: unknown}"), produced=produced)


def test_without_declared_sources_no_name_is_unknown(agrees):
    agrees("unknown-source", rule("{source.name: wikipeda}"), produced=told())
    agrees("unknown-source", rule("{source.name: wikipeda}"))


@pytest.mark.parametrize("word", ["any", "None", "'null'", "'~'", "'true'", "'FALSE'"])
def test_words_that_are_texts_here_are_suspicious(agrees, word):
    check = "suspicious-text"
    agrees(check, rule(f"{{¦license.id: {word}}}"))
    agrees(check, rule(f"{{source.name: [a, ¦{word}]}}"))
    agrees(check, rule(f"{{pii.fields: {{¦any: [text, {word}]}}}}"))


def test_words_that_say_what_they_mean_are_not_suspicious(agrees):
    agrees("suspicious-text", rule("{pii.fields: none, source.name: anything}"))
    agrees("suspicious-text", rule("{license.id: [MIT, unknown]}"))


def test_a_declared_source_may_have_any_name(agrees):
    agrees("suspicious-text", rule("{source.name: none}"), produced=told(["none"]))
    agrees("suspicious-text", rule("{¦source.name: none}"), produced=told(["forum"]))


def test_a_suspicious_text_is_told_once(agrees):
    produced = told(["forum"])
    agrees("unknown-license-id", rule("{license.id: any}"), produced=produced)
    agrees("unknown-source", rule("{source.name: any}"), produced=produced)
