"""A policy's export to Rego under regorus, an engine that knows nothing of govgate."""

import json

import regorus

from govgate.policy.rego.export import package_of, to_rego


def engine(policy):
    """An engine that holds the exported policy."""
    made = regorus.Engine()
    made.add_policy("policy.rego", to_rego(policy))
    return made


def verdicts(policy, rows):
    """The exported policy's verdict on each row of facts, as `plain_policy.verdict` gives it."""
    asked = engine(policy)
    query = f"data.{package_of(policy)}.verdict"
    return [answer(asked, query, document(row)) for row in rows]


def answer(asked, query, text):
    """What the engine answers to ``query`` over an input document as JSON."""
    asked.set_input_json(text)
    return asked.eval_rule(query)


def document(row):
    """The row's facts as JSON: sets are arrays, days are text."""
    return json.dumps(row, default=str)
