"""robots.txt: RFC 9309's own examples, other people's mistakes, files that nobody should read."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.rights.signals import robots
from govgate.rights.signals.crawl import CUT, robots_rules
from govgate.rights.signals.model import Kind, Stance, Stances, together
from govgate.rights.signals.patterns import MAX_CHARACTERS, matchable, pattern

YES, NO, NOTHING = Stance.ALLOWED, Stance.REFUSED, Stance.UNSTATED


def said(text: str | bytes, path: str, agent: str = "*", others: bool = True) -> Stances:
    data = text if isinstance(text, bytes) else text.encode()
    rules = robots_rules(data, agent, others=others, cut=False)
    return together(one.at(matchable(path)) for one in rules)


def kept_out(text: str | bytes, path: str, agent: str = "*") -> bool:
    return said(text, path, agent).retrieve is NO


RFC_5_1 = """\
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
"""
RFC_5_2 = """\
User-Agent: foobot
Allow: /example/page/
Disallow: /example/page/disallowed.gif
"""
RFC_2_2_1 = """\
User-Agent: ExampleBot
Disallow: /foo
Disallow: /bar

User-Agent: ExampleBot
Disallow: /baz
"""


@pytest.mark.parametrize(
    ("agent", "path", "out"),
    [
        ("anybot", "/a.gif", True),
        ("anybot", "/a.gift", False),
        ("anybot", "/example/x", True),
        ("anybot", "/publications/x", False),
        ("foobot", "/example/page.html", False),
        ("FooBot", "/example/allowed.gif", False),
        ("foobot", "/example/other.gif", True),
        ("foobot", "/publications/", True),
        ("barbot", "/example/page.html", True),
        ("bazbot", "/example/page.html", True),
        ("bazbot", "/example/other.html", False),
        ("quxbot", "/example/page.html", False),  # its own group, without a rule
    ],
)
def test_the_simple_example_of_rfc_9309_section_5_1(agent: str, path: str, out: bool) -> None:
    assert kept_out(RFC_5_1, path, agent) is out


def test_the_longest_match_of_rfc_9309_section_5_2() -> None:
    assert kept_out(RFC_5_2, "/example/page/disallowed.gif", "foobot")
    assert not kept_out(RFC_5_2, "/example/page/allowed.gif", "foobot")


@pytest.mark.parametrize(
    ("path", "out"), [("/foo", True), ("/bar", True), ("/baz", True), ("/q", False)]
)
def test_groups_of_one_crawler_are_merged_as_in_rfc_9309_section_2_2_1(
    path: str, out: bool
) -> None:
    assert kept_out(RFC_2_2_1, path, "examplebot") is out


@pytest.mark.parametrize(
    ("written", "matched"),
    [
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz"),
        ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"),
        ("/foo/bar/\u30c4", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%E3%83%84", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
    ],
)
def test_paths_are_compared_as_in_rfc_9309_section_2_2_2(written: str, matched: str) -> None:
    assert matchable(written) == matchable(matched)
    for rule, path in ((written, matched), (matched, written)):
        assert kept_out(f"User-agent: *\nDisallow: {rule}", path)
        assert kept_out(f"User-agent: *\nAllow: /q\nDisallow: {rule}", path)
        assert not kept_out(f"User-agent: *\nDisallow: {rule}", path[:-1] + "q")


def test_a_slash_within_a_segment_is_none_between_segments() -> None:
    assert not kept_out("User-agent: *\nDisallow: /a%2Fb", "/a/b")
    assert kept_out("User-agent: *\nDisallow: /a%2fb", "/a%2Fb")


@pytest.mark.parametrize(
    ("rule", "path", "matches"),
    [
        ("/this/path/exactly$", "/this/path/exactly", True),
        ("/this/path/exactly$", "/this/path/exactly?", False),
        ("/this/*/exactly", "/this/b/c/exactly/d", True),
        ("/this/*/exactly", "/this/exactly", False),
        ("/path/file-with-a-%2A.html", "/path/file-with-a-*.html", True),
        ("/path/file-with-a-%2A.html", "/path/file-with-a-x.html", False),
        ("/path/foo-%24", "/path/foo-$", True),
        ("/path/foo-%24", "/path/foo-", False),
        ("/a$b", "/a$b", True),
        ("/*.php$", "/x.php", True),
        ("/*.php$", "/x.php5", False),
        ("/*/*/*$", "/a/b", False),
        ("*", "/", True),
        ("/", "//host/x", True),
        ("/fish*", "/fishheads", True),
        ("/fish", "/Fish", False),
    ],
)
def test_special_characters_of_rfc_9309_section_2_2_3(rule: str, path: str, matches: bool) -> None:
    at = pattern(rule)
    assert at is not None
    assert at.matches(matchable(path)) is matches
    assert kept_out(f"User-agent: *\nDisallow: {rule}", path) is matches  # Protego agrees


@given(st.text(alphabet="/ab*$.", min_size=1, max_size=8), st.text(alphabet="/ab.", max_size=10))
def test_our_patterns_and_protego_agree(rule: str, tail: str) -> None:
    at = pattern("/" + rule)
    assert at is not None
    path = matchable("/" + tail)
    assert kept_out(f"User-agent: *\nAllow: /none\nDisallow: /{rule}", path) is at.matches(path)


@pytest.mark.parametrize(
    ("allow", "path", "out"),
    [
        ("/index.html", "/", True),
        ("/index.html", "/index.html", False),
        ("/a$", "/a", False),
        ("/a$", "/a$", True),
        ("/a$", "/ab", True),
    ],
)
def test_an_allow_lets_in_by_the_letter_alone(allow: str, path: str, out: bool) -> None:
    assert kept_out(f"User-agent: *\nDisallow: /\nAllow: {allow}\n", path) is out


def test_of_two_rules_alike_the_allow_counts() -> None:
    assert not kept_out("User-agent: *\nDisallow: /p\nAllow: /p", "/p")


def test_to_be_let_in_is_no_permission() -> None:
    assert said("User-agent: *\nAllow: /", "/x") == Stances(NOTHING, NOTHING, NOTHING)
    assert said("User-agent: GPTBot\nAllow: /", "/x").train is NOTHING


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /x",
        b"User-agent: *\r\nDisallow: /x\r\n",
        b"User-agent: *\rDisallow: /x",
        b"User-agent: *\nDis\0allow: /x\0\n",
        "User-agent: *\nDisallow: /x".encode("utf-16"),
        b"\xfe\xff" + "User-agent: *\nDisallow: /x".encode("utf-16-be"),
        b"# \xff\xfe\x80\nuser-AGENT :\t*  # all\n  DISALLOW\t: /x # no",
        b"User agent: *\ndisalow: /x",
        b"User-agent *\nDisallow /x",
        b"Sitemap: https://a/b\nUser-agent: *\nCrawl-delay: 3\nSitemap: x\nDisallow: /x",
        b"User-agent: a\nCrawl-delay: 1\nUser-agent: *\nDisallow: /x",
        b"User-agent: *\nDisallow: x",  # no path; what is meant is plain
        b"User-agent: * / 1.0\nDisallow: /x",
    ],
)
def test_a_no_is_heard_however_it_is_written(data: bytes) -> None:
    assert kept_out(data, "/x")
    assert not kept_out(data, "/y")


@pytest.mark.parametrize(
    "data",
    [
        b"Disallow: /x",  # of no group
        b"User-agent: *\nDisallow:",
        b"User-agent: *\n#Disallow: /x",
        b"User-agent: somebot\nDisallow: /x",
        b"",
        b"\0\0\0",
        b"<!DOCTYPE html><p>Disallow: /x</p>",
    ],
)
def test_what_is_not_said_is_not_heard(data: bytes) -> None:
    assert not kept_out(data, "/x")


def test_named_crawlers_stand_for_what_they_fetch_for() -> None:
    text = "User-agent: GPTBot\nDisallow: /\n\nUser-agent: OAI-SearchBot\nDisallow: /a/\n"
    assert said(text, "/b") == Stances(NO, NOTHING, NO)
    assert said(text, "/a/b") == Stances(NO, NO, NO)
    assert said(text, "/b", others=False) == Stances(NOTHING, NOTHING, NOTHING)


def test_a_site_that_speaks_to_us_speaks_for_itself() -> None:
    text = "User-agent: GPTBot\nDisallow: /\n\nUser-agent: AcmeBot\nDisallow: /private/\n"
    assert said(text, "/b", "AcmeBot") == Stances(NOTHING, NOTHING, NOTHING)
    assert said(text, "/private/b", "AcmeBot").train is NO
    assert said(text, "/b", "OtherBot").train is NO


def test_a_token_is_matched_whole() -> None:
    assert said("User-agent: GPT\nDisallow: /", "/").train is NOTHING
    for named in ("GPTBot/1.1", "gptbot", "somebot, GPTBot", "GPTBot*", "GPTBot (OpenAI)"):
        assert said(f"User-agent: {named}\nDisallow: /", "/").train is NO
        assert said(f"User-agent: {named}\nDisallow: /", "/").retrieve is NOTHING


@pytest.mark.parametrize(
    ("path", "train", "retrieve"),
    [("/test", NO, NOTHING), ("/never/test", NO, NO), ("/ai-ok/test", YES, NOTHING)],
)
@pytest.mark.parametrize("everywhere", ["", "/ "])
def test_the_example_of_aipref_attach_section_3_4(
    everywhere: str, path: str, train: Stance, retrieve: Stance
) -> None:
    text = f"""\
User-Agent: *
Allow: /
Disallow: /never/
Content-Usage: {everywhere}train-ai=n
Content-Usage: /ai-ok/ train-ai=y

User-Agent: ExampleBot
Allow: /
Content-Usage: {everywhere}train-ai=y
"""
    found = said(text, path)
    assert (found.train, found.retrieve) == (train, retrieve)
    assert said(text, path, "ExampleBot").train is YES


def test_rules_with_one_path_apply_together() -> None:
    """draft-ietf-aipref-attach-05, section 3.1."""
    text = "User-agent: *\nContent-Usage: /a train-ai=y\nContent-Usage: /a train-ai=n, ai-use=y\n"
    assert said(text, "/a")[:2] == (NO, YES)
    longer = text + "Content-Usage: /a/b train-ai=y\n"
    assert said(longer, "/a/b")[:2] == (YES, NOTHING)


def test_a_statement_that_cannot_be_read_is_unknown_where_it_holds() -> None:
    text = "User-agent: *\nContent-Usage: /a Train-AI=n\n"
    assert said(text, "/a").train is None
    assert said(text, "/b").train is NOTHING


def test_cloudflares_managed_file() -> None:
    """developers.cloudflare.com/bots/additional-configurations/managed-robots-txt (2026-07)."""
    text = """\
# BEGIN Cloudflare Managed content
User-agent: *
Content-Signal: search=yes,ai-train=no,use=reference
Allow: /

User-agent: GPTBot
Disallow: /
# END Cloudflare Managed Content
"""
    assert said(text, "/", others=False) == Stances(NO, NOTHING, NO)
    retrieval = "User-agent: *\nContent-signal: ai-train=no, ai-input=yes\nAllow: /\n"
    assert said(retrieval, "/")[:2] == (NO, YES)
    scoped = "User-agent: *\nContent-Signal: /blog/ ai-train=no\nAllow: /\n"
    assert (said(scoped, "/blog/x").train, said(scoped, "/x").train) == (NO, NOTHING)


def test_what_is_said_to_others_permits_us_nothing() -> None:
    text = "User-agent: GPTBot\nContent-Signal: ai-train=yes, ai-input=no\n"
    assert said(text, "/")[:2] == (NOTHING, NO)
    groupless = "Content-Usage: train-ai=n, ai-use=y\n"
    assert said(groupless, "/")[:2] == (NO, NOTHING)


def test_a_file_of_50_mb_is_read_to_the_limit_and_no_further() -> None:
    line = b"Disallow: /x%d\n"
    data = b"User-agent: *\n" + b"".join(line % (n % 5000) for n in range(3_300_000))
    assert len(data) > 50_000_000
    started = time.process_time()
    rules = robots_rules(data[: robots.MAX_BYTES], "*", others=True, cut=True)
    assert time.process_time() - started < 5
    found = together(one.at("/x12") for one in rules)
    assert found.train is NO
    beyond = together(one.at("/y") for one in rules)
    assert beyond == (None, None, None)  # what was cut off may refuse it
    assert CUT in [one.why for one in rules]


@pytest.mark.parametrize(
    "data",
    [
        b"User-agent: a\n" * 40_000 + b"Disallow: /x\n" * 30_000,
        b"User-agent: *\n" + b"".join(b"Disallow: /%d\n" % n for n in range(80_000)),
        b"User-agent: *\n" + b"".join(b"Disallow: /*%d*\n" % n for n in range(60_000)),
        b"User-agent: *\nDisallow: /" + b"a" * 900_000,
        b"User-agent: *\nContent-Usage: " + b"a;" * 400_000,
        b"\n" * 1_000_000,
        b"".join(b"User-agent: b%d\nDisallow: /\n" % n for n in range(30_000)),
    ],
    ids=["agents", "rules", "wildcards", "path", "statement", "lines", "groups"],
)
def test_a_hostile_file_costs_little_and_is_never_a_yes(data: bytes) -> None:
    started = time.process_time()
    rules = robots_rules(data, "*", others=True, cut=False)
    found = together(one.at("/zzz") for one in rules)
    assert time.process_time() - started < 4
    assert YES not in found


def test_more_rules_than_are_read_are_unknown() -> None:
    many = "User-agent: *\n" + "".join(f"Disallow: /{n}\n" for n in range(10_001))
    assert said(many, "/zzz") == (None, None, None)
    fewer = "User-agent: *\n" + "".join(f"Disallow: /{n}\n" for n in range(9_999))
    assert said(fewer, "/zzz").train is NOTHING
    assert said(f"User-agent: *\nDisallow: /{'a' * MAX_CHARACTERS}", "/").train is None


@given(st.binary(max_size=300), st.sampled_from(["*", "acmebot"]))
def test_no_bytes_break_the_reader(data: bytes, agent: str) -> None:
    for rules in robots_rules(data, agent, others=True, cut=False):
        assert rules.kind in Kind
        assert Stance.ALLOWED not in rules.at("/") or rules.kind is not Kind.ROBOTS
        if rules.constant:
            assert rules.at("/a") == rules.at("/b?c")
