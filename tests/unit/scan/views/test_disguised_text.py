"""Simple disguises hide no number, address or name; what only resembles them is let be."""

import base64

import pytest

from govgate.scan.views.readings import views

MAIL, CARD, SSN, PHONE = (
    "john.smith@example.com",
    "4111 1111 1111 1111",
    "536-22-1234",
    "212-555-0134",
)


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def digits(text, zero):
    return "".join(chr(zero + int(c)) if c.isdigit() else c for c in text)


def exactly(spelled, written, entity, around="\U0001f600e\u0301 Write to {} , please \U0001f600"):
    return spelled(around.format(written), entity) == [written]


@pytest.mark.parametrize(
    "hidden", "\u200b \xad \u200d \u2060 \ufe0f \U000e0041 \u202e \u034f \x08".split(" ")
)
@pytest.mark.parametrize(
    ("plain", "entity"), [(MAIL, "EMAIL_ADDRESS"), (CARD, "CREDIT_CARD"), (SSN, "US_SSN")]
)
def test_what_nobody_sees_does_not_split_a_number_or_an_address(spelled, hidden, plain, entity):
    assert exactly(spelled, hidden.join(plain[i : i + 3] for i in range(0, len(plain), 3)), entity)


def test_what_nobody_sees_beside_a_number_or_an_address_does_not_hide_it(spelled):
    assert spelled(f"card {CARD}\u200d, ok", "CREDIT_CARD") == [CARD]
    assert spelled(f"mail \u200d{MAIL}\ufe0f, ok", "EMAIL_ADDRESS") == [MAIL]


@pytest.mark.parametrize("zero", [0x660, 0x966, 0xFF10, 0x1D7CE, 0x1D7F6])
def test_digits_of_any_script_are_digits(spelled, zero):
    assert exactly(spelled, digits(CARD, zero), "CREDIT_CARD")
    assert exactly(spelled, digits(SSN, zero), "US_SSN")


def test_keycaps_and_circled_digits_are_digits(spelled):
    keys = "".join(f"{c}\ufe0f\u20e3" if c.isdigit() else c for c in CARD)
    (found,) = spelled(f"pay with {keys} today", "CREDIT_CARD")
    assert keys.startswith(found)
    assert len(found) >= len(keys) - 2
    assert exactly(spelled, SSN.translate(str.maketrans("123456", "①②③④⑤⑥")), "US_SSN")


@pytest.mark.parametrize("hyphen", "‐‑‒–—−－")
def test_hyphens_and_spaces_that_look_alike_are_read_as_such(spelled, hyphen):
    assert exactly(spelled, SSN.replace("-", hyphen), "US_SSN")
    assert exactly(spelled, CARD.replace(" ", "\u2007"), "CREDIT_CARD")


@pytest.mark.parametrize(
    "written",
    [
        wide(MAIL),
        "john.smith＠example.com",
        "john.smith@example。com",
        "jоhn.smіth@exаmple.соm",
        "𝓳𝓸𝓱𝓷@𝓮𝔁𝓪𝓶𝓹𝓵𝓮.𝓬𝓸𝓶",
        "ⓙⓞⓗⓝ@ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ",
        "oﬃce@example.ⅽom",
    ],
)
def test_addresses_in_letters_that_look_alike_are_read(spelled, written):
    assert exactly(spelled, written, "EMAIL_ADDRESS")


@pytest.mark.parametrize(
    "written",
    [
        "name [at] host [dot] org",
        "name(at)host.org",
        "name {AT} host {DOT} co {DOT} uk",
        "name<at>host<dot>org",
        "name at host dot org",
        "name AT host DOT org",
        "first dot last at host dot org",
        "name_at_host_dot_org",
        "name @ host.org",
        "name@host [dot] org",
        "name[@]host[.]org",
        "first.last at gmail.com",
        "root [at] localhost",
    ],
)
def test_addresses_spelled_out_are_read(spelled, written):
    assert exactly(spelled, written, "EMAIL_ADDRESS")


@pytest.mark.parametrize(
    "prose",
    [
        "meet me at noon dot the i's",
        "look at example dot com",
        "visit us at example dot com",
        "lunch @ noon. It was good",
        "we sat at home. In the evening",
        "fix it (at) once. Then",
        "stay at ease at example.com",
        "A @ B.T",
        "looking at gmail.com",
    ],
)
def test_prose_with_at_and_dot_is_no_address(spelled, prose):
    assert spelled(prose, "EMAIL_ADDRESS") == []


@pytest.mark.parametrize(
    ("written", "score"),
    [
        ("root@localhost", 0.6),
        ("j.doe@mail.intranet", 0.6),
        ("ann@build.acmenet", 0.5),
        ("j.doe@mailgate", 0.5),
        ("svc_user@db01", 0.5),
        ("ann@build", 0.3),
    ],
)
def test_addresses_at_hosts_without_a_public_suffix_are_found(look, written, score):
    text = f"write to {written}, please"
    (seen,) = [s for s in look(text) if s.entity == "EMAIL_ADDRESS"]
    assert (text[seen.start : seen.end], seen.score, seen.view) == (written, score, "normalised")
    assert seen.recognizer == "LocalEmailRecognizer"


@pytest.mark.parametrize(
    ("before", "behind"), [("/send?to=", ""), ("x?mail=", "&b=1"), ("page#", ""), ("/to/", "/")]
)
def test_an_address_behind_a_path_or_query_is_found_though_presidio_refuses_it(
    look, before, behind
):
    text = f"see {before}{MAIL}{behind} there"
    (seen,) = [s for s in look(text) if s.entity == "EMAIL_ADDRESS"]
    assert text[seen.start : seen.end] == MAIL
    assert seen.score == 1.0


def test_an_address_that_presidio_finds_with_the_site_before_it_is_found_once(look):
    text = f"see https://site.com/send?to={MAIL} there"
    (seen,) = [s for s in look(text) if s.entity == "EMAIL_ADDRESS"]
    assert seen.view == "original"


@pytest.mark.parametrize(
    "code",
    [
        "@decorator",
        "pkg@1.2.3",
        "react@latest",
        "actions/checkout@v4",
        "@scope/pkg@next",
        "a @ b",
        "redis://user:pass@localhost:6379",
        "icon@2x.png",
        "X@W",
        "image@sha256:abc",
        "f@(x)",
    ],
)
def test_code_with_an_at_sign_is_no_address(spelled, code):
    assert spelled(f"see {code} here", "EMAIL_ADDRESS", 0) == []


@pytest.mark.parametrize("write", [lambda c: f"&#{ord(c)};", lambda c: f"&#x{ord(c):X};"])
@pytest.mark.parametrize(
    ("plain", "entity"),
    [(MAIL, "EMAIL_ADDRESS"), (CARD, "CREDIT_CARD"), (SSN, "US_SSN"), (PHONE, "PHONE_NUMBER")],
)
def test_entities_and_percent_encoding_are_decoded(spelled, write, plain, entity):
    assert exactly(spelled, "".join(map(write, plain)), entity)
    assert exactly(spelled, "".join(f"%{ord(c):02x}" for c in plain), entity)


@pytest.mark.parametrize(
    "written",
    [
        "john&commat;example&period;com",
        "john%2540example.com",
        "john&amp;#64;example.com",
        "john%E2%80%8B@exam%E2%80%8Bple.com",
        "".join(chr(917504 + ord(c)) for c in MAIL),
    ],
)
def test_encodings_within_encodings_and_tags_are_decoded(spelled, written):
    assert exactly(spelled, written, "EMAIL_ADDRESS")


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("text", [f"é? mail {MAIL} now~~", MAIL, f"ÿÿ>> call {MAIL} 😀😀"])
def test_base64_is_decoded_and_covered(look, encode, padded, text):
    token = encode(text.encode()).decode()
    token = token if padded else token.rstrip("=")
    outer = f"data {token} end"
    (seen,) = [s for s in look(outer) if s.entity == "EMAIL_ADDRESS"]
    assert seen.view == "encoded"
    found = outer[seen.start : seen.end]
    before = len(text[: text.index(MAIL)].encode())
    first = before * 8 // 6
    assert found == token[first : -(-(before + len(MAIL)) * 8 // 6)]


def test_base64_over_many_lines_is_decoded(look):
    token = base64.encodebytes((f"{'words and ' * 9}{MAIL} {'and words ' * 20}").encode()).decode()
    (seen,) = [s for s in look(f"see:\n{token}") if s.entity == "EMAIL_ADDRESS"]
    assert seen.view == "encoded"


@pytest.mark.parametrize(
    "text",
    [
        "The responsibilities of InternationalOrganizations",
        "sha1 da39a3ee5e6b4b0d3255bfef95601890",
        "/usr/local/share/doc/README/Contents",
        "getElementsByClassNameAndTag",
    ],
)
def test_long_words_and_digests_are_not_base64(text):
    assert list(views(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "“Curly” quotes — and dashes… it’s café 😀 ½ ™ №",
        "2010–2012, m² and 10 µm",
        "a&amp;b &nbsp; c",
        "100% of %s and %d",
        "https://a.org/x%20y?z=1&w=2",
        "1️⃣ First 2️⃣ Second",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f wins",
        "Это простой текст",
        "α-helix and β-sheet, ΔT",
        "نمی\u200cخواهم",
        "東京２０２３年",
        "👩\u200d💻 codes",
        "x = a[0] + b[1]  # 12 345\n\n- one\n- two\n",
    ],
)
def test_ordinary_text_has_no_views(text):
    assert list(views(text)) == []


def test_a_name_with_something_unseen_in_it_is_found(spelled):
    assert "Jo\u200bhn Smi\u200bth" in spelled(
        "Yesterday Jo\u200bhn Smi\u200bth arrived.", "PERSON"
    )


def test_a_view_brings_no_names_from_around_what_it_changes(look):
    text = "Ann Lee and Bob Ray of Paris wrote to name [at] host [dot] org about Carl Jung."
    assert {s.entity for s in look(text) if s.view != "original"} <= {"EMAIL_ADDRESS", "URL"}


def test_a_disguised_context_word_raises_the_score_of_what_follows(look):
    seen = [s for s in look("my ѕѕn is 536221234") if s.entity == "US_SSN"]
    assert [(s.score, s.view) for s in seen] == [(0.05, "original"), (0.4, "normalised")]


@pytest.mark.parametrize(
    "written",
    [
        "zork ［at］ gmail ［dot］ com",
        "zork.keller [a\u200bt] gmail [dot] com",
        "zork%20%5Bat%5D%20gmail%20%5Bdot%5D%20com",
        "zork%26%2364%3Bgmail.com",
        "anna.keller@gmail[.]com",
        "zork\\u0040gmail.com",
    ],
)
def test_disguises_within_disguises_are_read(spelled, written):
    assert written in spelled(f"so {written} it is", "EMAIL_ADDRESS")
    assert written in spelled(f'``` {{"mail": "{written}"}} ```', "EMAIL_ADDRESS")


def test_an_escaped_digit_outside_json_is_read(spelled):
    text = 'call {"ssn":"\\u0035\\u0033\\u0036-22-8726"} now'
    assert spelled(text, "US_SSN") == ["\\u0035\\u0033\\u0036-22-8726"]
