"""Identifiers that Presidio has no recognizer for, checked with python-stdnum: a table.

Each has one shape or more, with the score of a match that passes stdnum's check:

- A shape of its own, by letters, a country's prefix or separators in certain places: 0.6, or 1.0
  where hardly anything else looks so.
- Bare digits, by how many of the random digit strings of that length pass: 0.3 where more than
  1 in 20 do (one check digit), up to 0.5 above 1 in 200, up to 0.7 above 1 in 2,000, else up
  to 1.0. At 0.3 only a context word close by lifts a match over the default policy's threshold.
- What nobody can check, and eight bare digits, which are dates as often as not: 0.1 or less.

(Presidio gives 1.0 wherever a check digit fits.) Bare digits are not looked for within longer runs
of digits, decimals or words. Numbers of firms are among them where sole traders have them too.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

START: Final = r"(?<![\w+])(?<!\d[.-])"
END: Final = r"(?!\w)(?![.-]\d)"


@dataclass(frozen=True, slots=True)
class Shape:
    """How an identifier may be written: a regular expression for `regex`, letter case ignored."""

    pattern: str
    score: float


@dataclass(frozen=True, slots=True)
class Identifier:
    """One kind of identifier. ``module``: the one of python-stdnum that checks it.
    ``context``: words that raise the score of what stands close to them."""

    entity: str
    module: str
    context: tuple[str, ...]
    shapes: tuple[Shape, ...]

    @property
    def country(self) -> str:
        """Its country, as in `govgate.entities.BY_COUNTRY`."""
        return self.entity[:2].lower()


def is_valid(identifier: Identifier, text: str) -> bool:
    """Whether stdnum takes ``text`` for an ``identifier``, or cannot say: it stumbles over counties
    that its tables lack. Looks nothing up on the network."""
    check: Callable[[str], bool] = importlib.import_module(f"stdnum.{identifier.module}").is_valid
    try:
        return check(text)
    except LookupError:
        return True


def _of(entity: str, module: str, context: str, *shapes: tuple[str, float] | Shape) -> Identifier:
    """An identifier; a shape that is a pair is to stand by itself."""
    made = (
        shape if isinstance(shape, Shape) else Shape(f"{START}(?:{shape[0]}){END}", shape[1])
        for shape in shapes
    )
    return Identifier(entity, module, tuple(context.split("|")), tuple(made))


IDENTIFIERS: Final = (
    _of("AD_NRT", "ad.nrt", "nrt|tributari", (r"[A-Z]-\d{6}-[A-Z]", 0.6)),
    _of("AL_NIPT", "al.nipt", "nipt|nuis|tatimpaguesi", (r"[A-T]\d{8}[A-Z]", 0.3)),
    _of(
        "AR_CBU",
        "ar.cbu",
        "cbu|bancaria|cuenta",
        (r"\d{22}", 0.5),
        (r"\d{8} \d{14}", 0.6),
    ),
    _of(
        "AR_CUIT",
        "ar.cuit",
        "cuit|cuil|cdi|tributaria",
        (r"\d{2}-\d{8}-\d", 1.0),
        (r"\d{11}", 0.5),
    ),
    _of("AR_DNI", "ar.dni", "dni|documento", (r"\d{2}\.\d{3}\.\d{3}", 0.1), (r"\d{7,8}", 0.05)),
    _of(
        "AT_TIN",
        "at.tin",
        "steuernummer|abgabenkontonummer|finanzamt|stnr",
        (r"\d{2}[- ]?\d{3}/\d{4}", 1.0),
        (r"\d{9}", 0.3),
    ),
    _of("AT_UID", "at.uid", "umsatzsteuer|mwst", (r"AT ?U ?\d{8}", 1.0)),
    _of(
        "AT_VNR",
        "at.vnr",
        "sozialversicherung|versicherungsnummer|svnr|svnummer|vsnr",
        (r"\d{4} \d{6}", 0.6),
        (r"\d{10}", 0.3),
    ),
    _of("AZ_VOEN", "az.voen", "vöen|voen|vergi", (r"\d{3} \d{3} \d{4}|\d{10}", 0.3)),
    _of("BA_JMBG", "si.emso", "jmbg|matični|maticni", (r"\d{7}1\d{5}", 0.7)),
    _of(
        "BE_EID",
        "be.eid",
        "identiteitskaart|identité|identite|kaartnummer",
        (r"\d{3}-\d{7}-\d{2}", 1.0),
        (r"\d{12}", 0.5),
    ),
    _of(
        "BE_NN",
        "be.ssn",
        "rijksregister|insz|niss|rrn|nationaal|national",
        (r"\d{2}\.\d{2}\.\d{2}-\d{3}[. ]\d{2}|\d{2} \d{2} \d{2} \d{3} \d{2}", 1.0),
        (r"\d{6}[- ]\d{3}[- ]?\d{2}", 1.0),
        (r"\d{11}", 0.5),
    ),
    _of(
        "BE_VAT",
        "be.vat",
        "btw|tva|ondernemingsnummer|entreprise|kbo|bce",
        (r"BE ?[01]?\d{3}[. ]?\d{3}[. ]?\d{3}|[01]\d{3}\.\d{3}\.\d{3}", 1.0),
        (r"[01]\d{9}", 0.5),
    ),
    _of("BG_EGN", "bg.egn", "егн|единен", (r"\d{10}", 0.5)),
    _of("BG_PNF", "bg.pnf", "лнч|lnch|чужденец", (r"\d{4} \d{3} \d{3}|\d{10}", 0.3)),
    _of("BG_VAT", "bg.vat", "ддс|еик|булстат", (r"BG ?\d{9,10}", 1.0)),
    _of(
        "BR_CNPJ",
        "br.cnpj",
        "cnpj|empresa",
        (r"[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-\d{2}", 1.0),
        (r"\d{14}", 0.5),
    ),
    _of(
        "BR_CPF",
        "br.cpf",
        "cpf|contribuinte",
        (r"\d{3}\.\d{3}\.\d{3}-\d{2}", 1.0),
        (r"\d{9}-\d{2}", 0.6),
        (r"\d{11}", 0.5),
    ),
    _of("BY_UNP", "by.unp", "унп|unp|упп", (r"[ABCEHKMOPT]{2}\d{7}", 0.6), (r"\d{9}", 0.3)),
    _of(
        "CA_BC_PHN",
        "ca.bc_phn",
        "phn|health|patient|msp",
        (r"9\d{3} \d{3} \d{3}", 0.6),
        (r"9\d{9}", 0.5),
    ),
    _of(
        "CH_AHV",
        "ch.ssn",
        "ahv|avs|sozialversicherung|assuré|assicurato",
        (r"756\.\d{4}\.\d{4}\.\d{2}", 1.0),
        (r"756\d{10}", 1.0),
    ),
    _of(
        "CH_UID",
        "ch.uid",
        "mwst|unternehmen",
        (r"CHE[- ]?\d{3}\.?\d{3}\.?\d{3}", 1.0),
        (r"\d{3}\.\d{3}\.\d{3}", 0.3),
    ),
    _of(
        "CL_RUT",
        "cl.rut",
        "rut|tributario",
        (r"\d{1,2}\.\d{3}\.\d{3}-[\dK]", 1.0),
        (r"\d{7,8}-[\dK]", 0.6),
        (r"\d{8}[\dK]", 0.3),
    ),
    _of("CN_RIC", "cn.ric", "身份证|身份證|公民", (r"\d{6}(?:19|20)\d{9}[\dX]", 1.0)),
    _of(
        "CO_NIT",
        "co.nit",
        "nit|rut|tributaria",
        (r"\d{1,3}\.\d{3}\.\d{3}-\d", 1.0),
        (r"\d{8,10}-\d", 0.6),
        (r"\d{10}", 0.3),
    ),
    _of("CR_CPF", "cr.cpf", "cédula|cedula|cpf", (r"0?[1-9]-\d{4}-\d{4}", 0.1)),
    _of("CU_NI", "cu.ni", "carnet|identidad|carné", (r"\d{11}", 0.3)),
    _of("CY_VAT", "cy.vat", "φπα", (r"(?:CY[- ]?)?\d{8}[A-Z]", 1.0)),
    _of("CZ_DIC", "cz.dic", "dič|dph", (r"CZ ?\d{8,10}", 1.0)),
    _of(
        "CZ_RC",
        "cz.rc",
        "rodné|rodne|rodného|rč|birth",
        (r"\d{6}/\d{4}", 1.0),
        (r"\d{6}/\d{3}", 0.6),
        (r"\d{10}", 0.5),
        (r"\d{9}", 0.1),
    ),
    _of("DK_CPR", "dk.cpr", "cpr|personnummer", (r"\d{6}-\d{4}", 0.6), (r"\d{10}", 0.3)),
    _of(
        "DO_CEDULA",
        "do.cedula",
        "cédula|cedula|identidad",
        (r"\d{3}-\d{7}-\d", 1.0),
        (r"\d{11}", 0.3),
    ),
    _of(
        "EC_CI",
        "ec.ci",
        "cédula|cedula|identidad|ciudadanía",
        (r"\d{9}-\d", 0.6),
        (r"\d{10}", 0.5),
    ),
    _of("EC_RUC", "ec.ruc", "ruc|contribuyente", (r"\d{10}-?001", 1.0)),
    _of("EE_IK", "ee.ik", "isikukood|isiku", (r"\d{11}", 0.7)),
    _of("EE_KMKR", "ee.kmkr", "kmkr|käibemaks", (r"EE ?\d{9}", 1.0)),
    _of("EG_TN", "eg.tn", "ضريبي|الضريبية|tax", (r"\d{3}-\d{3}-\d{3}", 0.1)),
    _of(
        "FR_NIF",
        "fr.nif",
        "fiscal|impôt|impot|nif",
        (r"\d{2} \d{2} \d{3} \d{3} \d{3}", 1.0),
        (r"[0-3]\d{12}", 0.7),
    ),
    _of(
        "FR_NIR",
        "fr.nir",
        "sécu|secu|sociale|insee",
        (r"[1-478] \d{2} \d{2} (?:\d{2}|2[AB]) \d{3} \d{3} \d{2}", 1.0),
        (r"[1-478]\d{4}2[AB]\d{8}", 1.0),
        (r"[1-478]\d{12} ?\d{2}", 0.5),
    ),
    _of("FR_SIREN", "fr.siren", "siren|rcs|société", (r"\d{3} \d{3} \d{3}|\d{9}", 0.3)),
    _of(
        "FR_SIRET",
        "fr.siret",
        "siret|établissement|etablissement",
        (r"\d{3} \d{3} \d{3} \d{5}|\d{14}", 0.3),
    ),
    _of(
        "FR_TVA", "fr.tva", "tva|intracommunautaire", (r"FR ?[0-9A-Z]{2} ?\d{3} ?\d{3} ?\d{3}", 1.0)
    ),
    _of("GH_TIN", "gh.tin", "taxpayer", (r"[PCGQV]00[0-9A-Z]{8}", 0.6)),
    _of("GR_AFM", "gr.vat", "αφμ|afm|φπα", (r"(?:EL|GR) ?\d{9}", 1.0), (r"\d{9}", 0.3)),
    _of("GR_AMKA", "gr.amka", "αμκα|amka|ασφάλισης", (r"\d{11}", 0.7)),
    _of("GT_NIT", "gt.nit", "nit|tributaria", (r"\d{6,8}-[\dK]", 0.3)),
    _of("HR_JMBG", "si.emso", "jmbg|matični|maticni", (r"\d{7}3\d{5}", 0.7)),
    _of("HR_OIB", "hr.oib", "oib|osobni", (r"HR ?\d{11}", 1.0), (r"\d{11}", 0.3)),
    _of(
        "HU_ANUM",
        "hu.anum",
        "adószám|adoszam|adó",
        Shape(START + r"\d{8}(?=-[1-5]-\d{2}(?!\w))", 1.0),
        (r"HU[- ]?\d{8}", 1.0),
        (r"\d{8}", 0.1),
    ),
    _of("ID_NIK", "id.nik", "nik|ktp|kependudukan|penduduk", (r"\d{16}", 0.5)),
    _of(
        "ID_NPWP",
        "id.npwp",
        "npwp|pajak",
        (r"\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}", 1.0),
        (r"\d{15}", 0.3),
    ),
    _of(
        "IE_PPS",
        "ie.pps",
        "pps",
        (r"\d{7}[A-W][ABHWTX]", 1.0),
        (r"\d{7}[A-W]", 0.6),
    ),
    _of("IE_VAT", "ie.vat", "vat", (r"IE ?\d[0-9A-Z+*]\d{5}[A-W][A-I]?", 1.0)),
    _of("IL_IDNR", "il.idnr", "זהות|teudat|zehut", (r"\d{7,8}-\d", 0.6), (r"\d{9}", 0.3)),
    _of("IN_VID", "in_.vid", "virtual|aadhaar|uidai", (r"[2-9]\d{3}(?: ?\d{4}){3}", 0.3)),
    _of("IS_KENNITALA", "is_.kennitala", "kennitala", (r"\d{6}-\d{4}", 1.0), (r"\d{10}", 0.7)),
    _of(
        "JP_INDIVIDUAL_NUMBER",
        "jp.in_",
        "マイナンバー|個人番号|individual",
        (r"\d{4}[ -]\d{4}[ -]\d{4}", 0.6),
        (r"\d{12}", 0.3),
    ),
    _of("KE_PIN", "ke.pin", "kra", (r"[AP]\d{9}[A-Z]", 0.6)),
    _of("LT_ASMENS", "lt.asmens", "asmens|kodas", (r"[1-6]\d{10}", 0.7)),
    _of("LT_PVM", "lt.pvm", "pvm|mokėtojo", (r"LT ?(?:\d{12}|\d{9})", 1.0), (r"\d{12}", 0.3)),
    _of("LU_TVA", "lu.tva", "tva|mwst", (r"LU ?\d{3} ?\d{3} ?\d{2}", 1.0)),
    _of(
        "LV_PERSONAS_KODS",
        "lv.pvn",
        "personas|kods|pvn",
        (r"[0-3]\d{5}-\d{5}|LV ?\d{4} ?\d{4} ?\d{3}", 1.0),
        (r"[0-3]\d{10}", 0.5),
    ),
    _of("ME_JMBG", "si.emso", "jmbg|matični|maticni", (r"\d{7}2\d{5}", 0.7)),
    _of("MK_EDB", "mk.edb", "едб|edb|даночен", (r"\w\w ?\d{13}", 1.0), (r"\d{13}", 0.3)),
    _of("MK_JMBG", "si.emso", "ембг|embg|матичен", (r"\d{7}4\d{5}", 0.7)),
    _of("MT_VAT", "mt.vat", "vat", (r"MT ?\d{8}|MT ?\d{4}-\d{4}", 1.0)),
    _of("MU_NID", "mu.nid", "national|identity", (r"[A-Z]\d{12}[0-9A-Z]", 1.0)),
    _of("MX_CURP", "mx.curp", "curp|población", (r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d", 1.0)),
    _of(
        "MX_RFC",
        "mx.rfc",
        "rfc|contribuyentes",
        (r"[\w&]{4}[- ]?\d{6}[- ]?[0-9A-Z]{3}", 0.6),
        (r"[\w&]{4}-\d{6}", 0.3),
    ),
    _of(
        "MY_NRIC",
        "my.nric",
        "nric|mykad|pengenalan",
        (r"\d{6}-\d{2}-\d{4}", 1.0),
        (r"\d{12}", 0.5),
    ),
    _of("MZ_NUIT", "mz.nuit", "nuit|tributária", (r"\d{3} \d{3} \d{3}|\d{9}", 0.3)),
    _of(
        "NL_BSN",
        "nl.bsn",
        "bsn|burgerservice|sofi|burgerservicenummer",
        (r"\d{4}\.\d{2}\.\d{3}", 0.6),
        (r"\d{9}", 0.3),
        (r"\d{8}", 0.1),
    ),
    _of("NL_BTW", "nl.btw", "btw|omzetbelasting", (r"(?:NL ?)?\d{9}B\d{2}", 1.0)),
    _of(
        "NL_ONDERWIJSNUMMER",
        "nl.onderwijsnummer",
        "onderwijsnummer|leerling|student",
        (r"10\d{2}\.\d{2}\.\d{3}", 0.6),
        (r"10\d{7}", 0.3),
    ),
    _of(
        "NO_FODSELSNUMMER",
        "no.fodselsnummer",
        "fødselsnummer|fodselsnummer|personnummer|fnr",
        (r"\d{6}[- ]\d{5}", 1.0),
        (r"\d{11}", 0.7),
    ),
    _of(
        "NO_KONTONR",
        "no.kontonr",
        "kontonummer|konto|kontonr",
        (r"\d{4}[. ]\d{2}[. ]\d{5}", 0.6),
        (r"\d{11}", 0.3),
    ),
    _of("NO_MVA", "no.mva", "mva|foretaksregisteret", (r"(?:NO ?)?\d{3} ?\d{3} ?\d{3} ?MVA", 1.0)),
    _of(
        "NO_ORGNR",
        "no.orgnr",
        "organisasjonsnummer|orgnr|org.nr",
        (r"\d{3} \d{3} \d{3}|\d{9}", 0.3),
    ),
    _of(
        "NZ_IRD",
        "nz.ird",
        "ird|inland|tax",
        (r"\d{2,3}-\d{3}-\d{3}|\d{7,8}-\d", 0.6),
        (r"\d{9}", 0.3),
        (r"\d{8}", 0.1),
    ),
    _of("PE_CUI", "pe.cui", "dni|cui|documento", (r"\d{8}-[\dA-K]", 0.6), (r"\d{8}", 0.05)),
    _of("PE_RUC", "pe.ruc", "ruc|contribuyente", (r"(?:10|15|17|20)\d{9}", 0.7)),
    _of("PK_CNIC", "pk.cnic", "cnic|snic|nadra|شناختی", (r"\d{5}-\d{7}-\d", 1.0), (r"\d{13}", 0.1)),
    _of(
        "PL_NIP",
        "pl.nip",
        "nip|podatkowej|podatnik",
        (r"\d{3}-\d{3}-\d{2}-\d{2}|\d{3}-\d{2}-\d{2}-\d{3}|PL ?\d{10}", 1.0),
        (r"\d{10}", 0.3),
    ),
    _of("PT_CC", "pt.cc", "cidadão|cidadao|identificação", (r"\d{8} ?\d ?[A-Z][0-9A-Z]\d", 1.0)),
    _of(
        "PT_NIF",
        "pt.nif",
        "nif|contribuinte|fiscal|nipc",
        (r"PT ?\d{3} ?\d{3} ?\d{3}", 1.0),
        (r"\d{3} \d{3} \d{3}|\d{9}", 0.3),
    ),
    _of("PY_RUC", "py.ruc", "ruc|contribuyente", (r"\d{5,8}-\d", 0.3)),
    _of("RO_CF", "ro.cf", "tva|fiscal", (r"RO ?\d{3} \d{3} \d{2}|RO ?\d{2,10}", 0.6)),
    _of("RO_CNP", "ro.cnp", "cnp|numeric", (r"[1-9]\d{12}", 0.7)),
    _of("RS_JMBG", "si.emso", "jmbg|матични|matični|maticni", (r"\d{7}[7-9]\d{5}", 0.7)),
    _of("RS_PIB", "rs.pib", "pib|пиб|poreski", (r"\d{9}", 0.3)),
    _of("RU_INN", "ru.inn", "инн|налогоплательщика", (r"\d{12}", 0.5)),
    _of("SI_DDV", "si.ddv", "ddv|davčna|davcna", (r"SI ?\d{4} ?\d{4}", 1.0), (r"\d{8}", 0.1)),
    _of("SI_EMSO", "si.emso", "emšo|emso", (r"\d{13}", 0.7)),
    _of("SK_DPH", "sk.dph", "dič|dph", (r"SK ?\d{3} ?\d{3} ?\d{2} ?\d{2}", 1.0), (r"\d{10}", 0.3)),
    _of(
        "SK_RC",
        "sk.rc",
        "rodné|rodne|rodného|rč|birth",
        (r"\d{6}/\d{4}", 1.0),
        (r"\d{6}/\d{3}", 0.6),
        (r"\d{10}", 0.5),
        (r"\d{9}", 0.1),
    ),
    _of("SV_NIT", "sv.nit", "nit|tributaria", (r"\d{4}-\d{6}-\d{3}-\d", 1.0), (r"\d{14}", 0.3)),
    _of("TN_MF", "tn.mf", "matricule|fiscal", (r"\d{7} ?/?[A-Z](?:/[A-Z]/[A-Z]/\d{3})", 1.0)),
    _of("TR_VKN", "tr.vkn", "vkn|vergi|kimlik", (r"\d{10}", 0.3)),
    _of("TW_UBN", "tw.ubn", "統一編號|統編|ubn", (r"\d{8}", 0.1)),
    _of("UA_RNTRC", "ua.rntrc", "рнокпп|інн|ідентифікаційний|rntrc", (r"\d{10}", 0.3)),
    _of("UK_UPN", "gb.upn", "upn|pupil", (r"[A-Z]\d{12}", 1.0)),
    _of("UK_UTR", "gb.utr", "utr|taxpayer|self-assessment", (r"\d{5} \d{5}|\d{10}", 0.3)),
    _of("US_ATIN", "us.atin", "atin|adoption", (r"9\d{2}-93-\d{4}", 0.6)),
    _of("US_EIN", "us.ein", "employer|fein", (r"\d{2}-\d{7}", 0.3)),
    _of("US_PTIN", "us.ptin", "ptin|preparer", (r"P-?\d{8}", 0.3)),
    _of(
        "UY_RUT",
        "uy.rut",
        "rut|tributario|rupe",
        (r"\d{2}[- ]\d{6}[- ]001[- ]\d", 1.0),
        (r"\d{8}001\d", 1.0),
    ),
    _of("VE_RIF", "ve.rif", "rif|fiscal", (r"[VEJPG]-\d{8}-?\d", 1.0), (r"[VEJPG]\d{9}", 0.6)),
    _of("VN_MST", "vn.mst", "mst|thuế", (r"\d{10}-\d{3}", 0.6), (r"\d{10}", 0.3)),
)
"""By entity."""
