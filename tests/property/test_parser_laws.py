"""The law of `tests/fuzz/parsers.py` on honest inputs and on mutants of them.

`make fuzz` goes on for longer, guided by coverage.
"""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.mutate import mutate
from tests.fuzz.parsers import Parser, holds, parsers
from tests.laws import law

ALL = parsers()
NAMES = [parser.name for parser in ALL]


@pytest.mark.parametrize("parser", ALL, ids=NAMES)
def test_honest_inputs_are_accepted(parser: Parser) -> None:
    for seed in parser.seeds:
        try:
            parser.parse(seed)
        except Exception as error:
            raise AssertionError(f"{parser.name}: {error}") from error


@pytest.mark.parametrize("parser", ALL, ids=NAMES)
@law(200)
@given(data=st.data())
def test_mutants_are_refused_by_our_own_errors_or_keep_the_law(
    parser: Parser, data: st.DataObject
) -> None:
    mutant = bytearray(data.draw(st.sampled_from(parser.seeds), "seed"))
    for _ in range(data.draw(st.integers(1, 4), "changes")):
        at = data.draw(st.integers(0, len(mutant)), "place")
        end = data.draw(st.integers(at, min(at + 8, len(mutant))), "end")
        mutant[at:end] = data.draw(st.binary(max_size=8) | st.sampled_from(PIECES), "piece")
    holds(parser, bytes(mutant))


PIECES = [b'"', b"\\ud800", b"{}", b"[]", b"null", b"1e999", b"-0", b"\n", b"\n\n", b"\xff", b" "]


@pytest.mark.parametrize("parser", ALL, ids=NAMES)
@law(200)
@given(data=st.data(), seed=st.integers(0))
def test_other_json_is_refused_by_our_own_errors_or_keeps_the_law(
    parser: Parser, data: st.DataObject, seed: int
) -> None:
    holds(parser, mutate(data.draw(st.sampled_from(parser.seeds)), Random(seed)))


@pytest.mark.parametrize("parser", ALL, ids=NAMES)
@law(50)
@given(data=st.binary(max_size=200))
def test_any_bytes_at_all_are_met_by_our_own_errors(parser: Parser, data: bytes) -> None:
    holds(parser, data)
