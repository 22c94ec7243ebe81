"""What captures come to for many addresses: which count, which stand, and why nothing is known."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.errors import UsageError
from govgate.rights.signals.address import BAD_CHARACTERS, NOT_WEB, page_key, page_key_secret
from govgate.rights.signals.addresses import NO_URL
from govgate.rights.signals.config import SignalsConfig
from govgate.rights.signals.crawl import CUT
from govgate.rights.signals.evaluate import Heard, Signals, load_signals
from govgate.rights.signals.explain import signals_of
from govgate.rights.signals.judging import RESULT
from govgate.rights.signals.model import Kind, Stance
from govgate.rights.signals.pages import NO_PAGE
from govgate.rights.signals.site import ELSEWHERE, NO_ROBOTS, STALE
from govgate.rights.signals.sites import LATER, NOTHING
from govgate.rights.signals.store import merged, rows_frame, save_signals
from govgate.rights.subjects import subject_key
from govgate.yamlfile import parse_yaml

KEY = b"k" * 32
SITE = "https://a.example"
PAGE = f"{SITE}/articles/one.html"
TODAY = date(2026, 11, 29)
Row = tuple[object, ...]


def row(
    artefact: str,
    key: str | None,
    data: bytes = b"",
    *,
    day: datetime = datetime(2026, 11, 1),
    status: int = 200,
    location: str | None = None,
    cut: bool = False,
    of: str | None = None,
) -> Row:
    digest = hashlib.sha256(data).hexdigest()
    return (artefact, key, of, day, status, location, cut, digest, data, "t")


def robots(data: bytes = b"", key: str = SITE, **more: object) -> Row:
    return row("robots", key, data, **more)  # type: ignore[arg-type]


def page(data: bytes, url: str = PAGE, **more: object) -> Row:
    return row("page", page_key(url, page_key_secret(KEY)), data, **more)  # type: ignore[arg-type]


def of(*rows: Row, **settings: object) -> Signals:
    return Signals(merged([rows_frame(rows)]), KEY, **settings)  # type: ignore[arg-type]


def ask(
    signals: Signals, url: str | None = PAGE, day: date = TODAY, agent: str | None = None
) -> dict[str, object]:
    found = signals.for_urls(pl.Series("u", [url], dtype=pl.String), day, agent)
    assert found.schema == RESULT
    return found.row(0, named=True)


def train(signals: Signals, url: str | None = PAGE, day: date = TODAY) -> object:
    return ask(signals, url, day)["optout.train"]


NO_TRAIN = b"User-agent: *\nContent-Usage: train-ai=n\n"
YES_TRAIN = b"User-agent: *\nContent-Usage: train-ai=y\n"


def test_a_site_without_objections_states_nothing() -> None:
    found = ask(of(robots(status=404)))
    assert list(found.values()) == ["unstated", "unstated", "unstated", [], None]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (None, NO_URL),
        ("mailto:jane@example.com", NOT_WEB),
        ("https://a.example/jane doe", BAD_CHARACTERS),
        ("https://b.example/", NOTHING),
        ("http://a.example/", NOTHING),  # another origin: robots.txt is of one alone
        ("https://www.a.example/", NOTHING),
        ("https://a.example:8443/", NOTHING),
    ],
)
def test_what_nothing_is_known_of_is_unknown_with_a_reason(url: str | None, why: str) -> None:
    found = ask(of(robots()), url)
    assert list(found.values()) == [None, None, None, None, why]
    assert train(of(robots())) == "unstated"


def test_every_row_is_answered_in_its_place() -> None:
    urls = pl.Series(["x", PAGE, None, PAGE, f"{SITE}/never/1", "https://b.example"])
    data = b"User-agent: *\nDisallow: /never/\n"
    found = of(robots(data)).for_urls(urls, TODAY)
    assert found["optout.train"].to_list() == [None, "unstated", None, "unstated", "refused", None]
    assert found["optout.signals"].to_list() == [None, [], None, [], ["robots"], None]
    assert of().for_urls(urls.clear(), TODAY).is_empty()
    assert of().for_urls(urls, TODAY)["why"][1] == NOTHING


def test_without_its_robots_txt_only_a_site_s_refusals_are_believed() -> None:
    reserved = b'[{"location": "/articles/", "tdm-reservation": 1}]'
    signals = of(row("tdmrep-file", SITE, reserved))
    found = ask(signals)
    assert (found["optout.train"], found["optout.tdm"]) == ("refused", "refused")
    assert (found["optout.retrieve"], found["why"]) == (None, NO_ROBOTS)
    assert found["optout.signals"] is None  # robots.txt, unread, may be one of them
    assert ask(signals, f"{SITE}/x")["optout.tdm"] is None
    assert ask(of(page(b"content-usage: train-ai=y\r\n\r\n")))["optout.train"] is None
    assert ask(of(page(b"content-usage: train-ai=n\r\n\r\n")))["optout.train"] == "refused"


# -- which capture counts ------------------------------------------------------------------------


def test_the_newest_capture_up_to_the_day_counts() -> None:
    old = robots(NO_TRAIN, day=datetime(2026, 3, 1))
    new = robots(YES_TRAIN, day=datetime(2026, 6, 1, 23, 59))
    signals = of(new, old)
    assert train(signals, day=date(2026, 5, 31)) == "refused"
    assert train(signals, day=date(2026, 6, 1)) == "allowed"
    before = ask(signals, day=date(2026, 2, 28))
    assert (before["optout.train"], before["why"]) == (None, LATER)


def test_captures_of_one_instant_all_count() -> None:
    assert train(of(robots(YES_TRAIN), robots(NO_TRAIN))) == "refused"


def test_redirects_of_one_instant_all_count() -> None:
    one, two = "https://one.example", "https://two.example"
    rows = [robots(status=301, location=to) for to in (one, two)]
    said = [robots(YES_TRAIN, key=one), robots(NO_TRAIN, key=two)]
    assert train(of(*rows, *said)) == "refused"


def test_an_old_yes_and_old_silence_are_unknown_and_an_old_no_stands() -> None:
    at = datetime(2025, 11, 29)
    for data, fresh, old in (
        (NO_TRAIN, "refused", "refused"),
        (YES_TRAIN, "allowed", None),
        (b"", "unstated", None),
    ):
        signals = of(robots(data, day=at))
        assert train(signals, day=date(2026, 11, 28)) == fresh
        late = ask(signals, day=date(2026, 11, 30))
        assert late["optout.train"] == old
        assert late["why"] == STALE
        assert train(of(robots(data, day=at), max_age_days=400), day=date(2026, 11, 30)) == fresh


def test_an_old_page_says_no_and_nothing_else() -> None:
    at = datetime(2020, 1, 1)
    yes, no = b"content-usage: train-ai=y\r\n\r\n", b"x-robots-tag: noai\r\n\r\n"
    assert train(of(robots(), page(yes))) == "allowed"
    assert train(of(robots(), page(yes, day=at))) == "unstated"
    assert train(of(robots(), page(no, day=at))) == "refused"


def test_pages_can_be_asked_for() -> None:
    signals = of(robots(), page(b""), pages=True)
    assert train(signals) == "unstated"
    other = ask(signals, f"{SITE}/two")
    assert (other["optout.train"], other["why"]) == (None, NO_PAGE)
    old = of(robots(), page(b"", day=datetime(2020, 1, 1)), pages=True)
    assert ask(old)["why"] == NO_PAGE
    assert ask(of(robots(), pages=True))["why"] == NO_PAGE


# -- robots.txt by status ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, "unstated"), (404, "unstated"), (403, "unstated"), (401, "unstated"),
     (429, "refused"), (500, "refused"), (503, "refused")],
)  # fmt: skip
def test_a_robots_txt_that_cannot_be_reached_keeps_everybody_out(status: int, answer: str) -> None:
    """RFC 9309, sections 2.3.1.3 and 2.3.1.4."""
    assert train(of(robots(status=status))) == answer


def test_redirects_are_followed_to_where_the_file_was_captured() -> None:
    www, old = "https://www.a.example", "http://a.example"
    signals = of(
        robots(key=old, status=301, location=SITE),
        robots(key=SITE, status=308, location=www),
        robots(b"User-agent: *\nDisallow: /articles/\n", key=www),
    )
    for origin in (www, SITE, old):
        assert train(signals, f"{origin}/articles/one.html") == "refused"
        assert train(signals, f"{origin}/x") == "unstated"


@pytest.mark.parametrize(
    "rows",
    [
        [robots(status=302)],
        [robots(status=302, location="https://gone.example")],
        [robots(status=302, location=SITE)],
        [robots(status=302, location="https://b.example"),
         robots(key="https://b.example", status=302, location=SITE)],
    ],
)  # fmt: skip
def test_redirects_to_nowhere_or_in_circles_are_unknown(rows: Sequence[Row]) -> None:
    found = ask(of(*rows))
    assert (found["optout.train"], found["why"]) == (None, ELSEWHERE)


def test_a_robots_txt_that_was_cut_off_is_unknown_where_it_does_not_refuse() -> None:
    signals = of(robots(b"User-agent: *\nDisallow: /articles/\n", cut=True))
    assert train(signals) == "refused"
    found = ask(signals, f"{SITE}/x")
    assert (found["optout.train"], found["why"]) == (None, CUT)


# -- together ------------------------------------------------------------------------------------


def test_a_page_and_its_site_are_heard_together() -> None:
    signals = of(robots(YES_TRAIN), page(b"content-usage: train-ai=n, ai-use=y\r\n\r\n"))
    found = ask(signals)
    assert (found["optout.train"], found["optout.retrieve"]) == ("refused", "allowed")
    assert found["optout.signals"] == ["content-usage"]
    assert train(signals, f"{SITE}/two") == "allowed"
    assert train(signals, PAGE + "#part") == "refused"
    assert train(signals, PAGE + "?q") == "allowed"


def test_a_page_s_reservation_replaces_that_of_the_site_s_file() -> None:
    """TDMRep, "Processing priority": the header supersedes the file."""
    reserved = row("tdmrep-file", SITE, b'[{"location": "/", "tdm-reservation": 1}]')
    opened = page(b"tdm-reservation: 0\r\n\r\n")
    found = ask(of(robots(), reserved, opened))
    assert (found["optout.train"], found["optout.tdm"]) == ("unstated", "allowed")
    assert found["optout.signals"] == ["tdmrep-header"]
    unset = ask(of(robots(), reserved, page(b"tdm-reservation: 2\r\n\r\n")))
    assert (unset["optout.tdm"], unset["optout.signals"]) == ("refused", ["tdmrep-file"])
    noai = ask(of(robots(), reserved, page(b"x-robots-tag: noai\r\ntdm-reservation: 0\r\n\r\n")))
    assert noai["optout.tdm"] == "refused"


def test_a_manifest_speaks_for_its_address() -> None:
    entries = {"cawg.ai_generative_training": {"use": "notAllowed"}}
    said = [{"label": "cawg.training-mining", "data": {"entries": entries}}]
    store = {"active_manifest": "m", "manifests": {"m": {"assertions": said}}}
    key = page_key(PAGE, page_key_secret(KEY))
    found = ask(of(robots(), row("c2pa", key, json.dumps(store).encode())))
    assert (found["optout.train"], found["optout.signals"]) == ("refused", ["c2pa"])


@pytest.mark.parametrize("artefact", ["ai-txt", "tdmrep-file"])
@pytest.mark.parametrize(
    "more", [{"status": 503}, {"status": 429}, {"status": 302, "location": "https://b.example"}]
)
def test_a_file_of_a_site_that_could_not_be_had_may_have_refused(artefact, more) -> None:
    found = ask(of(robots(), row(artefact, SITE, b"", **more)))
    assert (found["optout.train"], found["optout.tdm"]) == (None, None)
    assert found["optout.retrieve"] == "unstated"
    assert found["why"]


def test_a_gate_that_asks_in_batches_is_answered_as_one_that_asks_at_once() -> None:
    signals = of(robots(b"User-agent: *\nDisallow: /p/\n"), row("robots", "https://b.example"))
    urls = pl.Series(
        "u",
        [
            f"{site}/{path}"
            for site in (SITE, "https://b.example", "https://c.d")
            for path in ("p/1", "q/2", "p/3")
        ],
    )
    heard = Heard(signals, TODAY)
    parts = pl.concat([heard.for_urls(urls.slice(at, 2)) for at in range(0, len(urls), 2)])
    assert parts.equals(signals.for_urls(urls, TODAY), null_equal=True)


def test_ai_txt_speaks_of_training_alone() -> None:
    found = ask(of(robots(), row("ai-txt", SITE, b"User-Agent: *\nDisallow: *.html\n")))
    assert list(found.values())[:4] == ["refused", "unstated", "refused", ["ai-txt"]]
    assert train(of(robots(), row("ai-txt", SITE, b"", status=404))) == "unstated"
    assert train(of(robots(), row("ai-txt", SITE, b"Disallow", status=302))) == "unstated"


def listed(*domains: str, day: int = 1, of: str = "l.txt") -> list[Row]:
    at = datetime(2026, 11, day)
    keys = [None, *(line.split()[0] for line in domains)]
    lines = ["", *domains]
    return [
        row("domain-list", key, line.encode(), day=at, of=of)
        for key, line in zip(keys, lines, strict=True)
    ]


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://a.example/x", True),
        ("http://deep.down.a.example:81/", True),
        ("https://nota.example/", False),
        ("https://a.example.org/", False),
        ("https://example/", False),
    ],
)
def test_a_listed_domain_and_its_subdomains_refuse(url: str, refused: bool) -> None:
    found = ask(of(*listed("a.example")), url)
    assert (found["optout.retrieve"] == "refused") is refused
    assert found["optout.signals"] == (["domain-list"] if refused else None)


def test_the_newest_of_a_list_counts_and_lists_count_together() -> None:
    old, new = listed("a.example", "b.example"), listed("b.example", day=2)
    signals = of(robots(), *old, *new)
    assert train(signals) == "unstated"
    assert train(signals, "https://b.example/") == "refused"
    assert train(signals, day=date(2026, 11, 1)) == "refused"
    emptied = of(robots(key="https://b.example"), *old, *listed(day=2))
    assert train(emptied, "https://b.example/") == "unstated"
    both = of(robots(), *listed("a.example train", of="x"), *listed("a.example tdm", of="y"))
    assert list(ask(both).values())[:3] == ["refused", "unstated", "refused"]


def test_people_on_a_list_refuse_every_use_of_their_rows() -> None:
    jane, joe = (subject_key(name, KEY) for name in ("jane", "joe"))
    signals = of(robots(), row("subject-list", jane, of="p"), row("subject-list", None, of="p"))
    urls = pl.Series([PAGE, PAGE, PAGE, None, None])
    found = signals.for_urls(urls, TODAY, subjects=pl.Series([jane, joe, None, jane, joe]))
    assert found["optout.train"].to_list() == ["refused", "unstated", "unstated", "refused", None]
    assert found["optout.signals"].to_list() == [["subject-list"], [], [], ["subject-list"], None]
    assert found["why"].to_list() == [None, None, None, None, NO_URL]


def test_who_asks_matters() -> None:
    data = b"User-agent: AcmeBot\nDisallow:\n\nUser-agent: *\nDisallow: /\n"
    signals = of(robots(data))
    assert ask(signals, agent="acmebot")["optout.train"] == "unstated"
    assert ask(signals)["optout.train"] == "refused"
    named = of(robots(b"User-agent: GPTBot\nDisallow: /\n"), others=False)
    assert train(named) == "unstated"


def test_a_configuration_loads_its_files(tmp_path: Path) -> None:
    save_signals(tmp_path / "one.parquet", merged([rows_frame([robots(NO_TRAIN)])]))
    save_signals(tmp_path / "two.parquet", merged([rows_frame(listed("b.example"))]))
    config = SignalsConfig(files=("one.parquet", "two.parquet"), agent="AcmeBot", max_age_days=9)
    signals = load_signals(config, tmp_path, KEY)
    assert (signals.agent, signals.max_age_days) == ("AcmeBot", 9)
    assert train(signals) == "refused"
    assert train(signals, "https://b.example/") == "refused"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("files: [s.parquet]\nagent: Acme Bot\n", "2:8: must be a product token such as AcmeBot"),
        ("files: []\n", "1:8: must not be empty"),
        ("agent: AcmeBot\n", "key 'files' is missing"),
        ("files: [s.parquet]\nmax_age_days: 0\n", "2:15: must be greater than or equal to 1"),
        ("files: [s.parquet]\nmax_age: 3\n", "did you mean max_age_days?"),
    ],
)
def test_a_configuration_that_is_none_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_yaml(text.encode(), "govgate.yaml", SignalsConfig)
    assert problem in str(raised.value)
    good = parse_yaml(b"files: [s.parquet]\nagent: AcmeBot\n", "govgate.yaml", SignalsConfig)
    assert good.max_age_days == 365


def test_every_signal_of_an_address_comes_with_its_evidence() -> None:
    signals = of(
        robots(b"User-agent: *\nDisallow: /never/\nContent-Usage: train-ai=n\n"),
        row("tdmrep-file", SITE, b"[{}]"),
        page(b"x-robots-tag: noai\r\n\r\n"),
        *listed("a.example tdm"),
    )
    found = {one.kind: one for one in signals_of(signals, PAGE, TODAY)}
    assert set(found) == {
        Kind.CONTENT_USAGE, Kind.TDMREP_FILE, Kind.X_ROBOTS_TAG, Kind.DOMAIN_LIST,
    }  # fmt: skip
    usage = found[Kind.CONTENT_USAGE]
    assert usage.train is Stance.REFUSED
    assert hashlib.sha256(usage.evidence).hexdigest() == usage.digest
    assert usage.captured == datetime(2026, 11, 1)
    assert found[Kind.TDMREP_FILE].tdm is None
    assert found[Kind.TDMREP_FILE].why
    assert signals_of(signals, "nonsense", TODAY) == []
    assert signals_of(of(robots()), PAGE, TODAY) == []


# -- laws ----------------------------------------------------------------------------------------

PARTS = [
    robots(),
    robots(NO_TRAIN),
    robots(YES_TRAIN),
    robots(b"User-agent: *\nDisallow: /articles/\n"),
    robots(b"User-agent: GPTBot\nDisallow: /\n"),
    robots(b"User-agent: *\nContent-Usage: =\n"),
    robots(b"User-agent: *\nContent-Signal: ai-input=yes, ai-train=no\n"),
    robots(status=503),
    row("tdmrep-file", SITE, b'[{"location": "/", "tdm-reservation": 1}]'),
    row("tdmrep-file", SITE, b"[{}]"),
    row("ai-txt", SITE, b"User-Agent: *\nAllow: *.html\n"),
    page(b"content-usage: ai-use=y\r\n\r\n"),
    page(b"x-robots-tag: noai\r\n\r\n"),
    page(b"tdm-reservation: 1\r\n\r\n"),
    page(b"", cut=True),
    *listed("a.example retrieve"),
]
REFUSING = [
    robots(NO_TRAIN),
    robots(status=503),
    row("tdmrep-file", SITE, b'[{"location": "/", "tdm-reservation": 1}]'),
    page(b"x-robots-tag: noai\r\n\r\n"),
    page(b"tdm-reservation: 1\r\n\r\n"),
    *listed("a.example train")[1:],
]
USES = ("optout.train", "optout.retrieve", "optout.tdm")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=6), st.randoms())
def test_the_order_of_captures_does_not_matter(rows: list[Row], chance: object) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = ask(of(*rows)), ask(of(*shuffled))
    assert [one[use] for use in USES] == [other[use] for use in USES]
    assert one["optout.signals"] == other["optout.signals"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=5), st.sampled_from(REFUSING))
def test_a_refusal_more_refuses_and_takes_no_refusal_back(rows: list[Row], more: Row) -> None:
    before, after = ask(of(*rows)), ask(of(*rows, more))
    assert after["optout.train"] == "refused"
    for use in USES:
        if before[use] == "refused":
            assert after[use] == "refused"
        if before[use] is None and use != "optout.tdm" and more[0] != "robots":
            assert after[use] != "allowed"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=6))
def test_the_short_and_the_long_form_agree_on_refusals(rows: list[Row]) -> None:
    signals = of(*rows)
    answer, found = ask(signals), signals_of(signals, PAGE, TODAY)
    assert (answer["optout.train"] == "refused") is any(s.train is Stance.REFUSED for s in found)
    assert set(answer["optout.signals"] or ()) <= {s.kind.value for s in found}  # type: ignore[call-overload]
