"""The signals that speak of one address, each with its evidence: the long form of ``evaluate``."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from govgate.rights.signals.address import Address, page_key, page_key_secret, read_address
from govgate.rights.signals.evaluate import OF_PAGES, Signals, domains_listed, names_above
from govgate.rights.signals.lists import domain_says
from govgate.rights.signals.model import Artefact, Kind, Signal, Stances
from govgate.rights.signals.pages import statements
from govgate.rights.signals.patterns import matchable
from govgate.rights.signals.site import Asking, site_rules
from govgate.rights.signals.sites import OF_SITES, site_files


def signals_of(signals: Signals, url: str, as_of: date, agent: str | None = None) -> list[Signal]:
    """Every signal that says something of an address as of a day, or that could not be read.

    Of a capture older than the limit, refusals alone. A page's TDMRep statement stands beside the
    site's here; in the answer it replaces it.
    """
    address = read_address(url)
    if isinstance(address, str):
        return []
    asking = Asking((agent or signals.agent).lower(), signals.others)
    newest = signals.newest(as_of)
    secret = page_key_secret(signals.key)
    found = [
        *_of_site(address, newest, asking),
        *_of_domains(address, newest),
        *_of_page(page_key(address.text, secret), newest, asking),
    ]
    # An ai.txt is asked of more than one ending, and may answer each alike.
    return [one for one in dict.fromkeys(found) if one.why or not _stances(one).silent]


def _of_site(address: Address, newest: pl.DataFrame, asking: Asking) -> Iterator[Signal]:
    files = site_files(newest, pl.Series("origin", [address.origin]))
    held = newest.filter(pl.col("artefact").is_in(OF_SITES))
    for row in held.filter(pl.col("key") == address.origin).iter_rows(named=True):
        artefact = Artefact(row["artefact"])
        own = {artefact: [one for one in files[address.origin][artefact] if _same(one, row)]}
        site = site_rules(own, lambda other: files.get(other, {}), asking)
        for rules in (*site.rules, *site.file):
            if artefact is Artefact.ROBOTS or rules.kind is not Kind.ROBOTS:
                yield _signal(
                    rules.kind, address.origin, rules.at(matchable(address.path)), rules.why, row
                )


def _same(held: Any, row: Mapping[str, Any]) -> bool:
    return bool((held.digest, held.status) == (row["digest"], row["status"]))


def _of_domains(address: Address, newest: pl.DataFrame) -> Iterator[Signal]:
    listed = domains_listed(newest)
    of_domains = newest.filter(pl.col("artefact") == Artefact.DOMAIN_LIST.value)
    for domain in names_above(address.host):
        for name, line in listed.get(domain, ()):
            rows = of_domains.filter((pl.col("key") == domain) & (pl.col("list") == name))
            row = rows.row(0, named=True)
            yield _signal(Kind.DOMAIN_LIST, f"{domain} in {name}", domain_says(line), "", row)


def _of_page(key: str, newest: pl.DataFrame, asking: Asking) -> Iterator[Signal]:
    pages = newest.filter(pl.col("artefact").is_in(OF_PAGES) & (pl.col("key") == key))
    for row in pages.iter_rows(named=True):
        for said in statements(row["artefact"], row["evidence"], row["cut"], asking):
            stances = said.stances.refusals() if row["stale"] else said.stances
            yield _signal(said.kind, "the page", stances, said.why, row)


def _signal(kind: Kind, scope: str, stances: Stances, why: str, row: Mapping[str, Any]) -> Signal:
    return Signal(
        kind,
        scope,
        *stances,
        captured=row["captured"],
        digest=row["digest"],
        evidence=row["evidence"],
        cut=bool(row["cut"]),
        why=why if None in stances or kind is Kind.ROBOTS else "",
    )


def _stances(signal: Signal) -> Stances:
    return Stances(signal.train, signal.retrieve, signal.tdm)
