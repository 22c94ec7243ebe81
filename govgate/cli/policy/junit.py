"""The cases of a policy as JUnit XML, which every CI server shows.

::

    <testsuites><testsuite name= tests= failures= errors= skipped= time=>
      <properties> the version of govgate, coverage, mutation score
      <testcase classname=RULE name=CASE time=> <failure message= type=>
      <system-out> what no case covers or notices
"""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from govgate.policy.testing.examine import Bound, Examined

# What XML 1.0 cannot hold, written out or escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(examined: Examined, bounds: Sequence[Bound], notes: Sequence[str], took: float) -> bytes:
    """The file. ``bounds`` are cases too, so that what ends in exit code 1 shows as a failure.

    ``notes``: lines for system-out. ``took``: seconds for all of it.
    """
    unmet = [bound for bound in bounds if not bound.met]
    totals = {
        "name": _text(examined.policy),
        "tests": str(len(examined.results) + len(bounds)),
        "failures": str(len(examined.failed) + len(unmet)),
        "errors": "0",
        "time": f"{took:.3f}",
    }
    root = Element("testsuites", totals)
    suite = SubElement(root, "testsuite", {**totals, "skipped": "0"})
    _properties(suite, examined)
    for result in examined.results:
        classname = f"{examined.policy}.{result.rule}"
        _case(suite, classname, result.name, result.differences)
    for bound in bounds:
        said = () if bound.met else (f"{bound.what} is {bound.share:.4f}, below {bound.least:g}",)
        _case(suite, examined.policy, bound.words, said)
    SubElement(suite, "system-out").text = _text("\n".join(notes))
    SubElement(suite, "system-err")
    indent(root)
    whole: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return whole + b"\n"


def _properties(suite: Element, examined: Examined) -> None:
    properties = SubElement(suite, "properties")
    values = {
        "coverage": examined.coverage.rule_share,
        "condition_coverage": examined.coverage.test_share,
    }
    if examined.mutation is not None:
        values["mutation_score"] = examined.mutation.share
    for name, value in values.items():
        SubElement(properties, "property", {"name": name, "value": f"{value:.4f}"})


def _case(suite: Element, classname: str, name: str, differences: Sequence[str]) -> None:
    about = {"classname": _text(classname), "name": _text(name), "time": "0"}
    case = SubElement(suite, "testcase", about)
    if differences:
        said = {"message": _text("; ".join(differences)), "type": "difference"}
        SubElement(case, "failure", said).text = _text("\n".join(differences))


def _text(text: str) -> str:
    return _NOT_XML.sub("", text)
