"""The names of everything that can be looked for: general ones, and identifiers by country.

What Presidio 2.2.366's recognizers report, and what `scan/identifiers.py` adds with python-stdnum;
a policy that has detectors of its own declares their entities in its ``scan`` part.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GENERAL: Final = _words(
    """
    AGE CREDIT_CARD CRYPTO DATE_TIME EMAIL EMAIL_ADDRESS IBAN_CODE ID IP_ADDRESS LOCATION
    MAC_ADDRESS NRP ORGANIZATION PERSON PHONE_NUMBER URL UUID
    """
)
"""Entities of no country."""

BY_COUNTRY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ad": _words("AD_NRT"),
        "al": _words("AL_NIPT"),
        "ar": _words("AR_CBU AR_CUIT AR_DNI"),
        "at": _words("AT_TIN AT_UID AT_VNR"),
        "au": _words("AU_ABN AU_ACN AU_MEDICARE AU_TFN"),
        "az": _words("AZ_VOEN"),
        "ba": _words("BA_JMBG"),
        "be": _words("BE_EID BE_NN BE_VAT"),
        "bg": _words("BG_EGN BG_PNF BG_VAT"),
        "br": _words("BR_CNPJ BR_CPF"),
        "by": _words("BY_UNP"),
        "ca": _words("CA_BC_PHN CA_POSTAL_CODE CA_SIN"),
        "ch": _words("CH_AHV CH_UID"),
        "cl": _words("CL_RUT"),
        "cn": _words("CN_RIC"),
        "co": _words("CO_NIT"),
        "cr": _words("CR_CPF"),
        "cu": _words("CU_NI"),
        "cy": _words("CY_VAT"),
        "cz": _words("CZ_DIC CZ_RC"),
        "de": _words(
            """
            DE_BSNR DE_FUEHRERSCHEIN DE_HANDELSREGISTER DE_HEALTH_INSURANCE DE_ID_CARD DE_KFZ
            DE_LANR DE_PASSPORT DE_PLZ DE_SOCIAL_SECURITY DE_TAX_ID DE_TAX_NUMBER DE_VAT_ID
            """
        ),
        "dk": _words("DK_CPR"),
        "do": _words("DO_CEDULA"),
        "ec": _words("EC_CI EC_RUC"),
        "ee": _words("EE_IK EE_KMKR"),
        "eg": _words("EG_TN"),
        "es": _words("ES_NIE ES_NIF ES_PASSPORT"),
        "fi": _words("FI_PERSONAL_IDENTITY_CODE"),
        "fr": _words("FR_NIF FR_NIR FR_SIREN FR_SIRET FR_TVA"),
        "gh": _words("GH_TIN"),
        "gr": _words("GR_AFM GR_AMKA"),
        "gt": _words("GT_NIT"),
        "hr": _words("HR_JMBG HR_OIB"),
        "hu": _words("HU_ANUM"),
        "id": _words("ID_NIK ID_NPWP"),
        "ie": _words("IE_PPS IE_VAT"),
        "il": _words("IL_IDNR"),
        "in": _words(
            """
            IN_AADHAAR IN_GSTIN IN_PAN IN_PASSPORT IN_VEHICLE_REGISTRATION IN_VID IN_VOTER
            """
        ),
        "is": _words("IS_KENNITALA"),
        "it": _words("IT_DRIVER_LICENSE IT_FISCAL_CODE IT_IDENTITY_CARD IT_PASSPORT IT_VAT_CODE"),
        "jp": _words("JP_INDIVIDUAL_NUMBER"),
        "ke": _words("KE_PIN"),
        "kr": _words("KR_BRN KR_DRIVER_LICENSE KR_FRN KR_PASSPORT KR_RRN"),
        "lt": _words("LT_ASMENS LT_PVM"),
        "lu": _words("LU_TVA"),
        "lv": _words("LV_PERSONAS_KODS"),
        "me": _words("ME_JMBG"),
        "mk": _words("MK_EDB MK_JMBG"),
        "mt": _words("MT_VAT"),
        "mu": _words("MU_NID"),
        "mx": _words("MX_CURP MX_RFC"),
        "my": _words("MY_NRIC"),
        "mz": _words("MZ_NUIT"),
        "ng": _words("NG_NIN NG_VEHICLE_REGISTRATION"),
        "nl": _words("NL_BSN NL_BTW NL_ONDERWIJSNUMMER"),
        "no": _words("NO_FODSELSNUMMER NO_KONTONR NO_MVA NO_ORGNR"),
        "nz": _words("NZ_IRD"),
        "pe": _words("PE_CUI PE_RUC"),
        "ph": _words("PH_PASSPORT PH_TIN PH_UMID"),
        "pk": _words("PK_CNIC"),
        "pl": _words("PL_NIP PL_PESEL"),
        "pt": _words("PT_CC PT_NIF"),
        "py": _words("PY_RUC"),
        "ro": _words("RO_CF RO_CNP"),
        "rs": _words("RS_JMBG RS_PIB"),
        "ru": _words("RU_INN"),
        "se": _words("SE_ORGANISATIONSNUMMER SE_PERSONNUMMER"),
        "sg": _words("SG_NRIC_FIN SG_UEN"),
        "si": _words("SI_DDV SI_EMSO"),
        "sk": _words("SK_DPH SK_RC"),
        "sv": _words("SV_NIT"),
        "th": _words("TH_TNIN"),
        "tn": _words("TN_MF"),
        "tr": _words("TR_LICENSE_PLATE TR_NATIONAL_ID TR_VKN"),
        "tw": _words("TW_UBN"),
        "ua": _words("UA_RNTRC"),
        "uk": _words(
            """
            UK_DRIVING_LICENCE UK_NHS UK_NINO UK_PASSPORT UK_POSTCODE UK_UPN UK_UTR
            UK_VEHICLE_REGISTRATION
            """
        ),
        "us": _words(
            """
            ABA_ROUTING_NUMBER MEDICAL_LICENSE US_ATIN US_BANK_NUMBER US_CLAIM_NUMBER
            US_DRIVER_LICENSE US_EIN US_HEALTH_INSURANCE_MEMBER_ID US_ITIN US_MBI US_NPI
            US_PASSPORT US_PRESCRIPTION_NUMBER US_PRIOR_AUTHORIZATION_NUMBER US_PROVIDER_TAX_ID
            US_PTIN US_REFERRAL_NUMBER US_SSN
            """
        ),
        "uy": _words("UY_RUT"),
        "ve": _words("VE_RIF"),
        "vn": _words("VN_MST"),
        "za": _words(
            """
            ZA_COMPANY_REGISTRATION ZA_DRIVER_LICENSE ZA_ID_NUMBER ZA_INCOME_TAX_NUMBER
            ZA_LICENSE_PLATE ZA_MOBILE_NUMBER ZA_PASSPORT ZA_TELEPHONE_NUMBER
            ZA_TRAFFIC_REGISTER_NUMBER ZA_VAT_NUMBER
            """
        ),
    }
)
"""Entities of each country, by its code as Presidio writes it (ISO 3166-1, but ``uk``)."""

ENTITIES: Final = tuple(sorted({*GENERAL, *(e for some in BY_COUNTRY.values() for e in some)}))
"""All of them, sorted."""
