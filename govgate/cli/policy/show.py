"""`govgate policy show`: a policy as prose."""

import textwrap
from collections.abc import Iterator
from shutil import get_terminal_size
from typing import Any

import click

from govgate.cli.options import json_option
from govgate.policy.words.labelled import COMBINED, KNOWN, frame, parts

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
        for name, text in frame(shown):
            yield from _labelled(name, text)
        yield ""
        yield "What is looked for"
        for one in shown["scan"]:
            yield from _wrapped(one, "  - ")
        yield ""
        yield "Rules"
        yield from _wrapped(COMBINED, "  ")
    for rule in shown["rules"]:
        yield ""
        yield rule["id"] + (f": {rule['title']}" if rule["title"] else "")
        for name, text in parts(rule):
            yield from _labelled(name, text)
    if whole and shown["require"]:
        yield ""
        yield "The data set as a whole"
        for name, text in shown["require"].items():
            yield from _wrapped(f"{text} ({name})", "  - ")
    yield ""
    yield "Words"
    yield from _wrapped(KNOWN, "  ")
    for name, fact in shown["facts"].items():
        yield from _wrapped(_fact(name, fact), "  - ")


def _markdown(shown: dict[str, Any], *, whole: bool) -> Iterator[str]:
    yield f"# {shown['policy']}, version {shown['version']}"
    if whole:
        yield ""
        yield from (f"- **{name}**: {text}" for name, text in frame(shown))
        yield "\n## What is looked for"
        yield from (f"- {one}" for one in shown["scan"])
        yield f"\n## Rules\n{COMBINED}"
    for rule in shown["rules"]:
        yield f"\n### {rule['id']}"
        yield from [rule["title"]] if rule["title"] else []
        yield ""
        yield from (f"- **{name}**: {text}" for name, text in parts(rule))
    if whole and shown["require"]:
        yield "\n## The data set as a whole"
        yield from (f"- {text} (`{name}`)" for name, text in shown["require"].items())
    yield f"\n## Words\n{KNOWN}\n"
    yield from (f"- {_fact(f'`{name}`', fact)}" for name, fact in shown["facts"].items())


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
