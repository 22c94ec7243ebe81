"""How answers for people are laid out."""

import click


def line(label: str, text: str, width: int = 10) -> None:
    """Print one line of an answer; an empty label goes on with the one before."""
    click.echo(f"  {label:<{width}} {text}")


def many(count: int, noun: str) -> str:
    """``3 rows``, ``1 row``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
