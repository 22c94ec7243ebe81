import json
import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from govgate import durable
from govgate.attest.bundle import MAX_VERSION, Bundle, add_signatures, sign_bundle
from govgate.attest.bundlefiles import BundleFile
from govgate.attest.keys import PrivateKey
from govgate.attest.trust import Role, Trust
from govgate.attest.trustfile import load_trust, save_trust
from govgate.errors import EvidenceError, IncompleteError, UsageError
from govgate.home import Home
from govgate.steps.bundles.install import install, verify_bundle
from govgate.steps.bundles.load import (
    bundled_path,
    bundled_policy,
    installed_names,
    load_bundle,
)
from govgate.steps.open import named_policy, policy_path

TODAY, EXPIRES, DAY = date(2026, 11, 25), date(2027, 2, 28), timedelta(days=1)
PUBLISHER, SECOND = PrivateKey.from_seed(b"\x01" * 32), PrivateKey.from_seed(b"\x02" * 32)
POLICY = """\
policy: {name}
version: 1
expires: 2027-06-30
purposes: [fine-tuning]
rules:
  - id: open
    when: {{license.class: [permissive]}}
    then: {{train: allow, retrieve: allow}}
"""
WAIVER = "fine-tuning/waivers/w-1f0c8e52ab90.json"
FILES = {
    "fine-tuning/policy.yaml": POLICY.format(name="fine").encode(),
    WAIVER: b"{}",
    "strict.yaml": POLICY.format(name="strict").encode(),
}
CLOCK = "the clock says"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.path.mkdir()
    trust = Trust().add(PUBLISHER.public, [Role.PUBLISHER])
    save_trust(trust.add(SECOND.public, [Role.PUBLISHER]), home.trust)
    return home


def bundle(
    version: int = 7,
    files: dict[str, bytes] | None = None,
    *,
    keys: tuple[PrivateKey, ...] = (PUBLISHER,),
    name: str = "acme",
    made: date = TODAY,
) -> bytes:
    inside = tuple(BundleFile(path, data) for path, data in sorted((files or FILES).items()))
    return sign_bundle(Bundle(name, version, made, EXPIRES, inside), keys)


def other_content() -> dict[str, bytes]:
    return {**FILES, "strict.yaml": POLICY.format(name="looser").encode()}


def state(home: Home) -> dict[str, object]:
    members: dict[str, object] = json.loads((home.path / "bundles/acme/state.json").read_bytes())
    return members


def files(home: Home) -> dict[str, bytes]:
    top = home.path / "bundles"
    return {p.relative_to(top).as_posix(): p.read_bytes() for p in top.rglob("*") if p.is_file()}


def load(home: Home, today: date = TODAY) -> None:
    load_bundle("acme", home, today=today)


def test_an_installed_bundle_answers_for_its_policies(home: Home) -> None:
    installed = install(bundle(), home, today=TODAY)
    assert installed.folder == home.path / "bundles" / "acme" / "7"
    for path, content in FILES.items():
        assert (installed.folder / path).read_bytes() == content
    assert state(home) == {
        "version": 7,
        "sha256": installed.signed.sha256,
        "seenOn": "2026-11-25",
        "threshold": 1,
        "signers": [PUBLISHER.keyid],
    }
    policy = bundled_policy("bundle:acme/fine-tuning", home, today=TODAY)
    assert policy.source == FILES["fine-tuning/policy.yaml"]
    assert policy.name_for_messages == "bundle:acme/fine-tuning"
    assert installed_names(home) == ["acme"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("fine-tuning", "fine-tuning/policy.yaml"),
        ("fine-tuning/", "fine-tuning/policy.yaml"),
        ("fine-tuning/policy.yaml", "fine-tuning/policy.yaml"),
        ("strict", "strict.yaml"),
        ("strict.yaml", "strict.yaml"),
    ],
)
def test_a_policy_is_asked_for_by_folder_or_file(home: Home, asked: str, found: str) -> None:
    folder = install(bundle(), home, today=TODAY).folder
    assert bundled_path(f"bundle:acme/{asked}", home, today=TODAY) == folder / found


@pytest.mark.parametrize("asked", ["", "/", "/loose", f"/{WAIVER}", "/../../../trust.json"])
def test_what_the_bundle_does_not_hold_as_a_policy_is_not_found(home: Home, asked: str) -> None:
    install(bundle(), home, today=TODAY)
    with pytest.raises(UsageError, match="name one of bundle:acme/fine-tuning, bundle:acme/strict"):
        bundled_path(f"bundle:acme{asked}", home, today=TODAY)


def test_the_only_policy_needs_no_name(home: Home) -> None:
    one = {"a/policy.yaml": FILES["strict.yaml"], "waivers/w": b"{}"}
    install(bundle(files=one), home, today=TODAY)
    assert bundled_path("bundle:acme", home, today=TODAY).name == "policy.yaml"


@pytest.mark.parametrize("name", ["bundle:", "bundle:../acme", "bundle:/etc", "bundle:Acme/x"])
def test_a_name_never_leaves_the_folder_of_bundles(home: Home, name: str) -> None:
    with pytest.raises(UsageError, match="names no bundle"):
        bundled_path(name, home, today=TODAY)


def test_every_command_takes_such_a_name(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = date.today() - DAY
    expires_late = Bundle("acme", 1, made, date.max, (BundleFile("p.yaml", FILES["strict.yaml"]),))
    install(sign_bundle(expires_late, [PUBLISHER]), home, today=date.today())
    assert named_policy("bundle:acme/p", home).name == "strict"
    monkeypatch.setenv("GOVGATE_HOME", str(home.path))
    assert named_policy("bundle:acme").name_for_messages == "bundle:acme"
    assert policy_path("bundle:acme").read_bytes() == FILES["strict.yaml"]


def test_a_policy_may_extend_another_of_its_bundle(home: Home) -> None:
    child = (
        "policy: child\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
        "extends: ../strict.yaml\n"
        "rules: [{id: none, when: always, then: {train: deny}}]\n"
    )
    install(bundle(files={**FILES, "child/policy.yaml": child.encode()}), home, today=TODAY)
    policy = bundled_policy("bundle:acme/child", home, today=TODAY)
    assert [rule.id for rule in policy.rules] == ["open", "none"]


def test_a_bundle_that_is_not_installed_is_named_with_those_that_are(home: Home) -> None:
    with pytest.raises(UsageError, match=r"bundle acme is not installed in .* \(installed: none\)"):
        load(home)
    install(bundle(name="other"), home, today=TODAY)
    with pytest.raises(UsageError, match=r"installed: other"):
        load(home)


def test_a_newer_version_takes_the_place_of_an_older_and_never_the_reverse(home: Home) -> None:
    install(bundle(7), home, today=TODAY)
    install(bundle(8, other_content()), home, today=TODAY)
    assert bundled_policy("bundle:acme/strict", home, today=TODAY).name == "looser"
    before = files(home)
    with pytest.raises(EvidenceError, match="version 7 is older than version 8, which was last"):
        install(bundle(7), home, today=TODAY + DAY)
    assert files(home) == before


def test_the_same_version_with_another_content_is_refused(home: Home) -> None:
    install(bundle(), home, today=TODAY)
    before = files(home)
    with pytest.raises(EvidenceError, match="its content differs"):
        install(bundle(files=other_content()), home, today=TODAY)
    assert files(home) == before


def test_installing_the_same_again_changes_nothing_but_the_day(home: Home) -> None:
    install(bundle(), home, today=TODAY)
    before = state(home)
    install(bundle(), home, today=TODAY + DAY)
    assert state(home) == {**before, "seenOn": "2026-11-26"}


def test_an_expired_bundle_is_refused_when_it_comes_and_when_it_is_used(home: Home) -> None:
    last = EXPIRES - DAY
    for day in (EXPIRES, EXPIRES + 100 * DAY):
        with pytest.raises(EvidenceError, match="version 7 expired on 2027-02-28"):
            install(bundle(), home, today=day)
    assert not (home.path / "bundles").exists()
    install(bundle(), home, today=last)
    load(home, last)
    with pytest.raises(EvidenceError, match="version 7 expired on 2027-02-28"):
        load(home, EXPIRES)


def test_a_clock_that_is_set_back_does_not_bring_a_bundle_back(home: Home) -> None:
    install(bundle(), home, today=TODAY)
    load(home, TODAY + 50 * DAY)
    assert state(home)["seenOn"] == str(TODAY + 50 * DAY)
    load(home, TODAY + 49 * DAY)
    for act in (load, lambda h, day: install(bundle(8), h, today=day)):
        with pytest.raises(EvidenceError, match=CLOCK):
            act(home, TODAY + 48 * DAY)
    assert state(home)["seenOn"] == str(TODAY + 50 * DAY)


def test_a_home_that_cannot_be_written_is_read_all_the_same(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(bundle(), home, today=TODAY)

    def refuse(path: Path, data: bytes, mode: int = 0o644) -> None:
        raise IncompleteError("read-only")

    monkeypatch.setattr(durable, "write_durably", refuse)
    load(home, TODAY + DAY)
    assert state(home)["seenOn"] == "2026-11-25"


def test_a_bundle_loses_its_force_with_its_publisher_s_key(home: Home) -> None:
    install(bundle(), home, today=TODAY)
    save_trust(load_trust(home.trust).revoke(PUBLISHER.keyid, TODAY), home.trust)
    with pytest.raises(EvidenceError, match="was revoked on 2026-11-25"):
        load(home)
    with pytest.raises(EvidenceError, match="was revoked on 2026-11-25"):
        install(bundle(8), home, today=TODAY)


def test_a_threshold_stays_with_the_home(home: Home) -> None:
    both = (PUBLISHER, SECOND)
    with pytest.raises(EvidenceError, match="1 publisher's signature that counts, and 2 must be"):
        install(bundle(), home, today=TODAY, threshold=2)
    install(bundle(keys=both), home, today=TODAY, threshold=2)
    with pytest.raises(EvidenceError, match="2 must be"):
        install(bundle(8), home, today=TODAY)
    with pytest.raises(UsageError, match="2 publishers must sign bundle acme"):
        install(bundle(8), home, today=TODAY, threshold=1)
    install(add_signatures(bundle(8), [SECOND]), home, today=TODAY)
    assert state(home)["threshold"] == 2
    signed_once = home.path / "bundles/acme/8/acme.bundle"
    signed_once.write_bytes(bundle(8))
    with pytest.raises(EvidenceError, match="2 must be"):
        load(home)


def test_verifying_installs_nothing(home: Home) -> None:
    trust = load_trust(home.trust)
    assert verify_bundle(bundle(), trust, today=TODAY).bundle.version == 7
    with pytest.raises(EvidenceError, match="expired"):
        verify_bundle(bundle(), trust, today=EXPIRES)
    with pytest.raises(EvidenceError, match="2 must be"):
        verify_bundle(bundle(), trust, today=TODAY, threshold=2)
    assert not (home.path / "bundles").exists()


def put_older_back(folder: Path) -> None:
    (folder / "acme.bundle").write_bytes(bundle(6))


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a policy edited": (lambda f: (f / "strict.yaml").write_bytes(b"policy: x\n"), "was changed"),
    "a waiver edited": (lambda f: (f / WAIVER).write_bytes(b"{ }"), "was changed"),
    "a policy grown": (lambda f: (f / "strict.yaml").open("ab").write(b"\n"), "was changed"),
    "a waiver added": (lambda f: (f / "fine-tuning/waivers/w").write_bytes(b"{}"), "was added"),
    "a policy added": (lambda f: (f / "loose.yaml").write_bytes(b"x"), "was added"),
    "waivers added at the top": (
        lambda f: ((f / "waivers").mkdir(), (f / "waivers/w").write_bytes(b"{}")),
        "was added",
    ),
    "a waiver removed": (lambda f: (f / WAIVER).unlink(), "is missing"),
    "a link": (
        lambda f: (
            shutil.move(f / "strict.yaml", f.parent / "s"),
            os.symlink("../s", f / "strict.yaml"),
        ),
        "is a link",
    ),
    "the folder is a link": (
        lambda f: (f.rename(f.parent / "real"), f.symlink_to(f.parent / "real")),
        "is a link",
    ),
    "the signed file removed": (lambda f: (f / "acme.bundle").unlink(), "is missing"),
    "an older one put back": (put_older_back, "bundle acme version 6, which was not installed so"),
    "another content of it": (
        lambda f: (f / "acme.bundle").write_bytes(bundle(files=other_content())),
        "which was not installed so",
    ),
    "another bundle": (
        lambda f: (f / "acme.bundle").write_bytes(bundle(name="other")),
        "is bundle other version 7, which was not installed so",
    ),
    "the folder removed": (shutil.rmtree, "is missing"),
    "the state removed": (lambda f: (f.parent / "state.json").unlink(), "memory of its last"),
    "the state damaged": (lambda f: (f.parent / "state.json").write_bytes(b"{"), "state.json"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_nothing_that_lies_in_the_home_is_believed_for_lying_there(home: Home, what: str) -> None:
    folder = install(bundle(), home, today=TODAY).folder
    load(home)
    do, reason = DAMAGE[what]
    do(folder)
    with pytest.raises(EvidenceError, match=reason):
        load(home)
    if what != "the state damaged":
        install(bundle(), home, today=TODAY)  # and installing it again mends it
        load(home)
        assert {p for p in files(home) if p.startswith("acme/7/")} == {
            f"acme/7/{path}" for path in (*FILES, "acme.bundle")
        }


def test_an_older_folder_put_in_the_newer_one_s_place_is_refused(home: Home) -> None:
    old = install(bundle(7, other_content()), home, today=TODAY).folder
    new = install(bundle(8), home, today=TODAY).folder
    shutil.rmtree(new)
    shutil.copytree(old, new)
    with pytest.raises(EvidenceError, match="bundle acme version 7, which was not installed so"):
        load(home)


@pytest.mark.parametrize("first", [True, False])
def test_an_installation_that_was_cut_off_leaves_the_last_one_in_force(
    home: Home, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    if not first:
        install(bundle(7), home, today=TODAY)
    with monkeypatch.context() as patch:

        def killed(path: Path, data: bytes, mode: int = 0o644) -> None:
            raise KeyboardInterrupt

        patch.setattr(durable, "write_durably", killed)
        with pytest.raises(KeyboardInterrupt):
            install(bundle(8, other_content()), home, today=TODAY)
    assert (home.path / "bundles/acme/8/strict.yaml").is_file()
    if first:
        with pytest.raises(EvidenceError, match="the installation of bundle acme was cut off"):
            load(home)
    else:
        assert load_bundle("acme", home, today=TODAY).bundle.version == 7
    install(bundle(8), home, today=TODAY)  # other bytes than those left over: nothing vouched
    assert bundled_policy("bundle:acme/strict", home, today=TODAY).name == "strict"


def test_files_are_durable_before_the_state_that_names_them(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync_tree, write = durable.sync_tree, durable.write_durably
    monkeypatch.setattr(
        durable, "sync_tree", lambda path: (done.append(f"sync {path.name}"), sync_tree(path))[1]
    )
    monkeypatch.setattr(
        durable,
        "write_durably",
        lambda path, data: (
            done.append(f"{path.name}, files {(path.parent / '7').is_dir()}"),
            write(path, data),
        )[1],
    )
    install(bundle(), home, today=TODAY)
    assert done == ["sync .7.partial", "state.json, files True"]


def test_a_bundle_that_this_version_cannot_read_does_not_replace_one_that_it_can(
    home: Home,
) -> None:
    install(bundle(7), home, today=TODAY)
    before = files(home)
    later = POLICY.format(name="strict") + "feature-of-tomorrow: yes\n"
    with pytest.raises(UsageError, match="unknown key 'feature-of-tomorrow'"):
        install(bundle(8, {**FILES, "strict.yaml": later.encode()}), home, today=TODAY)
    assert files(home) == before
    assert not [p for p in (home.path / "bundles/acme").iterdir() if "partial" in p.name]
    load(home)


def test_a_home_recovers_from_a_stolen_key_that_signed_the_highest_version(home: Home) -> None:
    install(bundle(7, keys=(SECOND,)), home, today=TODAY)
    install(bundle(MAX_VERSION), home, today=TODAY)
    good = bundle(8, keys=(SECOND,))
    with pytest.raises(EvidenceError, match="is older than"):
        install(good, home, today=TODAY)
    with pytest.raises(EvidenceError, match="signed by keys that are not revoked"):
        install(good, home, today=TODAY, recover=True)
    save_trust(load_trust(home.trust).revoke(PUBLISHER.keyid, TODAY), home.trust)
    with pytest.raises(EvidenceError, match="is older than"):
        install(good, home, today=TODAY)
    install(good, home, today=TODAY, recover=True)
    assert load_bundle("acme", home, today=TODAY).bundle.version == 8
    with pytest.raises(EvidenceError, match="not revoked"):
        install(bundle(7, keys=(SECOND,)), home, today=TODAY, recover=True)
