"""Every check of lint: its id, how bad a finding is, what it looks for, and the function."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from govgate.policy.lint import against, bounds, gaps, matching, sources, texts, wording
from govgate.policy.lint.finding import Hit, Severity
from govgate.policy.lint.subject import Subject

UNREADABLE = "unreadable"
"""Of what the strict reader refuses: there is then no policy to check."""
_NOTE, _WARNING, _ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR


@dataclass(frozen=True, slots=True)
class Check:
    """``title`` says what a finding of it means; `docs/lint.md` has a heading for each id."""

    id: str
    severity: Severity
    title: str
    run: Callable[[Subject], Iterator[Hit]]

    @property
    def help(self) -> str:
        """What it looks for, and where more stands."""
        said = " ".join((self.run.__doc__ or "").split())
        return f"{said} See docs/lint.md, heading {self.id}."


def _unreadable(_: Subject) -> Iterator[Hit]:
    """What the strict reader refuses: unknown keys and words, values that do not fit."""
    return iter(())


CHECKS: tuple[Check, ...] = (
    Check(UNREADABLE, _ERROR, "The policy cannot be read", _unreadable),
    Check("expired", _ERROR, "The policy has expired", wording.expired),
    Check("expires-soon", _WARNING, "The policy expires within 60 days", wording.expires_soon),
    Check("never-matches", _ERROR, "A rule can never match", matching.never_matches),
    Check("always-matches", _WARNING, "A rule matches every row", matching.always_matches),
    Check("contradicts", _ERROR, "A permission can never hold", against.contradicts),
    Check("shadowed", _WARNING, "A rule never decides anything", against.shadowed),
    Check("duplicate-rule", _WARNING, "Two rules say the same", against.duplicate_rule),
    Check("dead-alternative", _WARNING, "An alternative can never hold", matching.dead_alternative),
    Check(
        "covered-alternative",
        _WARNING,
        "An alternative adds nothing to another one",
        matching.covered_alternative,
    ),
    Check("idle-test", _WARNING, "A test holds for every value, or for none", matching.idle_test),
    Check(
        "redacts-nothing",
        _WARNING,
        "A rule redacts where there is nothing to replace",
        matching.redacts_nothing,
    ),
    Check("repeated-word", _WARNING, "A list names a word twice", matching.repeated_word),
    Check(
        "silent-unknown",
        _WARNING,
        "A rule is silent on an unknown fact that nothing else stops",
        against.silent_unknown,
    ),
    Check(
        "fact-not-produced",
        _WARNING,
        "A rule asks for a fact that nothing is set to produce",
        sources.fact_not_produced,
    ),
    Check(
        "unknown-license-id",
        _WARNING,
        "A rule asks for a licence that no row is given",
        texts.unknown_license_id,
    ),
    Check(
        "unknown-source",
        _WARNING,
        "A rule asks for a source that is not declared",
        texts.unknown_source,
    ),
    Check(
        "suspicious-text",
        _WARNING,
        "A text is compared with a word such as any or null",
        texts.suspicious_text,
    ),
    Check(
        "entity-not-looked-for",
        _WARNING,
        "A rule asks for an entity that nobody looks for",
        sources.entity_not_looked_for,
    ),
    Check(
        "entity-without-model",
        _WARNING,
        "An entity of another model has no model",
        sources.entity_without_model,
    ),
    Check(
        "threshold-extreme",
        _WARNING,
        "A threshold keeps everything, or hardly anything",
        bounds.threshold_extreme,
    ),
    Check(
        "threshold-unasked",
        _WARNING,
        "A threshold of an entity that no rule asks for",
        bounds.threshold_unasked,
    ),
    Check("require-idle", _WARNING, "A requirement always holds", bounds.require_idle),
    Check("require-impossible", _ERROR, "A requirement never holds", bounds.require_impossible),
    Check("no-consent", _WARNING, "No rule mentions consent", gaps.no_consent),
    Check("no-license", _WARNING, "No rule mentions a licence", gaps.no_license),
    Check("no-personal-data", _WARNING, "No rule mentions personal data", gaps.no_personal_data),
    Check("nothing-decides", _NOTE, "Facts under which nothing decides", gaps.nothing_decides),
    Check(
        "undated-citation", _NOTE, "A citation without year or version", wording.undated_citation
    ),
    Check("law-unread", _WARNING, "A law whose text was not read lately", wording.law_unread),
    Check("law-ahead", _NOTE, "A law that does not apply yet", wording.law_ahead),
    Check("no-citation", _NOTE, "A denying rule without citation", wording.no_citation),
    Check("no-remedy", _NOTE, "A denying rule without remedy", wording.no_remedy),
    Check("no-title", _NOTE, "A rule without title", wording.no_title),
)
