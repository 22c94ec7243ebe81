from govgate.scan.question import Sighting, merged


def seen(score, view, excluded="", start=0):
    return Sighting(start, 9, "US_SSN", score, "R", view, "0" * 64, excluded)


def test_of_equal_places_the_best_reading_is_kept_and_the_plain_one_stays_beside_it():
    plain, table = seen(0.05, "original"), seen(0.4, "table")
    assert merged([plain, table]) == [plain, table]
    assert merged([seen(0.4, "original"), table]) == [seen(0.4, "original")]
    assert merged([table, seen(0.3, "normalised")]) == [table]


def test_what_counts_goes_before_what_is_taken_out():
    out, counts = seen(0.9, "json", "rule"), seen(0.3, "normalised")
    assert merged([out, counts]) == [counts]


def test_findings_come_in_order_of_their_places():
    assert [one.start for one in merged([seen(1, "json", start=5), seen(1, "json")])] == [0, 5]
