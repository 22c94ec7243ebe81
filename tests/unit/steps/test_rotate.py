"""A rotation cut short at any of its writes is taken up by the next one."""

import os
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from govgate import durable
from govgate.attest.keyfile import load_key, new_key
from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log
from govgate.attest.trust import Role, Trust
from govgate.attest.trustfile import load_trust, save_trust
from govgate.errors import UsageError
from govgate.home import Home
from govgate.steps.rotate import rotate

TODAY = date(2026, 6, 15)
ORIGIN = "example.com/log"


class Killed(BaseException):
    pass


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    (home.path / "keys").mkdir(parents=True)
    gate, log = new_key(home.gate_key), new_key(home.log_key)
    Log.create(home.log, ORIGIN, log).append(b"first")
    trust = Trust().add(gate.public, [Role.GATE], name="gate")
    save_trust(trust.add(log.public, [Role.LOG], name=ORIGIN), home.trust)
    return home


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Every write, link and replacement counts; the one of number ``step`` never happens."""
    done = 0

    def counting(real):
        def call(*args, **kwargs):
            nonlocal done
            done += 1
            if done == step:
                raise Killed
            return real(*args, **kwargs)

        return call

    monkeypatch.setattr(durable, "write_durably", counting(durable.write_durably))
    monkeypatch.setattr("govgate.attest.keyfile.durable.sync_dir", counting(durable.sync_dir))
    monkeypatch.setattr(os, "link", counting(os.link))
    monkeypatch.setattr(os, "replace", counting(os.replace))


@pytest.mark.parametrize("role", [Role.GATE, Role.LOG])
def test_a_rotation_killed_at_any_write_is_taken_up_by_the_next(home, role, monkeypatch, tmp_path):
    for step in range(1, 40):
        cut = Home(tmp_path / f"home{step}")
        shutil.copytree(home.path, cut.path)
        old = load_key(cut.gate_key if role is Role.GATE else cut.log_key)
        with monkeypatch.context() as patched:
            kill_at(patched, step)
            try:
                rotate(cut, role, None, TODAY)
            except Killed:
                killed = True
            else:
                killed = False
        check_signs(cut, role)
        if not killed:
            assert step > 8, "too few writes were seen for this test to mean anything"
            return
        if load_key(cut.gate_key if role is Role.GATE else cut.log_key).public == old.public:
            done = rotate(cut, role, None, TODAY)
            assert done.old == old.public
            assert load_key(done.retired).public == old.public
            check_signs(cut, role)
        assert not list((cut.path / "keys").glob(".*"))
    pytest.fail("the rotation never came to its end")


def check_signs(home: Home, role: Role) -> None:
    """The key of ``role`` counts, and the log verifies with the keys that the trust file lists."""
    trust = load_trust(home.trust)
    key = load_key(home.log_key if role is Role.LOG else home.gate_key)
    assert trust.objection(key.public, role, TODAY) is None
    log = Log(home.log, ORIGIN, load_key(home.log_key), trust.keys_of_log(ORIGIN))
    assert log.verify().size == 1


def test_the_key_that_was_trusted_before_the_end_takes_over_the_next_day(home, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(os, "link", lambda *_: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            rotate(home, Role.GATE, None, TODAY)
    tomorrow = TODAY + timedelta(days=1)
    (named,) = [key for key in load_trust(home.trust).keys if key.not_before == TODAY]
    done = rotate(home, Role.GATE, None, tomorrow)
    assert done.new == named.public == load_key(home.gate_key).public
    assert load_trust(home.trust).objection(done.new, Role.GATE, tomorrow) is None
    assert len(load_trust(home.trust).keys) == 3


def test_a_new_key_that_nobody_trusts_is_not_taken_over(home):
    stray = new_key(home.gate_key.with_name(".gate.new.pem"))
    done = rotate(home, Role.GATE, None, TODAY)
    assert done.new != stray.public


def test_the_new_log_key_goes_on_from_a_checkpoint_that_only_the_old_one_signed(home):
    old = load_key(home.log_key)
    rotate(home, Role.LOG, None, TODAY)
    Log(home.log, ORIGIN, old).append(b"by a gate that had the old key in memory")
    new = load_key(home.log_key)
    older = load_trust(home.trust).keys_of_log(ORIGIN)
    log = Log(home.log, ORIGIN, new, older)
    assert log.append(b"third") == 2
    assert log.verify().size == 3


def test_a_key_that_does_not_count_names_no_successor(home):
    trust = load_trust(home.trust)
    save_trust(trust.revoke(load_key(home.gate_key).keyid, TODAY), home.trust)
    before = home.trust.read_bytes()
    with pytest.raises(UsageError, match="was revoked"):
        rotate(home, Role.GATE, None, TODAY)
    assert home.trust.read_bytes() == before
    assert sorted(p.name for p in (home.path / "keys").iterdir()) == ["gate.pem", "log.pem"]
    other = PrivateKey.generate()
    save_trust(Trust().add(other.public, [Role.GATE], name="gate"), home.trust)
    with pytest.raises(UsageError, match="does not list"):
        rotate(home, Role.GATE, None, TODAY)
