"""Our terms beside the classes that the Data Provenance Initiative gave licences of data sets.

Their table (Data-Provenance-Collection, `constants/license_classes.json`, read 2026-11-29) says of
a licence which uses it allows (All, NC: non-commercial, Acad: academic only), whether it asks for
attribution, and whether for share-alike; ``?`` where they could not tell. Ours may be stricter, and
is never freer.
"""

import pytest

from govgate.rights.licenses import read_license
from govgate.rights.terms import LicenseClass, Term

TABLE = """
Academic Free License v3.0|All|1|0
Academic Research Purposes Only|Acad|1|1
AI2 ImpACT License - Low Risk|All|1|1
Apache License 2.0|All|1|0
Artistic License 2.0|All|1|0
BSD 2-Clause License|All|1|0
BSD 3-Clause License|All|1|0
C-UDA|All|1|1
CC BY 2.0|All|1|0
CC BY 2.5|All|1|0
CC BY 3.0|All|1|0
CC BY 4.0|All|1|0
CC BY-NC 2.0|NC|1|0
CC BY-NC 3.0|NC|1|0
CC BY-NC 4.0|NC|1|0
CC BY-NC-ND 4.0|NC|1|0
CC BY-NC-SA 3.0|NC|1|1
CC BY-NC-SA 4.0|NC|1|1
CC BY-ND 4.0|All|1|1
CC BY-SA|All|1|1
CC BY-SA 3.0|All|1|1
CC BY-SA 4.0|All|1|1
CC0 1.0|All|0|0
CDLA Permissive 2.0|All|1|0
CDLA Permissive 1.0|All|1|0
CDLA Sharing 1.0|All|1|1
EPL 1.0|All|1|0
GNU General Public License v2.0|All|1|1
GNU General Public License v3.0|All|1|1
Google Cloud Translation API|NC|?|?
ISC License|All|1|0
LGPL 2.1|All|1|0
LGPL 3.0|All|1|0
MIT License|All|1|0
MPL 2.0|All|1|0
Microsoft Data Licensing Agreement|Acad|1|1
Non Commercial|NC|0|0
OANC|All|1|0
ODC BY 1.0|All|1|0
OGL 3.0|All|1|0
OpenAI|NC|?|?
Anthropic|NC|?|?
Request Form|Acad|?|?
Unspecified|Unspecified|0|0
Various|Acad|?|?
Skywork Community License|All|1|0
BigScience OpenRAIL-M|All|1|1
Llama 2|All|1|0
LMSYS-Chat-1M Dataset License|All|0|0
Apache 2.0|All|1|0
CC BY|All|1|0
CC BY SA|All|1|1
CC BY-NC-ND|NC|1|0
CC BY-NC-SA|NC|1|0
CC0|All|0|0
CSLU Agreement|NC|1|0
LDC User Agreement|NC|1|0
MIT|All|0|0
Public Domain|All|0|0
Unclear|NC|?|?
"""
ROWS = [line.split("|") for line in TABLE.strip().splitlines()]
LEAST = {"All": LicenseClass.PUBLIC_DOMAIN, "NC": LicenseClass.NON_COMMERCIAL}
LEAST |= {"Acad": LicenseClass.ACADEMIC, "Unspecified": LicenseClass.PUBLIC_DOMAIN}
# What we do not know, which lets no row through: terms of a single provider, and no licence at all.
UNKNOWN = {
    "Google Cloud Translation API",
    "Microsoft Data Licensing Agreement",
    "OANC",
    "Request Form",
    "Unspecified",
    "Various",
    "Skywork Community License",
    "LMSYS-Chat-1M Dataset License",
    "CSLU Agreement",
    "Unclear",
}


@pytest.mark.parametrize(("name", "use", "attribution", "alike"), ROWS)
def test_ours_is_never_freer_than_theirs(name, use, attribution, alike):
    facts = read_license(name)
    if name in UNKNOWN:
        assert facts.terms is None
        return
    assert facts.terms is not None, facts.why
    assert facts.cls.strictness >= LEAST[use].strictness
    if attribution == "1":
        assert facts.terms.words, name
    if alike == "1":
        beyond = LicenseClass.SHARE_ALIKE.strictness
        assert Term.SHARE_ALIKE in facts.terms.words or facts.cls.strictness > beyond


def test_a_licence_for_all_uses_is_stopped_by_us_only_where_its_text_restricts_use():
    stricter = {
        name
        for name, use, *_ in ROWS
        if use == "All" and name not in UNKNOWN
        if read_license(name).cls.strictness >= LicenseClass.NON_COMMERCIAL.strictness
    }
    assert stricter == {"AI2 ImpACT License - Low Risk", "BigScience OpenRAIL-M", "Llama 2"}
