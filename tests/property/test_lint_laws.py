"""What lint says of rules, against every row of a small world."""

import json
import sys
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from govgate.model import Effect, Use
from govgate.policy.lint.against import contradicts, shadowed
from govgate.policy.lint.cubes import gaps
from govgate.policy.lint.gaps import nothing_decides
from govgate.policy.lint.matching import always_matches, dead_alternative, never_matches
from govgate.policy.lint.subject import Subject
from govgate.policy.load import parse_policy
from govgate.policy.search.speaking import silent
from govgate.yamltext import places_of
from tests.laws import law

sys.path.insert(0, str(Path(__file__).parent))
import plain_policy

CLASSES = ["permissive", "academic", "proprietary", "attribution"]
ENTITIES = ["PERSON", "US_SSN", "URL"]


def words(some):
    return st.lists(st.sampled_from(some), min_size=1, max_size=3, unique=True)


def entry(fact, test):
    return test.map(lambda value: {fact: value})


tests = st.one_of(
    entry("license.class", words([*CLASSES[:3], "known", "unknown"])),
    entry("license.class", st.sampled_from(["known", "unknown", *CLASSES[:3]])),
    entry("pii.entities", st.sampled_from(["any", "none", "known", "unknown"])),
    entry(
        "pii.entities",
        st.dictionaries(st.sampled_from(["any", "all", "none"]), words(ENTITIES[:2]), min_size=1),
    ),
    entry(
        "pii.count",
        st.builds("{} {}".format, st.sampled_from([">=", "<", "==", "!="]), st.integers(0, 3)),
    ),
)


def nested(inner):
    several = st.lists(inner, min_size=1, max_size=3)
    return (
        several.map(lambda parts: {"all": parts})
        | several.map(lambda parts: {"any": parts})
        | inner.map(lambda part: {"not": part})
    )


whens = st.just("always") | st.recursive(tests, nested, max_leaves=4)
words_of = st.sampled_from(["allow", "redact", "deny"])
thens = st.dictionaries(st.sampled_from(["train", "retrieve"]), words_of, min_size=1)
bodies = st.fixed_dictionaries(
    {"when": whens, "then": thens}, optional={"unknown": st.sampled_from(["deny", "silent"])}
)


@st.composite
def subjects(draw, most=4):
    rules = [
        {"id": f"r{at}", **body}
        for at, body in enumerate(draw(st.lists(bodies, min_size=1, max_size=most)))
    ]
    document = {
        "policy": "t",
        "version": "1",
        "expires": "2027-06-30",
        "purposes": ["fine-tuning"],
        "rules": rules,
    }
    source = json.dumps(document).encode()
    return Subject(parse_policy(source, "t"), places_of(source, "t"), date(2026, 11, 25))


@cache
def rows():
    """Every row of the small world that a gate can write."""
    flags = product([False, True], repeat=3)
    found = [tuple(e for e, there in zip(ENTITIES, f, strict=True) if there) for f in flags]
    pii = [{"pii.entities": None, "pii.count": None}]
    for entities in found:
        counts = range(len(entities), 5) if entities else [0]
        pii += [{"pii.entities": entities, "pii.count": count} for count in counts]
    return [{"license.class": one, **two} for one in [None, *CLASSES] for two in pii]


def told(check, subject):
    hits = list(check(subject))
    assert not subject.stopped
    return {hit.path[1] for hit in hits}


@law(150)
@given(subjects())
def test_rules_said_never_or_always_to_match_are_just_those_that_do(subject):
    answers = [
        {plain_policy.answer(rule.when, row) for row in rows()} for rule in subject.policy.rules
    ]
    never = {at for at, some in enumerate(answers) if True not in some}
    assert told(never_matches, subject) == never
    always = {at for at, some in enumerate(answers) if some == {True}}
    written = {at for at, r in enumerate(subject.places.plain["rules"]) if r["when"] == "always"}
    assert told(always_matches, subject) == always - written


@law(200)
@given(subjects())
def test_rules_said_to_be_shadowed_are_just_those_that_never_decide(subject):
    rules = subject.policy.rules
    deciding = {
        reason for row in rows() for reason in plain_policy.verdict(subject.policy, row)["reasons"]
    }
    silenced = told(shadowed, subject) | told(contradicts, subject)
    for at, rule in enumerate(rules):
        effects = [rule.then.on(use) for use in Use if rule.then.on(use) is not None]
        matched = any(plain_policy.answer(rule.when, row) for row in rows())
        if at in told(shadowed, subject):
            assert matched
            assert rule.id not in deciding
        elif matched and rule.id not in deciding and Effect.DENY not in effects:
            assert at in silenced


@law(200)
@given(subjects())
def test_a_permission_said_never_to_hold_never_does(subject):
    for at in told(contradicts, subject):
        rule = subject.policy.rules[at]
        won = [
            use
            for use in Use
            if rule.then.on(use) is Effect.ALLOW
            and all(
                plain_policy.verdict(subject.policy, row)[use] == "deny"
                for row in rows()
                if plain_policy.answer(rule.when, row)
            )
        ]
        assert won


@law(200)
@given(subjects(most=3))
def test_the_gaps_are_true_and_where_they_are_all_there_are_no_others(subject):
    for use in Use:
        goals = [goal for rule in subject.policy.rules for goal in silent(rule, use)]
        if not goals:
            continue
        found, whole = gaps(subject, goals)
        assert not subject.stopped
        for row in rows():
            said = any(all(plain_policy.answer(part, row) for part in gap.parts) for gap in found)
            undecided = not any(_gives(rule, use, row) for rule in subject.policy.rules)
            assert undecided or not said
            if whole:
                assert said or not undecided
    list(nothing_decides(subject))


def _gives(rule, use, row):
    effect = rule.then.on(use)
    if effect is None:
        return False
    answer = plain_policy.answer(rule.when, row)
    return answer is True or (answer is None and rule.unanswered(use) is not None)


@law(150)
@given(subjects(most=2))
def test_an_alternative_said_to_be_dead_changes_no_match(subject):
    """Leaving it out of the file leaves the rule matching just the rows that it matched."""
    for hit in list(dead_alternative(subject)):
        plain = json.loads(json.dumps(subject.places.plain))
        path = list(hit.path)
        while not isinstance(path[-1], int):
            path.pop()
        holder = plain
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
        less = parse_policy(json.dumps(plain).encode(), "t")
        before, after = subject.policy.rules[path[1]], less.rules[path[1]]
        for row in rows():
            matched = plain_policy.answer(before.when, row) is True
            assert matched == (plain_policy.answer(after.when, row) is True)
