"""Token buckets: so many at once, then evenly."""

import pytest

from govgate.errors import UsageError
from govgate.retrieve.serving.rate import Buckets, Rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [("60/min", Rate(60, 60)), ("5/s", Rate(5, 1)), ("5/sec", Rate(5, 1)), ("1/h", Rate(1, 3600))],
)
def test_a_rate_is_so_many_in_a_time(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize(
    "text", ["", "60", "0/min", "-1/min", "1.5/s", "60/year", "60 /min", "٣/s"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no rate"):
        Rate.parse(text)


def test_a_bucket_gives_what_it_holds_and_then_what_it_refills() -> None:
    buckets = Buckets(Rate(3, 60))
    assert [buckets.wait("bot", 100.0) for _ in range(3)] == [0, 0, 0]
    assert buckets.wait("bot", 100.0) == pytest.approx(20)
    assert buckets.wait("bot", 110.0) == pytest.approx(10)
    assert buckets.wait("bot", 120.0) == 0
    assert buckets.wait("bot", 120.0) == pytest.approx(20)


def test_a_bucket_never_holds_more_than_the_rate() -> None:
    buckets = Buckets(Rate(3, 60))
    assert buckets.wait("bot", 0.0) == 0
    assert [buckets.wait("bot", 1e6) for _ in range(4)] == [0, 0, 0, pytest.approx(20)]


def test_every_name_has_a_bucket_of_its_own() -> None:
    buckets = Buckets(Rate(1, 60))
    assert buckets.wait("one", 0.0) == buckets.wait("other", 0.0) == 0
    assert buckets.wait("one", 0.0) > 0
