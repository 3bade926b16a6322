"""Keys at rest: created with tight rights, refused with loose ones, rotated, whole after any crash."""

import base64
import fcntl
import json
import os
import stat
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from keys.certificates import owner_of
from keys.custody import FileCustody
from keys.errors import CustodyRefused
from keys.keyring import Purpose
from keys.minting import NOBODY, Owner
from keys.sealing import open_field, seal_field

DAY = timedelta(days=1)
CHEAP = (Purpose.TOKEN_SIGNING, Purpose.FIELD_SEALING, Purpose.DERIVATION, Purpose.LOG_SIGNING)


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def custody(directory, now):
    made = FileCustody(directory)
    made.ensure(CHEAP, now)
    return made


def one_file(directory, purpose=Purpose.TOKEN_SIGNING):
    return next(directory.glob(f"{purpose}.*.key.json"))


def change(path, **fields):
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **fields}))


def refusal(custody):
    with pytest.raises(CustodyRefused) as caught:
        custody.load()
    return caught.value


def test_what_was_made_is_what_is_loaded(custody, now):
    """A loaded keyring holds the same keys, down to the private number and the certificate."""
    made = custody.ensure((*CHEAP, Purpose.SAML_SIGNING), now)
    loaded = custody.load()
    assert sorted(key.kid for key in made) == sorted(key.kid for key in loaded)
    for purpose in (*CHEAP, Purpose.SAML_SIGNING):
        one, other = made.current(purpose, now), loaded.current(purpose, now)
        assert one == other
        assert one.certificate == other.certificate
    token = [ring.current(Purpose.TOKEN_SIGNING, now).private_key.private_numbers() for ring in (made, loaded)]
    assert token[0] == token[1]


def test_ensure_creates_only_what_is_missing(custody, now):
    """A second start makes no key anew."""
    before = {key.kid for key in custody.load()}
    after = {key.kid for key in custody.ensure((*CHEAP, Purpose.RECEIPT_SIGNING), now + DAY)}
    assert before < after
    assert len(after) == len(before) + 1


def test_a_key_once_found_sound_is_not_taken_for_its_changed_self(custody, directory, now):
    """A sound RSA key is checked once; one whose private half was changed is refused however often the sound one was read."""
    custody.ensure((Purpose.SAML_SIGNING,), now)
    custody.load()
    path = one_file(directory, Purpose.SAML_SIGNING)
    material = json.loads(path.read_text())["material"]
    der = bytearray(base64.b64decode("".join(material.splitlines()[1:-1])))
    der[len(der) // 2] ^= 1  # in a prime of it: neither length nor public half change
    change(
        path,
        material="-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der).decode() + "\n-----END PRIVATE KEY-----\n",
    )
    assert refusal(custody).code == "key-file-malformed"
    change(path, material=material)
    assert len(list(custody.load())) == len(CHEAP) + 1


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_rights_are_tight_whatever_the_umask(directory, now, umask):
    """The directory is 0700 and each file 0600, also under a careless umask."""
    old = os.umask(umask)
    try:
        FileCustody(directory).ensure(CHEAP, now)
    finally:
        os.umask(old)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}


@pytest.mark.parametrize("rights", [0o640, 0o604, 0o660, 0o610])
def test_a_key_file_others_can_reach_is_refused_with_cause_and_cure(custody, directory, rights):
    """Any right for group or others stops the start and names the command that cures it."""
    custody.load()
    path = one_file(directory)
    path.chmod(rights)
    error = refusal(custody)
    assert error.code == "rights-too-loose"
    assert f"rights {rights:04o}" in error.detail
    assert f"chmod 600 {path}" in error.detail
    path.chmod(0o600)
    custody.load()


def test_a_directory_others_can_reach_is_refused_with_cause_and_cure(custody, directory, now):
    """Neither reading nor writing goes on in an open directory."""
    directory.chmod(0o755)
    error = refusal(custody)
    assert error.code == "rights-too-loose"
    assert f"chmod 700 {directory}" in error.detail
    with pytest.raises(CustodyRefused):
        custody.ensure(CHEAP, now)
    directory.chmod(0o700)
    custody.load()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_another_user_is_refused(custody, directory):
    """Its owner could read and change it."""
    custody.load()
    os.chown(one_file(directory), 65534, -1)
    assert refusal(custody).code == "owner-differs"


def test_a_missing_directory_is_refused_with_its_cure(directory):
    """Loading creates nothing."""
    error = refusal(FileCustody(directory))
    assert error.code == "directory-missing"
    assert "mkdir -m 700" in error.detail
    assert not directory.exists()


def test_a_link_instead_of_a_key_file_is_refused(custody, directory, tmp_path):
    """A link may lead where the rights are not ours to judge."""
    path = one_file(directory)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert refusal(custody).code == "key-file-unreadable"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"format": "idgateway-key/2"}, "key-file-format"),
        ({"comment": "mine"}, "key-file-malformed"),
        ({"purpose": "receipt-signing"}, "key-file-name"),
        ({"purpose": "log-signing"}, "key-file-purpose"),
        ({"purpose": "log-signing", "algorithm": "Ed25519"}, "key-file-purpose"),
        ({"purpose": "wishing"}, "key-file-malformed"),
        ({"algorithm": "none"}, "key-file-purpose"),
        ({"kid": "AAAAAAAAAAAAAAAA"}, "key-file-kid"),
        ({"not_before": "2026-11-24T09:30:00"}, "key-file-window"),
        ({"not_after": "2020-01-01T00:00:00+00:00"}, "key-file-window"),
        ({"not_before": "soon"}, "key-file-malformed"),
        ({"material": "c2hvcnQ="}, "key-file-purpose"),
        ({"material": "-----BEGIN PRIVATE KEY-----"}, "key-file-malformed"),
        ({"material": 5}, "key-file-malformed"),
    ],
)
def test_a_key_file_that_does_not_fit_itself_is_refused(custody, directory, fields, code):
    """Form, purpose, id, window and key must agree; the message names the file and never quotes the key."""
    custody.load()
    path = one_file(directory)
    change(path, **fields)
    error = refusal(custody)
    assert error.code == code
    assert str(path) in error.detail
    assert "BEGIN" not in error.detail


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"x" * 70_000])
def test_a_file_that_is_no_key_file_is_refused(custody, directory, content):
    """Empty, cut, foreign or huge: one clear error."""
    one_file(directory).write_bytes(content)
    assert refusal(custody).code in ("key-file-malformed", "key-file-format")


def test_a_certificate_of_another_key_is_refused(directory, now):
    """A certificate swapped between two key files is found at load."""
    custody = FileCustody(directory)
    custody.ensure([Purpose.SAML_SIGNING, Purpose.SAML_ENCRYPTION], now)
    custody.load()
    other = json.loads(one_file(directory, Purpose.SAML_ENCRYPTION).read_text())["certificate"]
    change(one_file(directory, Purpose.SAML_SIGNING), certificate=other)
    assert refusal(custody).code == "key-file-certificate"


def test_rotation_makes_a_new_current_key_and_keeps_the_old_one_for_a_while(custody, now):
    """Until its retention is over the old key still verifies; then it is out, the new one stays."""
    old = custody.load().current(Purpose.TOKEN_SIGNING, now)
    new = custody.rotate(Purpose.TOKEN_SIGNING, now + DAY)
    keyring = custody.load()
    assert keyring.current(Purpose.TOKEN_SIGNING, now + DAY) == new
    assert [key.kid for key in keyring.usable(Purpose.TOKEN_SIGNING, now + 91 * DAY)] == [new.kid, old.kid]
    assert [key.kid for key in keyring.usable(Purpose.TOKEN_SIGNING, now + 101 * DAY)] == [new.kid]
    assert keyring.by_id(old.kid, Purpose.TOKEN_SIGNING).not_after == now + 101 * DAY


def test_what_a_rotated_key_sealed_stays_readable(custody, now):
    """Sealing keys stay open-ended after rotation, and new values are sealed under the new one."""
    old = custody.load().current(Purpose.FIELD_SEALING, now)
    sealed = seal_field(old, b"value", b"context")
    custody.rotate(Purpose.FIELD_SEALING, now + DAY)
    keyring = custody.load()
    assert keyring.current(Purpose.FIELD_SEALING, now + DAY).kid != old.kid
    assert open_field(keyring, sealed, b"context") == b"value"


def test_a_second_rotation_does_not_prolong_the_first_key(custody, now):
    """Each key gets its end once."""
    first = custody.load().current(Purpose.TOKEN_SIGNING, now)
    custody.rotate(Purpose.TOKEN_SIGNING, now + DAY)
    custody.rotate(Purpose.TOKEN_SIGNING, now + 2 * DAY)
    assert custody.load().by_id(first.kid, Purpose.TOKEN_SIGNING).not_after == now + 101 * DAY


def test_rotation_at_the_moment_of_the_last_one_is_refused(custody, now):
    """Two keys that begin together would leave open which one is current."""
    with pytest.raises(CustodyRefused) as caught:
        custody.rotate(Purpose.TOKEN_SIGNING, now)
    assert caught.value.code == "rotate-too-early"
    assert len(custody.load().usable(Purpose.TOKEN_SIGNING, now)) == 1
    custody.rotate(Purpose.TOKEN_SIGNING, now + timedelta(microseconds=1))


def test_an_announced_key_is_published_before_it_signs(custody, now):
    """Until its day the old key signs and both are published; from then on it signs and the old one still verifies."""
    old = custody.load().current(Purpose.TOKEN_SIGNING, now)
    new = custody.rotate(Purpose.TOKEN_SIGNING, now + DAY, now + 8 * DAY)
    keyring = custody.load()
    for day, signs in ((1, old), (7.99, old), (8, new)):
        at = now + day * DAY
        assert keyring.current(Purpose.TOKEN_SIGNING, at).kid == signs.kid
        assert {key.kid for key in keyring.published(Purpose.TOKEN_SIGNING, at)} == {old.kid, new.kid}
    assert [key.kid for key in keyring.usable(Purpose.TOKEN_SIGNING, now + 7 * DAY)] == [old.kid]
    assert keyring.by_id(old.kid, Purpose.TOKEN_SIGNING).not_after == now + 108 * DAY
    assert [key.kid for key in keyring.published(Purpose.TOKEN_SIGNING, now + 109 * DAY)] == [new.kid]


def test_an_announced_certificate_is_valid_from_its_making(custody, now):
    """It is shown at once, so nobody may find it not yet valid."""
    custody.ensure([Purpose.SAML_SIGNING], now)
    key = custody.rotate(Purpose.SAML_SIGNING, now + DAY, now + 8 * DAY)
    assert key.not_before == now + 8 * DAY
    assert key.certificate.not_valid_before_utc <= now + DAY


@pytest.mark.parametrize(
    ("purpose", "days"), [(Purpose.TOKEN_SIGNING, 1), (Purpose.TOKEN_SIGNING, 0), (Purpose.FIELD_SEALING, 8)]
)
def test_what_cannot_be_announced_is_refused(custody, now, purpose, days):
    """A moment that is over, or a key whose public half nobody reads before it is used; nothing is changed."""
    custody.rotate(Purpose.LOG_SIGNING, now + DAY, now + 2 * DAY)
    before = {key.kid for key in custody.load()}
    with pytest.raises(CustodyRefused) as caught:
        custody.rotate(purpose, now + DAY, now + days * DAY)
    assert caught.value.code == "cannot-announce"
    assert {key.kid for key in custody.load()} == before


def test_one_key_is_announced_at_a_time(custody, now):
    """Two of each during a rollover: the one that signs and the one to come; a third only when that is current."""
    custody.rotate(Purpose.SAML_SIGNING, now + DAY, now + 8 * DAY)
    with pytest.raises(CustodyRefused) as caught:
        custody.rotate(Purpose.SAML_SIGNING, now + 2 * DAY, now + 9 * DAY)
    assert caught.value.code == "already-announced"
    custody.rotate(Purpose.SAML_SIGNING, now + 8 * DAY, now + 16 * DAY)


def test_nothing_overtakes_an_announced_key(custody, now):
    """A rotation before its day would be undone by it, and is refused; one after it is another."""
    custody.rotate(Purpose.TOKEN_SIGNING, now + DAY, now + 8 * DAY)
    with pytest.raises(CustodyRefused) as caught:
        custody.rotate(Purpose.TOKEN_SIGNING, now + 2 * DAY)
    assert caught.value.code == "rotate-too-early"
    custody.rotate(Purpose.TOKEN_SIGNING, now + 9 * DAY)


def test_leftovers_of_a_crashed_write_are_ignored_and_removed(custody, directory, now):
    """A file that was never renamed is no key; the next start clears it away."""
    leftover = directory / ".0011223344556677.tmp"
    leftover.write_bytes(b'{"format":')
    assert len(list(custody.load())) == len(CHEAP)
    custody.ensure(CHEAP, now)
    assert not leftover.exists()


def test_a_writer_waits_for_the_one_before_it(custody, directory, now):
    """While another process holds the lock nothing is written; afterwards the work goes on."""
    with (directory / ".lock").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = threading.Thread(target=custody.create, args=(Purpose.RECEIPT_SIGNING, now))
        second.start()
        second.join(timeout=0.3)
        assert second.is_alive()
        assert list(directory.glob("receipt-signing.*")) == []
    second.join(timeout=30)
    assert custody.load().current(Purpose.RECEIPT_SIGNING, now)


def test_two_processes_that_start_at_once_make_one_set_of_keys(directory):
    """Writers take turns: of parallel first starts only one creates."""
    program = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from keys.custody import FileCustody; from keys.keyring import Purpose\n"
        "ring = FileCustody(Path(sys.argv[1])).ensure([Purpose.TOKEN_SIGNING], datetime(2026, 1, 1, tzinfo=UTC))\n"
        "print([key.kid for key in ring])"
    )
    command = [sys.executable, "-c", program, str(directory)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    answers = {process.communicate(timeout=60)[0] for process in started}
    assert [process.returncode for process in started] == [0] * 4
    assert len(answers) == 1
    assert len(list(directory.glob("*.key.json"))) == 1


def test_a_rotated_seal_is_its_authoritys_alone(custody, now):
    """The town's new key comes first, its old one stays usable, the neighbour's is untouched; nobody's is refused."""
    towns = [Owner(ars="064310020020", name="Stadt Viernheim"), Owner(ars="064310002002", name="Stadt Bensheim")]
    custody.ensure_seals(towns, now)
    new = custody.rotate(Purpose.DOCUMENT_SEALING, now + DAY, owner=towns[0])
    usable = custody.load().usable(Purpose.DOCUMENT_SEALING, now + DAY)
    owners = [owner_of(key.certificate) for key in usable]
    assert (usable[0], owners.count(towns[0].ars), owners.count(towns[1].ars)) == (new, 2, 1)
    assert all(key.not_after is None for key in usable)
    custody.rotate(Purpose.DOCUMENT_SEALING, now + 3 * DAY, owner=towns[1])
    assert custody.rotate(Purpose.DOCUMENT_SEALING, now + 2 * DAY, owner=towns[0])  # the neighbour's is not in the way
    for purpose, owner in ((Purpose.DOCUMENT_SEALING, NOBODY), (Purpose.LOG_SIGNING, towns[0])):
        with pytest.raises(CustodyRefused) as caught:
            custody.rotate(purpose, now + 2 * DAY, owner=owner)
        assert caught.value.code == "owner-missing"
