"""What a policy says once all is waived that so many people may waive."""

from govgate.model import Effect, Use
from govgate.policy.load import Policy
from govgate.policy.model import Rule
from govgate.policy.waivers import restricts


def unwaived(policy: Policy, people: int) -> Policy:
    """The policy as it is left to rows of which so many people waived all that they can.

    What denies is gone, and what redacts permits: a waived redaction stays where nothing else
    permits the use, and here it counts as the permission that it then is. Duties are left out, as a
    waiver lifts none.
    """
    left = [
        (_lifted(rule) if _waivable(policy, rule, people) else rule).model_copy(
            update={"obligations": ()}
        )
        for rule in policy.rules
    ]
    document = policy.document.model_copy(update={"rules": tuple(left)})
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


def _waivable(policy: Policy, rule: Rule, people: int) -> bool:
    return rule.waivable and _stops(rule) and _asked(policy, rule) <= people


def _lifted(rule: Rule) -> Rule:
    """The rule, as far as it permits."""
    says = {
        use.value: None if rule.then.on(use) in (Effect.DENY, None) else Effect.ALLOW.word
        for use in Use
    }
    return rule.model_copy(update={"then": rule.then.model_copy(update=says), "unknown": "silent"})


def _asked(policy: Policy, rule: Rule) -> int:
    return rule.approvals or policy.document.approvals


def _stops(rule: Rule) -> bool:
    return any(restricts(rule, use) for use in Use)
