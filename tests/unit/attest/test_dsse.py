import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.attest import dsse
from govgate.attest.dsse import open_envelope, pae, parse_envelope, sign, split_envelopes
from govgate.attest.keys import PrivateKey
from govgate.errors import EvidenceError

KEY = PrivateKey.from_seed(b"\x01" * 32)
OTHER = PrivateKey.from_seed(b"\x02" * 32)
KEYS = {KEY.keyid: KEY.public}
BOTH = KEYS | {OTHER.keyid: OTHER.public}


def changed(data: bytes, **members: object) -> bytes:
    return json.dumps(json.loads(data) | members).encode()


def test_an_envelope_opens_to_the_payload_that_was_signed():
    verified = open_envelope(sign(b"payload", "a/type", [KEY]), KEYS, payload_type="a/type")
    assert (verified.payload, verified.payload_type) == (b"payload", "a/type")
    assert verified.keyid == KEY.keyid
    assert verified.signed == pae("a/type", b"payload") == b"DSSEv1 6 a/type 7 payload"
    assert KEY.public.verify(verified.signature, verified.signed)


def test_an_envelope_is_one_line():
    data = sign(b"a\nb", "t", [KEY])
    assert data.count(b"\n") == 1
    assert data.endswith(b"}\n")


def test_the_length_in_the_encoding_counts_bytes():
    assert pae("é", b"\xff") == b"DSSEv1 2 \xc3\xa9 1 \xff"


def test_another_payload_type_or_key_is_refused():
    data = sign(b"payload", "a/type", [KEY])
    for bad in [
        changed(data, payload=base64.b64encode(b"Payload").decode()),
        changed(data, payloadType="b/type"),
    ]:
        with pytest.raises(EvidenceError, match="0 valid signatures"):
            open_envelope(bad, KEYS)
    with pytest.raises(EvidenceError):
        open_envelope(data, {OTHER.keyid: OTHER.public})
    with pytest.raises(EvidenceError):
        open_envelope(data, {})


def test_a_valid_envelope_of_another_type_is_refused():
    with pytest.raises(EvidenceError, match="not of type a/type"):
        open_envelope(sign(b"payload", "b/type", [KEY]), KEYS, payload_type="a/type")


def test_both_base64_alphabets_are_accepted_but_not_mixed():
    payload = b"\xfb\xef\xff"
    data = sign(payload, "t", [KEY])
    url_safe = base64.urlsafe_b64encode(payload).decode()
    assert url_safe == "--__"
    assert open_envelope(changed(data, payload=url_safe), KEYS).payload == payload
    with pytest.raises(EvidenceError, match="mixes"):
        open_envelope(changed(data, payload="-+//"), KEYS)


@pytest.mark.parametrize("payload", ["YQ", "YR==", "Y Q==", "YQ==\n", 1, None, "é"])
def test_a_payload_in_loose_base64_is_refused(payload):
    with pytest.raises(EvidenceError):
        open_envelope(changed(sign(b"a", "t", [KEY]), payload=payload), KEYS)


def test_unknown_fields_are_ignored():
    data = json.loads(sign(b"a", "t", [KEY])) | {"new": [1, {"x": None}]}
    data["signatures"][0]["cert"] = "x"
    assert open_envelope(json.dumps(data).encode(), KEYS).payload == b"a"


@pytest.mark.parametrize("keyid", ["unknown", "", None])
def test_without_a_known_key_id_every_trusted_key_is_tried(keyid):
    data = json.loads(sign(b"a", "t", [OTHER]))
    if keyid is None:
        del data["signatures"][0]["keyid"]
    else:
        data["signatures"][0]["keyid"] = keyid
    assert open_envelope(json.dumps(data).encode(), BOTH).keyid == OTHER.keyid


def test_a_wrong_signature_beside_a_right_one_does_no_harm():
    data = json.loads(sign(b"a", "t", [OTHER, KEY]))
    data["signatures"][0]["sig"] = "AAAA"
    assert open_envelope(json.dumps(data).encode(), BOTH).keyid == KEY.keyid


def test_a_threshold_counts_keys_and_not_signatures():
    both = sign(b"a", "t", [KEY, OTHER])
    assert len(open_envelope(both, BOTH, threshold=2).accepted) == 2
    twice = sign(b"a", "t", [KEY, KEY])
    with pytest.raises(EvidenceError, match="1 valid signatures"):
        open_envelope(twice, BOTH, threshold=2)
    renamed = json.loads(twice)
    renamed["signatures"][0]["keyid"], renamed["signatures"][1]["keyid"] = "one", "two"
    with pytest.raises(EvidenceError, match="1 valid signatures"):
        open_envelope(
            json.dumps(renamed).encode(), {"one": KEY.public, "two": KEY.public}, threshold=2
        )
    with pytest.raises(ValueError, match="threshold"):
        open_envelope(both, BOTH, threshold=0)


def test_sixty_four_signatures_are_read_and_one_more_is_refused():
    data = json.loads(sign(b"a", "t", [KEY]))
    data["signatures"] *= 64
    assert open_envelope(json.dumps(data).encode(), KEYS).payload == b"a"
    data["signatures"] += data["signatures"][:1]
    with pytest.raises(EvidenceError, match="65 signatures"):
        parse_envelope(json.dumps(data).encode())


def test_sixteen_mebibytes_are_the_limit_of_an_envelope():
    with pytest.raises(EvidenceError, match="larger than"):
        parse_envelope(b" " * (dsse.MAX_ENVELOPE + 1))
    with pytest.raises(EvidenceError, match="too large"):
        sign(b"x" * dsse.MAX_ENVELOPE, "t", [KEY])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"1",
        b"{}",
        b'{"payload":"","payloadType":"t","signatures":[]}',
        b'{"payload":"","payloadType":"t","signatures":{}}',
        b'{"payload":"","payloadType":"t","signatures":[1]}',
        b'{"payload":"","payloadType":"t","signatures":[{}]}',
        b'{"payload":"","payloadType":"t","signatures":[{"sig":"","keyid":1}]}',
        b'{"payload":"","payloadType":1,"signatures":[{"sig":""}]}',
        b'{"payload":"","payloadType":"\\ud800","signatures":[{"sig":""}]}',
        b'{"payload":"","payload":"","payloadType":"t","signatures":[{"sig":""}]}',
    ],
)
def test_a_malformed_envelope_is_refused(data):
    with pytest.raises(EvidenceError):
        open_envelope(data, KEYS)


def test_odd_key_ids_do_not_reach_the_message_raw():
    data = json.loads(sign(b"a", "t", [OTHER]))
    data["signatures"][0]["keyid"] = "\x1b[2J\ud800"
    with pytest.raises(EvidenceError) as caught:
        open_envelope(json.dumps(data).encode(), KEYS)
    assert str(caught.value).isprintable()


def test_a_record_splits_into_its_envelopes():
    first, second = sign(b"a", "t", [KEY]), sign(b"b", "t", [KEY])
    assert split_envelopes(first + second) == (first, second)
    for bad in [b"", first + second[:-1], first * 17]:
        with pytest.raises(EvidenceError):
            split_envelopes(bad)


GOOD = sign(b'{"some":"payload"}', "a/type", [KEY])


@settings(deadline=None)
@given(st.integers(0, len(GOOD) * 8 - 1))
def test_one_flipped_bit_never_gives_another_payload(bit):
    data = bytearray(GOOD)
    data[bit // 8] ^= 1 << bit % 8
    try:
        verified = open_envelope(bytes(data), KEYS)
    except EvidenceError:
        return
    # The key id and the newline are not signed, and both mean nothing.
    assert (verified.payload, verified.payload_type) == (b'{"some":"payload"}', "a/type")
    assert verified.keyid == KEY.keyid
