"""The header of a column is context for its cells."""

import pytest

from govgate.scan.views.readings import views

SSNS = [f"5362{n:05}" for n in range(21234, 21264)]


def tables(text):
    return [view for view in views(text) if view.name == "table"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_each_cell_under_a_telling_header_is_found(look, mark, end):
    rows = [mark.join(("Full Name", "SSN", "City"))]
    rows += [mark.join(("Some One", ssn, "Rome")) for ssn in SSNS]
    text = "Here it is:\n\n" + end.join(rows) + "\n\nThanks"
    seen = [s for s in look(text) if s.entity == "US_SSN" and s.score >= 0.4]
    assert [text[s.start : s.end] for s in seen] == SSNS
    assert seen[-1].view == "table"


@pytest.mark.parametrize("edge", ["|", ""])
def test_each_cell_of_a_markdown_table_is_found(look, edge):
    rows = [f"{edge} who | SSN {edge}", f"{edge}:---|---:{edge}"]
    rows += [f"{edge} Some One | {ssn} {edge}" for ssn in SSNS]
    text = "Table:\n" + "\n".join(rows) + "\nend"
    seen = [s for s in look(text) if s.entity == "US_SSN" and s.score >= 0.4]
    assert [text[s.start : s.end] for s in seen] == SSNS


def test_quoted_cells_with_marks_newlines_and_quotes_are_read_as_csv_reads_them():
    text = 'a,phone number\nx,"2125550134"\n"y, ""z""\nw","say ""hi"" 2125550135"\n'
    (view,) = tables(text)
    assert view.text == '2125550134\nsay "hi" 2125550135'
    assert view.context == ("phone", "number")
    start = view.text.index("say")
    low, high = view.outer(start, len(view.text))
    assert text[low:high] == 'say ""hi"" 2125550135'


def test_no_finding_lies_in_two_cells(look):
    text = "id,phone,who\n1,212,a\n2,5550134,b\n3,77777,c\n"
    assert [s for s in look(text) if s.view == "table" and "\n" in text[s.start : s.end]] == []


def test_names_are_not_looked_for_in_columns(look):
    text = "name,mail\nJohn Smith,12345 Anna Jones\nBob Ray,23456 Mary Lee\n"
    assert [s for s in look(text) if s.view == "table" and s.entity == "PERSON"] == []


@pytest.mark.parametrize(
    "text",
    [
        "Call me, maybe,\nor mail, if you like,\n12345678",
        "f(x, number,\n  12345, 23456,\n)\n",
        "a | phone\n12345678 | 1\n",
        "city,size\nRome,2125550134\nOslo,2125550135\n",
        "x, y, call\n",
        "phone\n2125550134\n",
    ],
)
def test_prose_and_code_and_untold_columns_are_no_tables(text):
    assert tables(text) == []


def test_an_open_quote_before_much_text_takes_linear_time():
    text = ('phone,"\n' * 20_000) + "x"
    assert len(list(views(text))) <= 20_000
