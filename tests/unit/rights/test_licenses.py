import subprocess
import sys

import license_expression
import pytest

import govgate.rights.licenses as licenses
from govgate.rights.licenses import read_license
from govgate.rights.terms import LicenseClass

# The licence identifiers of the Hugging Face Hub; "bsl-1.0" is Boost there as in SPDX.
HUB = """apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m
bigscience-bloom-rail-1.0 bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause
bsd-3-clause bsd-3-clause-clear c-uda cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0
cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0
cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0
cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl
gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl
apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa
unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2 llama3
llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma"""


def _class(text: str | None) -> str | None:
    cls = read_license(text).cls
    return None if cls is None else cls.value


@pytest.mark.parametrize(
    ("text", "id_", "cls"),
    [
        ("MIT", "MIT", "permissive"),
        ("mit", "MIT", "permissive"),
        ("The MIT License", "MIT", "permissive"),
        ("Apache 2.0", "Apache-2.0", "permissive"),
        ("Apache License, Version 2.0", "Apache-2.0", "permissive"),
        ("https://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0", "permissive"),
        ("CC BY 4.0", "CC-BY-4.0", "attribution"),
        ("CC BY-NC 4.0", "CC-BY-NC-4.0", "non-commercial"),
        ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0", "non-commercial"),
        ("cc_by_nd_4.0", "CC-BY-ND-4.0", "no-derivatives"),
        ("CC-BY-NC-ND-3.0", "CC-BY-NC-ND-3.0", "non-commercial"),
        ("CC BY-SA 3.0 Unported", "CC-BY-SA-3.0", "share-alike"),
        ("CC-BY-SA", "LicenseRef-CC-BY-SA", "share-alike"),
        (
            "Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International",
            "CC-BY-NC-SA-4.0",
            "non-commercial",
        ),
        ("https://creativecommons.org/licenses/by-nd/4.0/", "CC-BY-ND-4.0", "no-derivatives"),
        (
            "http://creativecommons.org/licenses/by/4.0/legalcode.de",
            "CC-BY-4.0",
            "attribution",
        ),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", "public-domain"),
        ("cc0", "CC0-1.0", "public-domain"),
        ("odc-by", "ODC-By-1.0", "attribution"),
        ("ODbL", "ODbL-1.0", "share-alike"),
        ("PDDL", "PDDL-1.0", "public-domain"),
        ("GPL-3.0-or-later", "GPL-3.0-or-later", "share-alike"),
        ("openrail", "LicenseRef-OpenRAIL", "proprietary"),
        ("llama3", "LicenseRef-Llama-3", "proprietary"),
        ("gemma", "LicenseRef-Gemma", "proprietary"),
        ("for research use only", "LicenseRef-Academic-Use-Only", "academic"),
        ("proprietary", "LicenseRef-Proprietary", "proprietary"),
        ("All rights reserved", "LicenseRef-All-Rights-Reserved", "proprietary"),
        ("LicenseRef-Llama-2", "LicenseRef-Llama-2", "proprietary"),
        ("licenseref-llama-2", "LicenseRef-Llama-2", "proprietary"),
    ],
)
def test_a_common_spelling_is_read_as_its_spdx_id_and_class(text, id_, cls):
    facts = read_license(f"  {text} ")
    assert (facts.id, facts.cls, facts.why) == (id_, LicenseClass(cls), None)


@pytest.mark.parametrize("identifier", HUB.split())
def test_every_licence_identifier_of_the_hub_has_a_class(identifier):
    assert read_license(identifier).cls is not None


@pytest.mark.parametrize("text", ["unknown", "other", "custom", "N/A", "None", "NOASSERTION"])
def test_a_word_for_not_knowing_stays_unknown(text):
    facts = read_license(text)
    assert (facts.id, facts.cls, facts.why) == (None, None, "declared as unknown or other")


def test_a_creative_commons_licence_of_no_kind_stays_unknown():
    assert read_license("cc").why == "a Creative Commons licence of a kind not said"


@pytest.mark.parametrize("text", [None, "", "  ", "\n\t "])
def test_nothing_is_no_licence(text):
    assert read_license(text).why == "no licence given"


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("GPL-2.0", "GPL-2.0-only"),
        ("gpl-3.0+", "GPL-3.0-or-later"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("GPL-2.0 OR MIT", "GPL-2.0-only OR MIT"),
    ],
)
def test_a_deprecated_id_is_known_as_its_current_form_with_a_remark(text, id_):
    facts = read_license(text)
    assert facts.id == id_
    assert facts.cls is not None
    assert facts.why == "a deprecated SPDX id, read as its current form"


@pytest.mark.parametrize(
    ("text", "id_", "cls"),
    [
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0", "permissive"),
        ("CC-BY-4.0 AND CC-BY-NC-4.0", "CC-BY-4.0 AND CC-BY-NC-4.0", "non-commercial"),
        ("CC-BY-4.0 or CC-BY-NC-4.0", "CC-BY-4.0 OR CC-BY-NC-4.0", "attribution"),
        ("CC BY 4.0 AND Apache 2.0", "CC-BY-4.0 AND Apache-2.0", "attribution"),
        ("(MIT AND llama2) OR CC0-1.0", "(MIT AND LicenseRef-Llama-2) OR CC0-1.0", "public-domain"),
        ("MIT AND (CC-BY-ND-4.0 OR ODbL-1.0)", "MIT AND (CC-BY-ND-4.0 OR ODbL-1.0)", "share-alike"),
        (
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "share-alike",
        ),
        ("(MIT)AND(ISC)", "MIT AND ISC", "permissive"),
    ],
)
def test_an_expression_takes_the_strictest_of_and_and_the_freest_of_or(text, id_, cls):
    facts = read_license(text)
    assert (facts.id, facts.cls) == (id_, LicenseClass(cls))


@pytest.mark.parametrize(
    "exception",
    ["LicenseRef-scancode-commons-clause", "LicenseRef-scancode-agpl-generic-additional-terms"],
)
def test_an_exception_that_spdx_does_not_hold_may_forbid_and_is_unknown(exception):
    assert exception in {e["spdx_license_key"] for e in license_expression.get_license_index()}
    for text in (f"MIT WITH {exception}", f"ISC AND (MIT WITH {exception})"):
        assert (read_license(text).id, read_license(text).terms) == (None, None)
    assert _class("MIT WITH Classpath-exception-2.0") == "permissive"


@pytest.mark.parametrize("text", ["MIT AND", "((", "MIT) OR (ISC", "MIT WITH ISC", "MIT WITH Foo"])
def test_a_broken_expression_is_unknown(text):
    assert read_license(text) == licenses.LicenseFacts(None, None, "not a licence expression")


@pytest.mark.parametrize(
    "text", ["MIT AND ISC AND", "MIT OR ISC OR", "MIT AND (ISC OR)", "MIT AND OR ISC", "(MIT)(ISC)"]
)
def test_a_dangling_operator_makes_the_whole_unknown(text):
    assert read_license(text).why == "not a licence expression"


@pytest.mark.parametrize("text", ["MIT\nCopyright", "x" * 501, "MIT\rMIT", "(" * 501, "MIT " * 200])
def test_a_licence_text_in_place_of_an_expression_is_unknown(text):
    assert read_license(text).why == "not a licence expression"


def test_five_hundred_characters_are_still_read():
    text = " OR ".join(["Apache-2.0"] * 36)
    assert len(text) <= 500
    assert _class(text) == "permissive"


@pytest.mark.parametrize("text", ["LicenseRef-Jane-Doe", "DocumentRef-x:LicenseRef-Jane-Doe"])
def test_a_licenseref_outside_the_table_is_unknown_and_not_repeated(text):
    for expression in (text, f"MIT OR {text}", f"{text} AND MIT"):
        facts = read_license(expression)
        assert (facts.id, facts.cls) == (None, None)
        assert facts.why == "a LicenseRef that the licence table does not hold"


@pytest.mark.parametrize("text", ["Jane Doe said fine", "not MIT", "MIT Jane", "MIT+Jane", "É"])
def test_an_unrecognised_text_is_unknown_and_not_repeated(text):
    facts = read_license(text)
    assert (facts.id, facts.cls) == (None, None)
    assert facts.why is not None
    assert text not in facts.why


def test_an_spdx_licence_without_a_class_has_an_id_and_no_class():
    for text in ("Zed", "MIT OR Zed", "Zed AND MIT"):
        facts = read_license(text)
        assert facts.id == text
        assert facts.cls is None
        assert facts.why == "the licence table has no class for this SPDX licence"


def test_or_later_of_any_licence_is_at_most_that_licence():
    assert read_license("Apache-2.0+").id == "Apache-2.0"
    assert read_license("openrail++").id == "LicenseRef-OpenRAIL-PlusPlus"
    assert read_license("Jane+").cls is None


def test_the_order_of_classes_is_fixed():
    assert [cls.value for cls in sorted(LicenseClass, key=lambda c: c.strictness)] == [
        "public-domain",
        "permissive",
        "attribution",
        "share-alike",
        "no-derivatives",
        "non-commercial",
        "academic",
        "proprietary",
    ]


def test_every_creative_commons_licence_of_spdx_is_in_the_table():
    known = license_expression.get_spdx_licensing().known_symbols
    for name in known:
        if name.startswith(("CC-", "CC0-", "CDLA-", "ODC-", "ODbL-")):
            assert read_license(name).cls is not None, name


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("MIT", "notice"),
        ("CC0-1.0", ""),
        ("CC-BY-NC-SA-4.0", "attribution non-commercial share-alike"),
        ("CC-BY-NC-ND-3.0", "attribution no-derivatives non-commercial"),
        ("CC-BY-SA-4.0 AND openai-terms", "attribution output-restricted share-alike"),
        ("CC-BY-NC-4.0 OR MIT", "notice"),
        ("llama3.1", "attribution model-named use-restricted"),
        ("all rights reserved", "no-derivatives no-license non-commercial"),
    ],
)
def test_all_terms_of_a_licence_are_known_not_the_strictest_alone(text, terms):
    facts = read_license(text)
    assert facts.terms is not None
    assert sorted(facts.terms.words) == terms.split()


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("Apache-2.0", ""),
        ("llama2", "output-restricted"),
        ("llama3.3", "model-named"),
        ("gemma", "use-restricted"),
        ("openmdw-1.0", ""),
        ("CC-BY-NC-4.0", "non-commercial"),
        ("MIT AND llama2", "output-restricted"),
        ("MIT OR llama2", ""),
    ],
)
def test_what_a_models_licence_says_of_its_output_is_not_what_it_says_of_the_model(text, output):
    facts = read_license(text)
    assert facts.output is not None
    assert sorted(facts.output.words) == output.split()


def test_output_is_unknown_where_the_table_says_nothing_of_it():
    assert read_license("BUSL-1.1").output is None
    assert read_license("BUSL-1.1 AND MIT").output is None
    assert read_license("Zed").output is None


def test_importing_the_module_loads_no_licence_library():
    probe = (
        "import sys, govgate.rights.licenses as l; l.read_license('mit');"
        "sys.exit('license_expression' in sys.modules or 'polars' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
