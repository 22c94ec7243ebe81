"""Strings in all their views, with a small real detector: offsets, retries, windows."""

import json

import pytest

from govgate.model import Failure
from govgate.scan.fingerprint import fingerprint
from govgate.scan.question import Question
from govgate.scan.strings import StringScanner
from govgate.scan.windows import WINDOW
from govgate.scansettings import Looks, ScanSettings

KEY = bytes(range(32))


@pytest.fixture
def scanner(spawned):
    class Counting(spawned.Names):
        asked = 0
        calls = 0

        def detect(self, asks):
            self.asked += len(asks)
            self.calls += 1
            return super().detect(asks)

    detector = Counting(ScanSettings())
    scanner = StringScanner(detector, fingerprint_key=KEY)
    scanner.detector = detector
    return scanner


def test_answers_come_in_the_order_of_the_questions(scanner):
    answers = scanner.answer([Question("Bob"), Question("nobody"), Question("by Ann")])
    assert [[(s.start, s.end) for s in answer] for answer in answers] == [[(0, 3)], [], [(3, 6)]]
    assert answers[0][0].fingerprint == fingerprint("Bob", KEY)


def test_equal_texts_are_looked_at_once_and_a_text_seen_lately_not_again(scanner):
    scanner.answer([Question("Ann"), Question("Ann", opens=False), Question("Bob")])
    assert scanner.detector.asked == 2
    scanner.answer([Question("Bob")])
    assert scanner.detector.asked == 2


def test_a_text_that_fails_is_tried_again_alone_and_then_passes(scanner):
    answers = scanner.answer([Question("Ann"), Question("fail once")])
    assert [len(answer) for answer in answers] == [1, 0]
    assert scanner.detector.asked == 3


def test_a_text_that_fails_again_fails_alone_and_is_not_remembered(scanner):
    ann, failed = scanner.answer([Question("Ann"), Question("fail")])
    assert len(ann) == 1
    assert failed == Failure("pattern-timed-out", "too slow", "shorten it")
    asked = scanner.detector.asked
    scanner.answer([Question("fail")])
    assert scanner.detector.asked == asked + 2


def test_a_string_of_many_windows_gives_exact_offsets_and_each_finding_once(scanner):
    unit = "word " * 199 + "Ann, "
    text = unit * (7 * WINDOW // len(unit))
    (answer,) = scanner.answer([Question(text)])
    assert [text[s.start : s.end] for s in answer] == ["Ann"] * (len(text) // len(unit))
    assert len({s.start for s in answer}) == len(answer)
    assert {s.fingerprint for s in answer} == {fingerprint("Ann", KEY)}
    assert scanner.detector.calls > 1


def test_a_window_that_fails_fails_its_string(scanner):
    long = "x" * (WINDOW + 1)
    scanner.detector._one = lambda text: Failure("c", "m") if len(text) < WINDOW else []
    (answer,) = scanner.answer([Question(long)])
    assert answer == Failure("c", "m")


def test_findings_inside_json_lead_back_to_the_outer_string(scanner):
    hidden = json.dumps({"to": "\u0041nn"}).replace("Ann", "\\u0041nn")
    (answer,) = scanner.answer([Question(hidden)])
    (seen,) = answer
    assert (seen.view, hidden[seen.start : seen.end]) == ("json", "\\u0041nn")
    (name,) = scanner.answer([Question(hidden, opens=False)])
    assert "json" not in {s.view for s in name}


def test_a_string_with_a_hundred_thousand_findings_has_all_of_them(scanner):
    text = "Ann " * 100_000
    (answer,) = scanner.answer([Question(text)])
    assert [s.start for s in answer] == list(range(0, 400_000, 4))


def test_a_policy_that_looks_for_certain_entities_gets_no_others_from_other_readings(spawned):
    text = "mail root@localhost"
    for entities, expected in ((None, ["EMAIL_ADDRESS"]), (["PERSON"], [])):
        looks = Looks() if entities is None else Looks(entities=entities)
        scanner = StringScanner(spawned.Names(ScanSettings()), fingerprint_key=KEY, looks=looks)
        (answer,) = scanner.answer([Question(text)])
        assert [s.entity for s in answer] == expected


def test_a_rule_of_the_policy_speaks_of_all_readings_of_a_string(spawned):
    allow = [{"id": "ours", "values": ["Ann"], "why": "a brand"}]
    scanner = StringScanner(
        spawned.Names(ScanSettings()),
        fingerprint_key=KEY,
        looks=Looks.model_validate({"allow": allow}),
    )
    plain, inner = scanner.answer([Question("Ann and Bob"), Question('{"x": "\\u0041nn"}')])
    assert [s.excluded for s in plain] == ["ours", ""]
    assert [(s.view, s.excluded) for s in inner] == [("json", "ours")]
