"""`govgate stamp` and `govgate key authority`, against a real authority on this machine."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.tsa import Tsa, needed, serving

pytest.importorskip("rfc3161_client", reason="govgate[timestamp] is not installed")
pytestmark = needed
TITLE = "its time stamp holds"


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    return Tsa(tmp_path_factory.mktemp("tsa") / "tsa")


@pytest.fixture
def run(gated: Path, tmp_path: Path) -> Path:
    return shutil.copytree(gated, tmp_path / "run")


@pytest.fixture
def own(cli: Cli, home: Path, tsa: Tsa, tmp_path: Path) -> Path:
    """A copy of the home that trusts the authority."""
    copy = shutil.copytree(home, tmp_path / "home")
    done = cli("key", "authority", tsa.folder / "root.pem", "--home", copy)
    assert (done.returncode, done.stdout) == (0, "authority  CN=root\n"), done.stderr
    return copy


def stamped(cli: Cli, run: Path, own: Path, tsa: Tsa) -> Path:
    with serving(tsa.answer) as url:
        done = cli("stamp", run, "--tsa", url, "--home", own)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("Z by CN=a time authority,O=Tests\n")
    return run / "timestamp.tsr"


def step(cli: Cli, run: Path, own: Path) -> dict[str, object]:
    """The step about the time stamp, and nothing that fails before it."""
    answer = json.loads(cli("verify", run, "--home", own, "--json").stdout)
    assert all(one["holds"] for one in answer["steps"][:5])
    found: dict[str, object] = answer["steps"][5]
    assert (found["number"], found["title"]) == (6, TITLE)
    assert answer["holds"] is found["holds"]
    return found


def test_a_run_gets_a_stamp_over_http_and_verifies_with_it(
    cli: Cli, run: Path, own: Path, tsa: Tsa
) -> None:
    assert step(cli, run, own)["detail"] == "none"
    stamped(cli, run, own, tsa)
    detail = str(step(cli, run, own)["detail"])
    time, _, authority = detail.partition(" by ")
    assert abs(datetime.fromisoformat(time) - datetime.now(UTC)) < timedelta(minutes=10)
    assert authority == "CN=a time authority,O=Tests"
    assert cli("run", run, "--home", own, "--", "true").returncode == 0


def test_a_run_gets_a_stamp_in_two_steps_with_openssl(
    cli: Cli, run: Path, own: Path, tsa: Tsa, tmp_path: Path
) -> None:
    query, answer = tmp_path / "q.tsq", tmp_path / "a.tsr"
    assert cli("stamp", run, "--request", query, "--home", own).returncode == 0
    again = cli("stamp", run, "--request", query, "--home", own)
    assert (again.returncode, "exists already" in again.stderr) == (2, True)
    answer.write_bytes(tsa.answer(query.read_bytes()))
    other = tmp_path / "other.tsq"
    assert cli("stamp", run, "--request", other, "--home", own).returncode == 0
    done = cli("stamp", run, "--request", other, "--response", answer, "--home", own)
    assert done.returncode == 5
    assert "answers another query" in done.stderr
    assert not (run / "timestamp.tsr").exists()
    done = cli("stamp", run, "--request", query, "--response", answer, "--home", own)
    assert done.returncode == 0, done.stderr
    assert step(cli, run, own)["holds"] is True
    checked = subprocess.run(
        [
            *("openssl", "ts", "-verify", "-queryfile", query, "-in", run / "timestamp.tsr"),
            *("-CAfile", tsa.folder / "root.pem"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verification: OK" in checked.stdout + checked.stderr


def test_a_stamp_of_another_record_is_not_put_and_does_not_verify(
    cli: Cli, run: Path, retrieval_only: Path, own: Path, tsa: Tsa, tmp_path: Path
) -> None:
    other = shutil.copytree(retrieval_only, tmp_path / "other")
    theirs = stamped(cli, other, own, tsa)
    done = cli("stamp", run, "--response", theirs, "--home", own)
    assert done.returncode == 5
    assert "something else than this signature" in done.stderr
    assert not (run / "timestamp.tsr").exists()
    shutil.copy(theirs, run)
    assert "something else than this signature" in str(step(cli, run, own)["detail"])
    assert cli("run", run, "--home", own, "--", "true").returncode == 125


def test_a_good_stamp_is_replaced_on_request_alone(
    cli: Cli, run: Path, own: Path, tsa: Tsa
) -> None:
    path = stamped(cli, run, own, tsa)
    first = path.read_bytes()
    with serving(tsa.answer) as url:
        done = cli("stamp", run, "--tsa", url, "--home", own)
        assert done.returncode == 2
        assert "holds already" in done.stderr
        assert "--replace" in done.stderr
        assert path.read_bytes() == first
        assert cli("stamp", run, "--tsa", url, "--home", own, "--replace").returncode == 0
        assert path.read_bytes() != first
        path.write_bytes(first[:-1])
        assert cli("stamp", run, "--tsa", url, "--home", own).returncode == 0
    assert step(cli, run, own)["holds"] is True


def test_a_worse_answer_never_takes_the_place_of_a_stamp(
    cli: Cli, run: Path, own: Path, tsa: Tsa
) -> None:
    path = stamped(cli, run, own, tsa)
    first = path.read_bytes()
    with serving(lambda _: b"busy") as url:
        assert cli("stamp", run, "--tsa", url, "--home", own, "--replace").returncode == 5
    assert path.read_bytes() == first


def test_a_stamp_by_nobody_trusted_fails(
    cli: Cli, run: Path, own: Path, home: Path, tsa: Tsa
) -> None:
    stamped(cli, run, own, tsa)
    assert "lists no time-stamp authority" in str(step(cli, run, home)["detail"])


@pytest.mark.parametrize("kind", ["link", "folder", "huge", "empty"])
def test_only_a_plain_small_file_is_a_stamp(
    cli: Cli, run: Path, own: Path, tsa: Tsa, kind: str
) -> None:
    path = stamped(cli, run, own, tsa)
    kept = path.rename(run.parent / "kept.tsr")
    match kind:
        case "link":
            path.symlink_to(kept)
        case "folder":
            path.mkdir()
        case "huge":
            path.write_bytes(kept.read_bytes() + bytes(100_000))
        case _:
            path.touch()
    assert step(cli, run, own)["holds"] is False


def test_where_a_stamp_is_required_a_record_without_one_does_not_verify(
    cli: Cli, run: Path, own: Path, tsa: Tsa
) -> None:
    done = cli("key", "authority", tsa.folder / "root.pem", "--require", "--home", own)
    assert done.returncode == 0, done.stderr
    detail = str(step(cli, run, own)["detail"])
    assert "the trust file asks for one; get one with: govgate stamp" in detail
    stamped(cli, run, own, tsa)
    assert step(cli, run, own)["holds"] is True


def test_keys_that_are_added_later_leave_the_authorities_in_place(
    cli: Cli, run: Path, own: Path, tsa: Tsa
) -> None:
    stamped(cli, run, own, tsa)
    assert cli("key", "add", "alice", "--role", "approver", "--home", own).returncode == 0
    assert step(cli, run, own)["holds"] is True


def test_a_changed_record_is_not_stamped(cli: Cli, run: Path, own: Path, tsa: Tsa) -> None:
    record = run / "record.intoto.jsonl"
    data = bytearray(record.read_bytes())
    data[40] ^= 1
    record.write_bytes(data)
    done = cli("stamp", run, "--request", run.parent / "q.tsq", "--home", own)
    assert done.returncode == 5
    assert not (run.parent / "q.tsq").exists()


def test_what_a_killed_write_left_is_cleared_away(cli: Cli, run: Path, own: Path, tsa: Tsa) -> None:
    (run / f".govgate-{'a' * 16}.tmp").write_bytes(b"half a stamp")
    stamped(cli, run, own, tsa)
    assert step(cli, run, own)["holds"] is True


def test_an_authority_that_gives_no_stamp_changes_nothing(
    cli: Cli, run: Path, own: Path, tsa: Tsa
) -> None:
    before = sorted(path.name for path in run.iterdir())

    def asked(url: str) -> "subprocess.CompletedProcess[str]":
        done = cli("stamp", run, "--tsa", url, "--home", own)
        assert sorted(path.name for path in run.iterdir()) == before
        assert "s3cret" not in done.stderr
        return done

    with serving(lambda _: b"no", status=503) as url:
        done = asked(url)
        assert (done.returncode, "status 503" in done.stderr) == (4, True)
    assert asked(url).returncode == 4  # nobody listens there any more
    with serving(tsa.answer) as good, serving(lambda _: b"", status=302, Location=good) as url:
        assert asked(url).returncode == 4
    with serving(lambda _: bytes(200_000)) as url:
        done = asked(url)
        assert (done.returncode, "larger than 65536 bytes" in done.stderr) == (5, True)
    for address in (
        "file:///etc/hostname",
        "ftp://example.com/",
        "example.com",
        "http://",
        "http://[",
    ):
        assert asked(address).returncode == 2
    with serving(tsa.answer) as url:
        assert asked(url.replace("127", "me:s3cret@127")).returncode == 2


def test_what_was_asked_has_to_be_clear(cli: Cli, run: Path, own: Path, home: Path) -> None:
    for arguments in ((), ("--tsa", "http://x.test/", "--request", run.parent / "q")):
        done = cli("stamp", run, *arguments, "--home", own)
        assert done.returncode == 2
        assert "give --tsa, or --request, or --response" in done.stderr
    done = cli("stamp", run, "--tsa", "http://x.test/", "--home", home)
    assert done.returncode == 2
    assert "govgate key authority CERT.pem" in done.stderr


def test_without_the_package_the_extra_is_named(
    cli: Cli, run: Path, own: Path, tsa: Tsa, tmp_path: Path
) -> None:
    stamped(cli, run, own, tsa)
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide" / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hide:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'rfc3161_client':\n"
        "            raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Hide())\n",
        encoding="utf-8",
    )
    root = Path(__file__).resolve().parents[2]
    env = {"PYTHONPATH": f"{tmp_path / 'hide'}:{root}"}
    for command in (("stamp", run, "--request", tmp_path / "q"), ("verify", run)):
        done = cli(*command, "--home", own, env=env)
        assert done.returncode == 2
        assert "pip install 'govgate[timestamp]'" in done.stderr
    (run / "timestamp.tsr").unlink()
    assert cli("verify", run, "--home", own, env=env).returncode == 0


def test_only_a_certificate_in_which_a_chain_can_end_is_listed(
    cli: Cli, own: Path, tsa: Tsa, tmp_path: Path
) -> None:
    def listed(path: Path) -> "subprocess.CompletedProcess[str]":
        return cli("key", "authority", path, "--home", own)

    before = (own / "trust.json").read_bytes()
    two = tmp_path / "two.pem"
    two.write_text(tsa.root + tsa.pem("between"), encoding="ascii")
    key = tsa.folder / "root.key"
    text = tmp_path / "text.pem"
    text.write_text("Root of trust\n" + tsa.pem("between"), encoding="ascii")
    for path, why in (
        (two, "2 certificates"),
        (key, "not a certificate"),
        (text, "something beside"),
        (tsa.folder / "signer.pem", "signer's own"),
        (tsa.folder / "root.pem", "already"),
        (tmp_path / "none.pem", "does not exist"),
    ):
        done = listed(path)
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    assert (own / "trust.json").read_bytes() == before
    assert listed(tsa.folder / "between.pem").returncode == 0
