"""The real detector on a string of several windows: what lies on a cut is found where it is."""

from govgate.scan.question import Question
from govgate.scan.strings import StringScanner
from govgate.scan.windows import OVERLAP, WINDOW, windows

FILLER = "It is often said that patience is a virtue, and nobody says how long that lasts.\n"
PLANTED = {"EMAIL_ADDRESS": "ann.lee@example.com", "CREDIT_CARD": "4111 1111 1111 1111"}


def test_addresses_and_cards_on_cuts_are_found_once_at_their_exact_places(fast):
    text = FILLER * (5 * WINDOW // 2 // len(FILLER))
    cut = list(windows(text))
    edges = [w.start for w in cut[1:]] + [w.start + len(w.text) for w in cut[:-1]]
    places = {}
    for entity, words in PLANTED.items():
        for number, edge in enumerate(edges):
            if (entity == "CREDIT_CARD") == bool(number % 2):
                at = text.index(" ", edge - len(words) // 2) + 1
                places[at] = (entity, words)
    for at, (_, words) in places.items():
        text = text[:at] + words + " " + text[at + len(words) + 1 :]
    scanner = StringScanner(fast, fingerprint_key=bytes(32))
    (answer,) = scanner.answer([Question(text, opens=False)])
    found = [one for one in answer if one.entity in PLANTED]
    assert len(places) == len(edges) == 4
    assert {one.start: (one.entity, text[one.start : one.end]) for one in found} == places
    assert len(found) == len(places)


def test_a_long_string_gives_what_its_windows_give(fast):
    """Outside of what two windows share, a string has the findings of its windows."""
    line = "Ann Lee moved from Berlin to New York in 1999; mail her at lee{}@example.com.\n"
    text = "".join(map(line.format, range(1500)))
    scanner = StringScanner(fast, fingerprint_key=bytes(32))
    (whole,) = scanner.answer([Question(text, opens=False)])
    found = {(one.start, one.end, one.entity, one.score) for one in whole}
    cut = list(windows(text))
    assert len(cut) == 3
    for start, part in cut:
        (answer,) = scanner.answer([Question(part, opens=False)])
        own = {(s.start + start, s.end + start, s.entity, s.score) for s in answer}
        inner = range(start + OVERLAP, start + len(part) - OVERLAP)
        assert {f for f in own if f[0] in inner} == {f for f in found if f[0] in inner}
