"""What of a policy still stops rows once all is waived that so many people may waive."""

from govgate.model import Use
from govgate.policy.load import Policy
from govgate.policy.model import Rule
from govgate.policy.waivers import restricts

_REST = Rule.model_validate(
    {"id": "rest", "when": "always", "then": {"train": "allow", "retrieve": "allow"}}
).model_copy(update={"id": "*"})  # no rule of a policy is called so


def unwaived(policy: Policy, people: int) -> Policy:
    """The policy of the rules that so many people cannot lift, with everything else allowed.

    Duties are left out: a waiver lifts denials and redactions.
    """
    left = [
        rule.model_copy(update={"obligations": ()})
        for rule in policy.rules
        if _stops(rule) and not (rule.waivable and _asked(policy, rule) <= people)
    ]
    document = policy.document.model_copy(update={"rules": (_REST, *left)})
    source = b"not waived by %d\n%b" % (people, policy.source)  # tells the two policies apart
    return Policy(source, document, policy.name_for_messages)


def signatures(*policies: Policy) -> list[int]:
    """The numbers of people who may waive some rule of the policies."""
    return sorted(
        {
            _asked(policy, rule)
            for policy in policies
            for rule in policy.rules
            if rule.waivable and _stops(rule)
        }
    )


def _asked(policy: Policy, rule: Rule) -> int:
    return rule.approvals or policy.document.approvals


def _stops(rule: Rule) -> bool:
    return any(restricts(rule, use) for use in Use)
