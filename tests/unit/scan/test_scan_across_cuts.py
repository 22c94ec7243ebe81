"""A policy's pattern across the cut of a long string, matching more than two windows share."""

import pytest

from govgate.model import Failure
from govgate.scan.detector import Ask
from govgate.scan.fast.detector import FastDetector
from govgate.scan.question import Question
from govgate.scan.strings import StringScanner
from govgate.scan.windows import ACROSS, OVERLAP, WINDOW
from govgate.scansettings import Looks, ScanSettings

KEY = bytes(range(32))
BEGIN, END = "-----BEGIN RSA KEY-----", "-----END RSA KEY-----"
LOOKS = {
    "patterns": [
        {
            "id": "pem",
            "entity": "PRIVATE_KEY",
            "pattern": rf"{BEGIN}[A-Za-z0-9+/=\s]+{END}",
            "score": 0.6,
            "context": ["deploy"],
        },
        {"id": "slow", "entity": "ACME_SLOW", "pattern": r"(?:a|a)+(?:a|a)+(?:a|a)+c"},
    ]
}
SETTINGS = ScanSettings(looks=LOOKS)


@pytest.fixture(scope="module")
def detector():
    return FastDetector(SETTINGS)


def scanner(detector, looks=SETTINGS.looks):
    return StringScanner(detector, fingerprint_key=KEY, looks=looks)


def pem(length: int) -> str:
    body = "".join(f"{n:063}\n" for n in range(length // 64))
    return f"{BEGIN}\n{body}{END}"


def with_key(start: int, key: str, filler: str = "some words, ") -> str:
    long = (filler * (2 * WINDOW // len(filler) + 1))[: 2 * WINDOW]
    return long[:start] + key + long[start:]


@pytest.mark.parametrize("length", [OVERLAP, 3_200, 6_400, ACROSS - 200])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_key_across_a_cut_is_found_whole_and_once(detector, length, share):
    key = pem(length)
    start = WINDOW - OVERLAP // 2 - int(len(key) * share)
    text = with_key(start, key)
    (answer,) = scanner(detector).answer([Question(text, opens=False)])
    found = [(one.start, one.end) for one in answer if one.entity == "PRIVATE_KEY"]
    assert found == [(start, start + len(key))]


def test_its_context_counts_as_elsewhere(detector):
    key = pem(6_400)
    text = with_key(WINDOW - OVERLAP // 2 - 3_000, f" deploy {key}")
    (answer,) = scanner(detector).answer([Question(text, opens=False)])
    assert [one.score for one in answer if one.entity == "PRIVATE_KEY"] == [0.95]


def test_presidios_own_code_finds_the_same(detector):
    """Which does not know what is asked for across a cut, and sees a long address there too."""
    address = "http://example.com/" + "a1" * 2_000
    text = with_key(WINDOW - 3_000, f"{pem(6_400)} ")
    text += with_key(WINDOW - 3_000, f"{address} ")[len(text) % WINDOW :]
    both = [
        scanner(one).answer([Question(text, opens=False)])
        for one in (detector, detector._reference)
    ]
    assert both[0] == both[1]
    assert {"PRIVATE_KEY", "URL"} <= {one.entity for one in both[0][0]}


def test_a_pattern_that_runs_out_of_time_there_fails_the_string(spawned):
    class Slow(spawned.Names):
        def detect(self, asks):
            late = Failure("pattern-timed-out", "too slow", "shorten it")
            return [late if ask.across else [] for ask in asks]

    (answer,) = scanner(Slow(None)).answer([Question("word " * WINDOW, opens=False)])
    assert answer == Failure("pattern-timed-out", "too slow", "shorten it")


def test_the_detector_says_that_a_pattern_ran_out_of_time_there(detector):
    (failure,) = detector.detect([Ask("a" * 9000 + "baaac", (), across=True)])
    assert failure.code == "pattern-timed-out"


def test_nothing_else_than_a_policys_patterns_is_looked_for_there(detector):
    ask = Ask(f"Ann Lee, ann@example.com, {pem(640)}", (), across=True)
    (found,) = detector.detect([ask])
    assert {span.entity for span in found} == {"PRIVATE_KEY"}


@pytest.mark.parametrize(("looks", "times"), [(SETTINGS.looks, 2), (Looks(), 0)])
def test_cuts_are_looked_at_again_only_for_a_policy_with_patterns(spawned, looks, times):
    given = []

    class Noting(spawned.Names):
        def detect(self, asks):
            given.extend(asks)
            return super().detect(asks)

    text = "".join(f"word{n} " for n in range(3 * WINDOW // 10)) + " Ann "
    (answer,) = scanner(Noting(None), looks).answer([Question(text, opens=False)])
    again = [ask for ask in given if ask.across]
    assert len(again) == times
    assert all(len(ask.text) <= 2 * ACROSS + OVERLAP for ask in again)
    assert len(answer) == 1
