import pytest

from govgate.errors import IncompleteError
from govgate.model import Failure
from govgate.scan import shards
from govgate.scan.question import Question, Sighting
from govgate.scan.shards import answers_file, read_answers, write_answers

ANSWERS = [
    (Sighting(5, 15, "PERSON", 0.85, "SpacyRecognizer", "original", "9f" * 32),),
    (),
    Failure("pattern-timed-out", "too slow", "shorten it"),
    (Sighting(0, 1, "A", 1 / 3, "Ünïcode", "json", "00" * 32, "rule"),) * 3,
]


def test_answers_are_read_as_they_were_written(tmp_path):
    path = answers_file(tmp_path, 7)
    write_answers(path, 7, ANSWERS)
    assert read_answers(path, 7, 4) == ANSWERS
    assert [p.name for p in tmp_path.iterdir()] == ["00000007.answers"]


@pytest.mark.parametrize(("number", "questions"), [(8, 4), (7, 3), (7, 5)])
def test_answers_to_other_questions_are_refused(tmp_path, number, questions):
    write_answers(tmp_path / "a", 7, ANSWERS)
    with pytest.raises(IncompleteError, match=f"shard {number} are missing or damaged"):
        read_answers(tmp_path / "a", number, questions)


def test_a_file_cut_anywhere_or_missing_is_refused(tmp_path):
    path = tmp_path / "a"
    with pytest.raises(IncompleteError):
        read_answers(path, 7, 4)
    write_answers(path, 7, ANSWERS)
    whole = path.read_bytes()
    for length in range(len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(IncompleteError):
            read_answers(path, 7, 4)


def test_an_answer_of_any_number_of_findings_is_one_line_and_comes_back(tmp_path, monkeypatch):
    one = Sighting(0, 3, "PERSON", 0.85, "Names", "original", "9f" * 32)
    for many in (1, 2, 3, 4, 5):
        answers = [(one,) * many, Failure("a", "b", "c"), ()]
        write_answers(tmp_path / "whole", 1, answers)
        monkeypatch.setattr(shards, "AT_A_TIME", 2)
        write_answers(tmp_path / "pieces", 1, answers)
        monkeypatch.undo()
        assert (tmp_path / "whole").read_bytes() == (tmp_path / "pieces").read_bytes()
        assert (tmp_path / "whole").read_bytes().count(b"\n") == 4
        assert read_answers(tmp_path / "pieces", 1, 3) == answers


def test_answers_to_parts_of_a_shard_do_not_get_into_each_others_way(tmp_path, monkeypatch):
    from pathlib import Path

    written = []
    original = Path.replace
    monkeypatch.setattr(
        Path, "replace", lambda part, path: (written.append(part), original(part, path))
    )
    for place in (3, 4):
        write_answers(tmp_path / f"00000007.answers.{place}", 7, [()])
    assert len(set(written)) == 2


def test_the_files_of_answers_are_the_same_bytes_with_one_worker_and_with_two(spawned, tmp_path):
    from govgate.scan.shards import Plan, Shard
    from govgate.scan.workers import local
    from govgate.scansettings import ScanSettings

    def files(workers):
        folder = tmp_path / str(workers)
        folder.mkdir()
        shards = (
            Shard(n, tuple(Question(f"Ann {n} and Bob {i}") for i in range(50))) for n in range(9)
        )
        plan = Plan(spawned.Names, ScanSettings(), b"k" * 32, folder)
        return [
            (file.name, file.read_bytes())
            for file in local(plan, shards, workers=workers, ready=lambda identity: None)
        ]

    one, two = files(1), files(2)
    assert one == two
    assert [name for name, _ in one] == [f"{n:08}.answers" for n in range(9)]
