"""The shipped licence table, and what the checks on it refuse."""

import hashlib
from datetime import date
from pathlib import Path

import license_expression
import pytest

import govgate.rights.licenses as licenses
from govgate.errors import UsageError
from govgate.rights.licenses import table_digest
from govgate.rights.licensetable import FILE, TableFile, license_table
from govgate.rights.spelling import spelling_key
from govgate.rights.terms import Term
from govgate.shipped import shipped_table
from govgate.yamlfile import parse_yaml

DATA = shipped_table(FILE).read_bytes()
TABLE = parse_yaml(DATA, FILE, TableFile)
# Entries whose text could not be had when they were made: on the strict side until it is read.
UNREAD = """AI2-ImpACT-LR AI2-ImpACT-MR Anthropic-Terms Apple-AMLR Apple-ASCL CreativeML-OpenRAIL-M
DeepFloyd-IF ELRA-Academic FAIR-Noncommercial-Research Google-Generative-AI-Terms Grok-2 H-Research
Intel-Research LDC-User-Agreement Llama-3 MSR-LA OpenMDW-1.1 OpenRAIL-PlusPlus Qwen-Research"""


def _changed(old: str, new: str) -> bytes:
    text = DATA.decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def test_every_id_is_an_spdx_id_or_a_licenseref_and_stands_once():
    known = license_expression.get_spdx_licensing().known_symbols
    ids = [entry.id for entry in TABLE.licenses]
    assert len(ids) == len(set(ids))
    assert [i for i in ids if i not in known and not i.startswith("LicenseRef-")] == []


def test_every_spelling_is_in_the_form_that_lookups_use_and_stands_once():
    spellings = [s for entry in (*TABLE.licenses, *TABLE.unknown) for s in entry.spellings]
    assert len(spellings) == len(set(spellings))
    assert [s for s in spellings if spelling_key(s) != s] == []


def test_no_spelling_is_another_licences_spdx_id():
    current = licenses._spdx_ids()
    clashes = [
        (s, entry.id)
        for entry in TABLE.licenses
        for s in entry.spellings
        if s in current and current[s] != entry.id
    ]
    assert clashes == []


def test_every_entry_cites_its_text_or_says_that_words_are_all_there_is():
    for entry in TABLE.licenses:
        assert entry.source.startswith("https://") or entry.source == "words", entry.id
        assert entry.source != "words" or entry.id.startswith("LicenseRef-"), entry.id
        if entry.source == "words":
            assert entry.verified is None, entry.id


def test_every_entry_with_a_text_was_verified_but_for_those_that_are_listed():
    unread = {e.id for e in TABLE.licenses if e.source != "words" and e.verified is None}
    assert unread == {f"LicenseRef-{name}" for name in UNREAD.split()}
    assert all(e.verified <= date.today() for e in TABLE.licenses if e.verified)


def test_every_term_has_a_meaning():
    assert set(license_table().meanings) == set(Term)


def test_the_digest_is_that_of_the_tables_bytes():
    assert table_digest() == hashlib.sha256(DATA).hexdigest()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "class: public-domain, commercial: yes",
            "class: public-domain, commercial: no",
            "ANTLR-PD",
        ),
        ("commercial: yes", "commercial: maybe", "maybe"),
        ("commercial: yes, ", "", "commercial"),
        ("id: ANTLR-PD", "idd: ANTLR-PD", "idd"),
        ("verified: 2026-11-29", "verified: soon", "day"),
        ("  notice: {class", "  notices: {class", "notices"),
    ],
)
def test_a_table_that_does_not_hang_together_is_refused(old, new, complaint):
    with pytest.raises(UsageError, match=complaint):
        parse_yaml(_changed(old, new), FILE, TableFile)


def test_the_table_lies_beside_the_packs():
    assert shipped_table(FILE).parent == Path(shipped_table(FILE)).resolve().parent
    assert (shipped_table(FILE).parent / "default" / "policy.yaml").is_file()
