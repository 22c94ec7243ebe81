from pathlib import Path

import pytest

from govgate.attest import merkle
from govgate.attest.checkpoint import Checkpoint, sign_checkpoint
from govgate.attest.cosignature import Cosigner, check_cosignature, cosign, with_cosignatures
from govgate.attest.keys import PrivateKey
from govgate.attest.note import Signer
from govgate.attest.quorum import TOLERANCE, find_quorum, load_quorum, parse_quorum, weigh
from govgate.errors import EvidenceError, UsageError

NOW = 1_790_000_000
LOG = Signer("example.com/log", PrivateKey.from_seed(b"\x01" * 32))
OTHER = Signer("example.com/other", PrivateKey.from_seed(b"\x02" * 32))
KEYS = {f"{x}{n}": PrivateKey.from_seed(f"{x}{n}".encode() * 16) for x in "XY" for n in (1, 2, 3)}
COSIGNERS = {name: Cosigner(f"{name}.example", key.public) for name, key in KEYS.items()}
POINT = Checkpoint("example.com/log", 3, b"\x07" * 32)


def witness(name: str, url: str = "") -> str:
    return f"witness {name} {COSIGNERS[name].vkey} {url}".rstrip() + "\n"


# The example of the specification, with keys.
EXAMPLE = (
    f"log {LOG.verifier.vkey}\n\n"
    + "".join(map(witness, ("X1", "X2", "X3")))
    + "group X-witnesses 2 X1 X2 X3\n\n"
    + "".join(map(witness, ("Y1", "Y2", "Y3")))
    + "group Y-witnesses any Y1 Y2 Y3\n\n"
    + "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
)


def cosigned(*names: str, time: int = NOW, point: Checkpoint = POINT, log: Signer = LOG) -> bytes:
    found = [
        check_cosignature(
            cosign(point.text(), COSIGNERS[name].name, KEYS[name], time),
            point.text(),
            COSIGNERS[name],
        )
        for name in names
    ]
    return with_cosignatures(sign_checkpoint(point, log), found)


def lacking(text: str, *names: str) -> str:
    quorum = parse_quorum(text.encode())
    return weigh(quorum, cosigned(*names), [LOG.verifier], latest=NOW).lacking


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (("X1", "X2", "Y3"), ""),
        (("X1", "X2", "X3", "Y1", "Y2", "Y3"), ""),
        (("X1", "X2"), "1 of (Y1, Y2, Y3)"),
        (("X1", "Y1"), "1 of (X2, X3)"),
        (("Y1", "Y2", "Y3"), "2 of (X1, X2, X3)"),
        ((), "2 of (X1, X2, X3), 1 of (Y1, Y2, Y3)"),
    ],
)
def test_the_specifications_example_asks_for_two_xs_and_a_y(names, missing):
    assert lacking(EXAMPLE, *names) == missing


def test_a_single_witness_can_be_the_quorum():
    text = witness("X1") + witness("X2") + "quorum X2\n"
    assert lacking(text, "X2") == ""
    assert lacking(text, "X1") == "X2"


def test_none_asks_for_no_cosignature_but_for_the_logs_signature():
    quorum = parse_quorum(b"quorum none\n")
    assert weigh(quorum, cosigned(), [LOG.verifier], latest=NOW).reached
    with pytest.raises(EvidenceError, match="no signature of a trusted key"):
        weigh(quorum, cosigned(), [OTHER.verifier], latest=NOW)


def test_a_log_that_the_file_does_not_list_is_refused():
    quorum = parse_quorum(f"log {OTHER.verifier.vkey}\nquorum none\n".encode())
    with pytest.raises(EvidenceError, match="does not list the log"):
        weigh(quorum, cosigned(), [LOG.verifier], latest=NOW)
    with pytest.raises(EvidenceError):
        weigh(quorum, cosigned(), quorum.logs, latest=NOW)
    with pytest.raises(EvidenceError, match="no log"):
        weigh(quorum, cosigned(), [], latest=NOW)


def test_the_files_own_logs_are_enough_to_go_by():
    quorum = parse_quorum(EXAMPLE.encode())
    standing = weigh(quorum, cosigned("X1", "X3", "Y2"), quorum.logs, latest=NOW)
    assert standing.reached
    standing.check()
    assert standing.in_words() == (
        "cosigned by X1 at 2026-09-21T14:13:20Z, X3 at 2026-09-21T14:13:20Z, "
        "Y2 at 2026-09-21T14:13:20Z"
    )


def test_what_is_missing_is_named():
    standing = weigh(
        parse_quorum(EXAMPLE.encode()), cosigned("X1", "Y1"), [LOG.verifier], latest=NOW
    )
    with pytest.raises(EvidenceError, match=r"1 of \(X2, X3\) is missing, it is cosigned by X1 at"):
        standing.check()


def test_a_cosignature_from_the_future_does_not_count_and_is_named():
    quorum = parse_quorum((witness("X1") + "quorum X1\n").encode())
    inside, beyond = cosigned("X1", time=NOW + TOLERANCE), cosigned("X1", time=NOW + TOLERANCE + 1)
    assert weigh(quorum, inside, [LOG.verifier], latest=NOW).reached
    standing = weigh(quorum, beyond, [LOG.verifier], latest=NOW)
    assert not standing.reached
    with pytest.raises(EvidenceError, match="X1 dated it in the future"):
        standing.check()


def test_a_cosignature_of_another_checkpoint_spoils_it():
    other = Checkpoint("example.com/log", 4, merkle.leaf_hash(b"x"))
    lines = cosigned("X1", point=other).split(b"\n")[-2] + b"\n"
    quorum = parse_quorum((witness("X1") + "quorum X1\n").encode())
    with pytest.raises(EvidenceError, match="is wrong"):
        weigh(quorum, cosigned() + lines, [LOG.verifier], latest=NOW)


def test_names_of_the_file_are_its_own():
    """What counts is the key: a witness that renames itself is another one."""
    renamed = Cosigner("someone.else", KEYS["X1"].public)
    assert lacking(f"witness X1 {renamed.vkey}\nquorum X1\n", "X1") == "X1"


def test_spaces_tabs_and_comments_are_where_the_specification_has_them():
    text = f" \t# a comment\n\t\nwitness \t X1\t{COSIGNERS['X1'].vkey}  \n  quorum X1\t\n\n"
    assert parse_quorum(text.encode()).needed == "X1"


def test_octets_of_a_name_are_opaque():
    """A Kelvin sign is not a K, and a name need not be UTF-8."""
    vkeys = [COSIGNERS[name].vkey.encode() for name in ("X1", "X2", "X3")]
    text = b"witness K %s\nwitness \xe2\x84\xaa %s\nwitness \xff %s\nquorum \xff\n" % tuple(vkeys)
    quorum = parse_quorum(text)
    assert len({w.name for w in quorum.witnesses}) == 3
    assert quorum.lacking(frozenset()) == r"'\udcff'"
    assert quorum.reached(frozenset({quorum.witnesses[2].name}))


V = {name: cosigner.vkey for name, cosigner in COSIGNERS.items()}
TWO = witness("X1") + witness("X2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "q has no quorum line"),
        (TWO, "q has no quorum line"),
        ("quorum none", "q:1: the line does not end in a newline"),
        ("quorum none\r\n", "q:1: the line holds a control character"),
        ("quorum none\nquorum none\n", "q:2: there is a quorum line already"),
        ("# x\nquorm none\n", "q:2: unknown word quorm (did you mean quorum?)"),
        ("quorum\n", "q:1: the line is not of the form: quorum NAME|none"),
        ("quorum none none\n", "q:1: the line is not of the form"),
        ("quorum none # why\n", "q:1: the line is not of the form"),
        ("quorum X1\n", "q:1: X1 is not defined on a line before"),
        ("quorum X1\n" + TWO, "q:1: X1 is not defined on a line before"),
        ("group g 1 X1\n" + TWO + "quorum g\n", "q:1: X1 is not defined on a line before"),
        (TWO + "group g any g\nquorum g\n", "q:3: g is not defined on a line before"),
        (TWO + "group g any none\nquorum g\n", "q:3: none is not defined on a line before"),
        (TWO + "group none any X1\n", "q:3: none cannot be a name"),
        (TWO + "group X1 any X1\n", "q:3: X1 is defined already"),
        (TWO + "group g any\nquorum g\n", "q:3: the line is not of the form: group NAME"),
        (TWO + "group g any X1 X1\nquorum g\n", "q:3: X1 is a member of a group already"),
        (TWO + "group g any X1\ngroup h any X1\n", "q:4: X1 is a member of a group already"),
        (TWO + "group g 0 X1 X2\n", "q:3: 0 is not all, any or a number from 1 to 2"),
        (TWO + "group g 3 X1 X2\n", "q:3: 3 is not all"),
        (TWO + "group g 01 X1 X2\n", "q:3: 01 is not all"),
        (TWO + "group g -1 X1 X2\n", "q:3: -1 is not all"),
        (TWO + "group g ² X1 X2\n", "q:3: ² is not all"),
        (TWO + "group g ALL X1 X2\n", "q:3: ALL is not all"),
        (witness("X1") + f"witness X1 {V['X2']}\n", "q:2: X1 is defined already"),
        (witness("X1") + f"witness Z {V['X1']}\n", "q:2: the key of witness Z is listed twice"),
        (f"witness {V['X1']}\n", "q:1: the line is not of the form: witness"),
        (f"witness X1 {V['X1']} http://a b\n", "q:1: the line is not of the form: witness"),
        (f"witness X1 {LOG.verifier.vkey}\n", "q:1: the verifier key is of type 01, not 04"),
        (f"witness X1 {V['X1'][:-1]}\n", "q:1: the verifier key is not base64"),
        (f"log {V['X1']}\n", "q:1: the verifier key is of type 04, not 01"),
        (f"log {LOG.verifier.vkey}\nlog {Signer('n', LOG.key).verifier.vkey}\n", "q:2: the key of"),
        ("log\n", "q:1: the line is not of the form: log VKEY"),
        ("quorum none\x00\n", "q:1: the line holds a control character"),
        ("quorum none\x7f\n", "q:1: the line holds a control character"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, said: str):
    with pytest.raises(EvidenceError) as caught:
        parse_quorum(text.encode(), "q")
    assert str(caught.value).startswith(said)


def test_32_of_everything_fit_and_65_do_not():
    keys = [Cosigner("w", PrivateKey.from_seed(bytes([n]) * 32).public) for n in range(65)]
    logs = [Signer("l", PrivateKey.from_seed(bytes([n]) * 32)).verifier for n in range(32)]
    lines = [f"witness w{n} {key.vkey}\n" for n, key in enumerate(keys)]
    groups = [f"group g{n} any w{n}\n" for n in range(32)]
    text = "".join([*(f"log {v.vkey}\n" for v in logs), *lines[:32], *groups, "quorum g31\n"])
    assert len(parse_quorum(text.encode()).groups) == 32
    with pytest.raises(EvidenceError, match="65: there are more than 64 witnesses"):
        parse_quorum("".join(lines).encode())


def test_a_chain_of_64_groups_is_weighed():
    lines = [witness("X1"), "group g0 any X1\n"]
    lines += [f"group g{n} all g{n - 1}\n" for n in range(1, 64)]
    assert lacking("".join(lines) + "quorum g63\n") == "X1"


def test_a_missing_file_is_none_and_a_bad_one_never_is(tmp_path: Path):
    assert find_quorum(tmp_path / "quorum") is None
    (tmp_path / "dead").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="does not exist"):
        find_quorum(tmp_path / "dead")
    with pytest.raises(UsageError, match="folder"):
        find_quorum(tmp_path)
    (tmp_path / "empty").touch()
    with pytest.raises(UsageError, match="no quorum line"):
        load_quorum(tmp_path / "empty")
