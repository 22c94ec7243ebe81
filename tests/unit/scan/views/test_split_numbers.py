"""Numbers in pieces are put together; columns of figures are not."""

import pytest

from govgate.scan.question import Question

TEXT = "\U0001f600e\u0301 My contact is {} , thanks"


@pytest.mark.parametrize(
    ("written", "entity"),
    [
        (f"4111{gap}1111{gap}1111{gap}1111", "CREDIT_CARD")
        for gap in ("\n", "\t", "  ", ".", "_", " | ")
    ]
    + [("41111111\n11111111", "CREDIT_CARD"), ("4111 1111 11\n11 1111", "CREDIT_CARD")]
    + [("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "CREDIT_CARD"), ("3782\n822463\n10005", "CREDIT_CARD")]
    + [
        (f"536{gap}22{gap}1234", "US_SSN")
        for gap in ("\n", "\t", "  ", "/", "_", " | ", " - ", "\u2028")
    ]
    + [("536-2\n2-1234", "US_SSN"), ("536-\n22-1234", "US_SSN")]
    + [("212\n555\n0134", "PHONE_NUMBER"), ("212-555-\n0134", "PHONE_NUMBER")]
    + [("+49 30\n1234567", "PHONE_NUMBER"), ("212-55\n5-0134", "PHONE_NUMBER")]
    + [
        ("DE89\n3704\n0044\n0532\n0130\n00", "IBAN_CODE"),
        ("DE89.3704.0044.0532.0130.00", "IBAN_CODE"),
    ]
    + [("de89 3704 0044 0532 0130 00", "IBAN_CODE"), ("DE89 37040 04405 32013 000", "IBAN_CODE")]
    + [("４１１１\n１１１１\n１１１１\n１１１１", "CREDIT_CARD")],
)
def test_a_number_in_pieces_is_found_whole(spelled, written, entity):
    assert spelled(TEXT.format(written), entity) == [written]


@pytest.mark.parametrize(
    "figures",
    [
        "\n".join("123456789"),
        "1\n2\n3\n4\n5\n6\n7\n8\n9\n10",
        "123\n456\n789\n012\n345\n678",
        "4500\n4600\n5000\n5200",
        "2019\n2020\n2021\n2022",
        "3.14159 2.71828",
        "1,234,567\n8,901,234",
        "12/31/2020\n01/01/2021",
        "1.3.6.1.5.5.7.2.1",
        "$100\n200\n3000",
        "616|717|8888|999",
        "5 10 15 20 25",
        "ISBN 978-0-306-40615-8",
        "53622\n1234",
        "10.5\n20.25\n3000",
        "mod 3 = 0\n33678019 is",
        "123 45 67 / 68",
        "(05|42|69)|703",
    ],
)
def test_a_column_of_figures_is_no_number(look, figures):
    seen = [s for s in look(f"Results:\n{figures}\n") if s.view != "original"]
    assert [s for s in seen if s.score >= 0.4] == []


def test_a_number_without_checksum_in_two_pieces_needs_a_context_word(spelled):
    assert spelled("ssn 53622\n1234", "US_SSN") == ["53622\n1234"]
    assert spelled("see 53622\n1234", "US_SSN") == []
    assert spelled("phone 21255\n50134", "PHONE_NUMBER") == ["21255\n50134"]


@pytest.mark.parametrize("between", ["\n\nAssistant: ", "\n\nAssistant: 1 moment\n\nHuman: "])
def test_a_number_over_two_turns_in_one_string_is_found(spelled, between):
    written = f"4111 1111{between}1111 1111"
    assert spelled(f"\n\nHuman: my card {written} ok", "CREDIT_CARD") == [written]


def test_member_names_and_numbers_have_views_but_no_tables(viewing_scanner):
    table = "name,ssn\nAnn,536221234\nBob,536221235"
    (answer,) = viewing_scanner.answer([Question("4111\n1111\n1111\n1111", opens=False)])
    assert [s.entity for s in answer if s.view == "normalised"] == ["CREDIT_CARD"]
    (answer,) = viewing_scanner.answer([Question(table, opens=False)])
    assert {s.view for s in answer} == {"original"}


def test_numbers_in_json_lead_back_to_the_outer_string(look):
    text = '{"card": "4111\\n1111\\n1111\\n1111", "mail": "jo\\u200bhn@exam\\u200bple.com"}'
    seen = {(s.entity, text[s.start : s.end]) for s in look(text) if s.view == "normalised"}
    assert ("CREDIT_CARD", "4111\\n1111\\n1111\\n1111") in seen
    assert ("EMAIL_ADDRESS", "jo\\u200bhn@exam\\u200bple.com") in seen
