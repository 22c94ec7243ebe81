"""What a page's head and meta elements say, however servers write them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.rights.signals import htmlmeta
from govgate.rights.signals.htmlmeta import head_ended, metas
from govgate.rights.signals.httphead import read_head, split_head
from govgate.rights.signals.model import UNREADABLE, Kind, Said, Stance
from govgate.rights.signals.page import CUT, page_evidence, page_says
from govgate.rights.signals.robotstag import header_tag, speaks

NO, NOTHING = Stance.REFUSED, Stance.UNSTATED


def says(head: bytes, html: bytes = b"", agent: str = "*", others: bool = True) -> list[Said]:
    return page_says(page_evidence(read_head(head), metas(html)), agent, others=others)


def train(head: bytes, html: bytes = b"", agent: str = "*", others: bool = True) -> set[Kind]:
    return {one.kind for one in says(head, html, agent, others) if one.stances.train is NO}


# What Spawning's datadiligence tests say of X-Robots-Tag (tests/test_xrobots_header.py).
@pytest.mark.parametrize(
    ("value", "to_spawningbot", "to_anybody"),
    [
        ("", True, True),
        ("noai", False, False),
        ("noimageai", False, False),
        ("other, noai", False, False),
        ("other", True, True),
        ("noindex", True, True),
        ("other, noindex", True, True),
        ("spawningbot: noai", False, True),
        ("spawningbot: noimageai", False, True),
        ("other, spawningbot: noai", False, True),
        ("other, spawningbot:noai", False, True),
        ("spawningbot:other, spawningbot: noai", False, True),
        ("spawningbot:other, spawningbot:noai", False, True),
        ("spawningbot: all", True, True),
        ("other, spawningbot: all", True, True),
        ("spawningbot: other, spawningbot: all, test:noai", True, True),
        ("demobot: noai, examplebot: noai, spawningbot: all", True, True),
        (":,", True, True),
        (":, :, ,;: -:: ", True, True),
    ],
)
def test_x_robots_tag_as_datadiligence_reads_it(
    value: str, to_spawningbot: bool, to_anybody: bool
) -> None:
    lines = [value.encode()]
    assert (header_tag(lines, "spawningbot", others=True).train is not NO) is to_spawningbot
    assert (header_tag(lines, "*", others=True).train is not NO) is to_anybody


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        (b"otherbot: noindex, noai", False),  # the name holds for all words behind it
        (b"GPTBot: noai", True),  # a named AI crawler
        (b"unavailable_after: 25 Jun 2010 15:00:00 PST, noai", True),  # no name, though a colon
        (b"unavailable_after: Wed, 25 Jun 2010 15:00:00 GMT, noai", True),  # nor behind a comma
        (b"NoAI", True),
        (b"noindex; noai", True),
        (b"noindex noai", True),
        (b"noml", True),
        (b"noaix", False),
    ],
)
def test_names_and_words_of_x_robots_tag(value: bytes, refused: bool) -> None:
    assert bool(train(b"X-Robots-Tag: " + value)) is refused


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Robots-Tag: noai\r\n",
        b"HTTP/2 200\r\nx-robots-tag: noai\r\n",
        b"HTTP/1.1 200 OK\nX-ROBOTS-TAG : noai\n",
        b"X-Robots-Tag: noai",
        b"X-Robots-Tag: noindex,\r\n noai\r\n",  # folded: RFC 9112, section 5.2
        b"X-Robots-Tag:\r\n\tnoai\r\n",
        b"X-Robots-Tag: noindex\r\nX-Robots-Tag: noai\r\n",
        b"X-Robots-Tag: noai\r\nX-Robots-Tag: all\r\n",
        b"this is no field\r\n: nor this\r\nbad name: x\r\nX-Robots-Tag: noai\r\n",
        b"Server: caf\xe9 \xff\r\nX-Robots-Tag: noai\r\n",  # obs-text
        b"X-Robots-Tag: noindex, \x00noai\x07\r\n",
        b"A: " + b"x" * 100_000 + b"\r\nX-Robots-Tag: noai\r\n",
    ],
)
def test_a_header_is_heard_however_it_is_written(head: bytes) -> None:
    assert train(head) == {Kind.X_ROBOTS_TAG}
    assert train(head.lower().replace(b"noai", b"noam")) == set()


def test_field_lines_of_one_name_are_kept_in_order_and_joined() -> None:
    (said,) = says(b"Content-Usage: train-ai=n\r\ncontent-usage: ai-use=y\r\n")
    assert said.stances[:2] == (NO, Stance.ALLOWED)
    (said,) = says(b"Content-Usage: train-ai=y\r\nContent-Usage: \xe9\r\n")
    assert said.stances == UNREADABLE


def test_the_header_of_aipref_attach_section_1_2() -> None:
    message = (
        b"HTTP/1.1 200 OK\r\nDate: Wed, 23 Apr 2025 04:48:02 GMT\r\n"
        b"Content-Type: text/plain\r\nContent-Usage: train-ai=n\r\n\r\nThis is some content.\n"
    )
    head, body_at = split_head(message)
    assert message[body_at:] == b"This is some content.\n"
    assert train(head) == {Kind.CONTENT_USAGE}
    assert read_head(head).status == 200


@pytest.mark.parametrize(
    "html",
    [
        b'<meta name="robots" content="noai">',  # DeviantArt
        b'<meta name="robots" content="noimageai">',
        b"<META CONTENT=noai,nofollow NAME=ROBOTS>",
        b"<html><head><title>x</title><meta name=robots content='index, noai'/></head>",
        b"<meta name=robots content='no&#97;i'>",
        b"\xef\xbb\xbf<meta name=robots content=noai>",
        "<meta name=robots content=noai>".encode("utf-16"),
        b"<p>late<meta name=robots content=noai>",
        b"<meta name=gptbot content=noai>",
        b"<div>" * 200 + b"<meta name=robots content=noai>",
        b"<met\0a name=robots content=noai><meta name=robots content=noai>",
        b"<noscript><meta name=robots content=noai></noscript>",
    ],
)
def test_a_meta_element_is_heard_as_a_browser_would_find_it(html: bytes) -> None:
    assert train(b"", html) == {Kind.META}


@pytest.mark.parametrize(
    "html",
    [
        b"<!-- <meta name=robots content=noai> -->",
        b"<script>'<meta name=robots content=noai>'</script>",
        b"<title><meta name=robots content=noai></title>",
        b"<p title='<meta name=robots content=noai>'>",
        b"<meta name=robots content=noindex>",
        b"<meta name=description content='noai'>",
        b"<meta name=somebot content=noai>",
        b"<meta property=robots content=noai>",
        b"<meta name=robots content>",
        b"<meta>",
        b"",
    ],
)
def test_what_is_no_such_element_is_not_heard(html: bytes) -> None:
    assert train(b"", html) == set()


def test_hostile_heads_cost_little() -> None:
    started = time.process_time()
    for head in (
        b"X-Robots-Tag: a\r\n" + b" b\r\n" * 60_000,
        b"Content-Signal: " + b"a" * 16_000,
        b"X-Robots-Tag: " + b"a:," * 80_000,
        b"a:b\r\n" * 50_000,
        b"\r" * 250_000,
    ):
        assert train(head) == set()
    assert time.process_time() - started < 2


def test_our_own_name_is_heard_though_capture_did_not_know_it() -> None:
    html = b"<meta name=AcmeBot content=noai>"
    assert train(b"", html, "acmebot") == {Kind.META}
    assert train(b"", html) == set()
    assert train(b"", b"<meta name=gptbot content=noai>", others=False) == set()


def test_the_evidence_holds_what_speaks_of_use_and_nothing_else() -> None:
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: id=secret\r\nX-Robots-Tag: noai\r\nServer: x\r\n"
    html = b"<title>Private</title><meta name=author content='Jane'><meta name=robots content=noai>"
    evidence = page_evidence(read_head(head), metas(html))
    assert evidence.startswith(b"x-robots-tag: noai\r\n\r\n<meta")
    for secret in (b"secret", b"Private", b"Jane", b"Server"):
        assert secret not in evidence
    assert page_evidence(read_head(b"HTTP/1.1 200 OK\r\nServer: x\r\n"), metas(b"<p>")) == b""


def test_a_page_that_was_not_read_to_its_head_s_end_is_unknown() -> None:
    (said,) = page_says(b"", "*", others=True, cut=True)
    assert (said.stances, said.why) == (UNREADABLE, CUT)
    assert page_says(b"", "*", others=True) == []
    assert head_ended(b"<head></head>")
    assert head_ended(b"x<BODY class=a>")
    assert not head_ended(b"<head><bodyguard>")


def test_many_and_deep_elements_cost_little() -> None:
    started = time.process_time()
    for html in (
        b"<b><i><table>" * 10_000,
        b"<!--" * 60_000,
        b"<meta name=robots content=x>" * 9_000,
    ):
        assert metas(html[: htmlmeta.MAX_BYTES]) == []
    assert time.process_time() - started < 3
    assert not speaks("noindex, nofollow")


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_break_the_readers(head: bytes, html: bytes) -> None:
    evidence = page_evidence(read_head(head), metas(b"<meta name=robots content=noai>" + html))
    assert {one.kind for one in page_says(evidence, "*", others=True)} >= {Kind.META}


@given(st.binary(max_size=200))
def test_evidence_that_is_anything_can_be_read(evidence: bytes) -> None:
    for one in page_says(evidence, "*", others=True):
        assert one.kind in Kind


def test_an_element_behind_many_others_is_heard() -> None:
    html = b"<meta>" * 40_000 + b'<meta name="robots" content="noai">'
    assert [meta.content for meta in metas(html)] == ["noai"]
