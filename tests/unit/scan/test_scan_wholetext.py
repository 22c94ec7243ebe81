"""Long texts divided for a model, and what its parts saw put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from presidio_analyzer import RecognizerResult
from presidio_analyzer.chunkers import BaseTextChunker, CharacterBasedTextChunker

from govgate.scan.wholetext import WholeText


@given(st.text(alphabet="ab \n😀", max_size=400), st.integers(1, 30))
def test_chunks_fit_and_leave_no_character_out(text, room):
    chunks = WholeText(50, 10, lambda part: len(part) <= room).chunk(text)
    covered = {place for chunk in chunks for place in range(chunk.start, chunk.end)}
    assert covered == set(range(len(text)))
    assert all(len(c.text) <= room and text[c.start : c.end] == c.text for c in chunks)


FOUND = st.builds(
    lambda entity, start, length, score: RecognizerResult(entity, start, start + length, score),
    st.sampled_from(["PERSON", "LOCATION"]),
    st.integers(0, 40),
    st.integers(1, 8),
    st.sampled_from([0.3, 0.5, 0.9]),
)


@given(st.lists(st.tuples(FOUND, st.tuples(st.booleans(), st.booleans())), max_size=20))
def test_what_chunks_share_is_kept_once_as_presidio_keeps_it(seen):
    found, edges = [one for one, _ in seen], [edge for _, edge in seen]
    ours, theirs = WholeText(50, 10, bool), CharacterBasedTextChunker(50, 10)
    assert ours.deduplicate_overlapping_entities(
        found, at_chunk_edge=edges
    ) == theirs.deduplicate_overlapping_entities(found, at_chunk_edge=edges)


def test_a_text_full_of_names_takes_no_more_than_its_length(monkeypatch):
    compared = 0

    def counted(self: BaseTextChunker, found: list, *rest: object) -> list:
        nonlocal compared
        compared += len(found) ** 2
        return found

    monkeypatch.setattr(BaseTextChunker, "deduplicate_overlapping_entities", counted)
    found = [RecognizerResult("PERSON", at, at + 3, 0.9) for at in range(0, 40_000, 4)]
    assert WholeText(50, 10, bool).deduplicate_overlapping_entities(found) == found
    assert compared == len(found)


def test_a_character_that_does_not_fit_is_a_fault_and_not_left_out():
    with pytest.raises(ValueError, match="more than the model takes"):
        WholeText(50, 10, lambda part: False).chunk("ab")
