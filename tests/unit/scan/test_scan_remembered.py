from govgate.scan import remembered
from govgate.scan.remembered import Remembered


def test_what_is_kept_is_given_back_and_found_again():
    known = Remembered()
    assert known.keep("a", None, 1) is None
    assert "a" in known
    assert known.keep("a", 2, 1) == known.get("a") == 2


def test_there_are_never_more_entries_than_allowed_and_the_newest_is_among_them(monkeypatch):
    monkeypatch.setattr(remembered, "ENTRIES", 3)
    known = Remembered()
    for number in range(20):
        known.keep(number, str(number))
        assert known[number] == str(number)
        assert len(known) <= 3


def test_few_long_keys_are_let_go_as_many_short_ones_are(monkeypatch):
    monkeypatch.setattr(remembered, "CHARACTERS", 100)
    known = Remembered()
    for number in range(20):
        word = f"{number:040}"
        known.keep(word, True, len(word))
        assert sum(map(len, known)) <= 100 + 40
    assert len(known) < 4
