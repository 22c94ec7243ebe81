"""`govgate policy show`: a policy as prose."""

import textwrap
from collections.abc import Iterator
from shutil import get_terminal_size
from typing import Any

import click

from govgate.cli.options import json_option

EPILOG = """\b
Examples:
  govgate policy show default
  govgate policy show acme.yaml --rule license-noncommercial
  govgate policy show acme.yaml --markdown > acme.md
  govgate policy show acme.yaml --json
"""
_WIDTH = 88
_NARROWEST = 40
_MOST = 12


@click.command("show", epilog=EPILOG)
@click.argument("policy")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only this rule; repeatable.")
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@json_option
def command(policy: str, rules: tuple[str, ...], markdown: bool, as_json: bool) -> None:
    """Print POLICY (a file, a folder or a shipped name) as prose that an auditor reads.

    Per rule: what it is for, when it applies, what it does, what happens where a fact is unknown,
    what it rests on, what can be done. Long lists of words are cut in a whole policy's plain text;
    --rule, --markdown and --json have all of them.
    """
    from govgate.policy.words.describe import described
    from govgate.steps.open import named_policy

    loaded = named_policy(policy)
    _check(rules, [rule.id for rule in loaded.rules], policy)
    cut = None if rules or markdown or as_json else _MOST
    shown = described(loaded, rules, most=cut)
    if as_json:
        import json

        click.echo(json.dumps(shown, indent=2))
    elif markdown:
        click.echo("\n".join(_markdown(shown, whole=not rules)))
    else:
        click.echo("\n".join(_text(shown, whole=not rules)))


def _check(wanted: tuple[str, ...], known: list[str], policy: str) -> None:
    from govgate.errors import UsageError
    from govgate.spelling import did_you_mean

    for rule in wanted:
        if rule not in known:
            raise UsageError(
                f"{policy} has no rule {rule!r}{did_you_mean(rule, known)}",
                remedy=f"rules: {', '.join(known)}",
            )


def _text(shown: dict[str, Any], *, whole: bool) -> Iterator[str]:
    yield f"{shown['policy']}, version {shown['version']}"
    if whole:
        for name, text in _frame(shown):
            yield from _labelled(name, text)
        yield ""
        yield "What is looked for"
        for one in shown["scan"]:
            yield from _wrapped(one, "  - ")
        yield ""
        yield "Rules"
        yield from _wrapped(_COMBINED, "  ")
    for rule in shown["rules"]:
        yield ""
        yield rule["id"] + (f": {rule['title']}" if rule["title"] else "")
        for name, text in _parts(rule):
            yield from _labelled(name, text)
    if whole and shown["require"]:
        yield ""
        yield "The data set as a whole"
        for name, text in shown["require"].items():
            yield from _wrapped(f"{text} ({name})", "  - ")
    yield ""
    yield "Words"
    yield from _wrapped(_KNOWN, "  ")
    for name, fact in shown["facts"].items():
        yield from _wrapped(_fact(name, fact), "  - ")


def _markdown(shown: dict[str, Any], *, whole: bool) -> Iterator[str]:
    yield f"# {shown['policy']}, version {shown['version']}"
    if whole:
        yield ""
        yield from (f"- **{name}**: {text}" for name, text in _frame(shown))
        yield "\n## What is looked for"
        yield from (f"- {one}" for one in shown["scan"])
        yield f"\n## Rules\n{_COMBINED}"
    for rule in shown["rules"]:
        yield f"\n### {rule['id']}"
        yield from [rule["title"]] if rule["title"] else []
        yield ""
        yield from (f"- **{name}**: {text}" for name, text in _parts(rule))
    if whole and shown["require"]:
        yield "\n## The data set as a whole"
        yield from (f"- {text} (`{name}`)" for name, text in shown["require"].items())
    yield f"\n## Words\n{_KNOWN}\n"
    yield from (f"- {_fact(f'`{name}`', fact)}" for name, fact in shown["facts"].items())


_COMBINED = (
    "Every rule that applies to a row has its say on each use that it speaks of. The strictest "
    "effect wins: allowed, then allowed with replacements, then denied. A use that no rule allows "
    "is denied."
)
_KNOWN = (
    "A fact is known when its source says it of the row, and unknown otherwise. What a rule asks "
    "of an unknown fact is neither true nor false, unless the rule asks whether it is known."
)


def _frame(shown: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "for", ", ".join(shown["purposes"])
    yield "expires", f"may not be used from {shown['expires']} on"
    if shown["description"]:
        yield "about", shown["description"]
    for base in shown["based_on"]:
        looser = "; ".join(base["loosened"])
        loud = f"; LETS MORE THROUGH: {looser}" if looser else "; lets nothing more through"
        if looser and base["floor"]:  # else it would not have been read
            loud = f"; lets nothing more through, which was proved in spite of: {looser}"
        if not shown["inherited"]:
            loud += " (as its own file says; nothing here proves it)"
        yield "extends", f"{base['policy']}, version {base['version']}{loud}"
    if shown["floor"]:
        yield "floor", "a policy that extends this one is refused if it lets more through"
    yield "waivers", f"{_people(shown['approvals'])} must sign a waiver"
    yield "sha256", shown["sha256"]


def _parts(rule: dict[str, Any]) -> Iterator[tuple[str, str]]:
    clauses = rule["when"]
    if len(clauses) > 1:
        numbered = "; ".join(f"({chr(97 + at)}) {one}" for at, one in enumerate(clauses[:26]))
        rest = "".join(f"; {one}" for one in clauses[26:])
        yield "when", f"all of these hold: {numbered}{rest}"
    else:
        yield "when", clauses[0]
    yield "then", rule["effect"]
    yield "unknown", rule["unknown"] or "an unknown fact never leaves this rule open"
    if rule["duties"]:
        yield "duties", "; ".join(f"{text} ({duty})" for duty, text in rule["duties"].items())
    if rule["cites"]:
        yield "why", "; ".join(rule["cites"])
    if rule["law"]:
        yield "law", _law(rule["law"])
    if rule["remedy"]:
        yield "remedy", rule["remedy"]
    if rule["stops"]:
        people = f"if {_people(rule['approvals'])} sign" + ("s" if rule["approvals"] == 1 else "")
        yield "waiver", people if rule["waivable"] else "cannot be waived"
    if rule["facts"]:
        yield "asks for", ", ".join(rule["facts"])


def _law(law: dict[str, Any]) -> str:
    read = f"text last read on {law['verified']}" if law["verified"] else "text not read"
    return (
        f"{law['article']} ({law['jurisdiction']}), from {law['effective']} on; {read}: "
        f"{law['source']}"
    )


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"


def _fact(name: str, fact: dict[str, str]) -> str:
    return (
        f"{fact['phrase']} ({name}): {fact['means']}. Said by {fact['source']}. Unknown if: "
        f"{fact['unknown']}. To mend: {fact['fix']}."
    )


def _labelled(name: str, text: str) -> list[str]:
    return _wrapped(text, f"  {name:<9} ")


def _wrapped(text: str, lead: str) -> list[str]:
    return textwrap.wrap(
        text,
        min(_WIDTH, max(_NARROWEST, get_terminal_size((_WIDTH, 1)).columns)),
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [lead.rstrip()]
