"""`govgate stamp`: have an authority say when a record's signature was there."""

from pathlib import Path

import click

from govgate.cli.options import day, home_option, run_argument
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate key authority tsa-root.pem
  govgate stamp govgate-run --tsa https://tsa.example.com/tsr

\b
Without a network here, in two steps:
  govgate stamp govgate-run --request query.tsq
  curl -H 'Content-Type: application/timestamp-query' \\
    --data-binary @query.tsq https://tsa.example.com/tsr > answer.tsr
  govgate stamp govgate-run --request query.tsq --response answer.tsr

\b
Exit codes: 0 done, 2 usage, 4 no answer, 5 the record or the answer does not hold.
"""


@click.command("stamp", epilog=EPILOG, short_help="Put a time stamp (RFC 3161) beside a record.")
@run_argument
@click.option("--tsa", metavar="URL", help="Ask the authority at this address.")
@click.option(
    "--request",
    "query",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the query here. With --response: the query that was answered.",
)
@click.option(
    "--response",
    "answer",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="An authority's answer to put into RUN.",
)
@click.option("--replace", is_flag=True, help="Put it in the place of a stamp that holds.")
@home_option
def command(
    run: Path, tsa: str | None, query: Path | None, answer: Path | None, replace: bool, home: Home
) -> None:
    """Put an authority's time stamp over the signature of RUN's record into RUN, as timestamp.tsr.

    The record's signature is verified first, and the stamp before it is kept: by an authority that
    the trust file lists, over this signature, at a time that fits the record.
    """
    from govgate.attest.files import read_bounded
    from govgate.attest.timestamp import MAX_REQUEST, MAX_RESPONSE, need_library, nonce_of, request
    from govgate.attest.trustfile import load_trust
    from govgate.stamp import ask, check_place, put, stampable

    if (tsa is None) == (query is None and answer is None):
        raise click.UsageError("give --tsa, or --request, or --response")
    need_library()
    record = stampable(run, load_trust(home.trust), today=day(None))
    if tsa is None and answer is None:
        assert query is not None  # noqa: S101  (asked for above)
        _write_query(query, request(record.signature)[0])
        return
    check_place(record, replace=replace)
    if answer is not None:
        nonce = nonce_of(read_bounded(query, MAX_REQUEST)) if query else None
        stamp = put(record, read_bounded(answer, MAX_RESPONSE), nonce)
    else:
        asked, nonce = request(record.signature)
        stamp = put(record, ask(str(tsa), asked), nonce)
    click.echo(f"stamped    {stamp}")


def _write_query(path: Path, query: bytes) -> None:
    from govgate.durable import write_durably
    from govgate.errors import UsageError
    from govgate.rundir import check_outside

    check_outside(path)
    if path.exists():
        raise UsageError(f"{path} exists already", remedy="name another file")
    write_durably(path, query)
    click.echo(f"query      {path}  (send it to an authority, then give its --response)")
