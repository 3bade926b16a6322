"""The vault seals PDFs, outside tools agree with what it made, and a notice declared in written form carries it."""

import dataclasses
import shutil
import subprocess
import sys
from io import BytesIO

import pikepdf
import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader

from keys.errors import KeyNotValid
from keys.keyring import Keyring, Purpose
from keys.minting import Owner, mint
from keys.signing import sign_der
from postbox.app import build
from postbox.errors import SealRefused, Unacceptable
from postbox.intake.accept import submit
from postbox.sealed import key_of, open_words
from postbox.seals.judge import judge
from postbox.seals.port import Level
from postbox.seals.trust import Trust
from postbox.seals.vault import VaultSealer, own_certificates
from postbox.seals.verdict import Indication, Kind, Qualified
from postbox.store import events, notices
from tests.postbox.conftest import BENSHEIM, NOON, VIERNHEIM, caller, pdf, submission, upload
from tests.postbox.seals.pki import DAY, NOW, authority, issue, signed

QSEAL = {"form": "qseal", "form_basis": "§ 9a(6) OZG"}


@pytest.fixture(scope="module")
def seals() -> Keyring:
    """The sealing key of one town."""
    return Keyring([mint(Purpose.DOCUMENT_SEALING, NOW, owner=Owner(ars=VIERNHEIM, name="Stadt Viernheim"))])


@pytest.fixture(scope="module")
def sealed(seals) -> bytes:
    return VaultSealer(seals).seal(pdf(), authority=VIERNHEIM, level=Level.B, now=NOW)


def own(ring: Keyring) -> Trust:
    return Trust(own=tuple(x509.Certificate.load(der) for der in own_certificates(ring)))


@pytest.fixture
def demo(settings, postbox_database, keyring, seals, clock):
    """A postbox of the demo: it seals for Viernheim with its own key."""
    ring = Keyring([*keyring, *seals])
    return build(dataclasses.replace(settings, demo=True), postbox_database, ring, clock)


def test_the_seal_is_added_behind_the_bytes_that_came(sealed, seals):
    """What came stays byte for byte in front; the seal is PAdES, passes, and says that it is no qualified one."""
    assert sealed.startswith(pdf())
    (found,) = judge(sealed, own(seals), NOW)
    assert (found.indication, found.level, found.fault) == (Indication.PASSED, "B-B", "")
    assert (found.kind, found.qualified) == (Kind.SEAL, Qualified.DEMO)
    assert found.signer == "Stadt Viernheim – Siegel aus dem Schlüsselspeicher, nicht qualifiziert"


def test_a_sealing_key_seals_only_for_its_authority(seals):
    """Bensheim has no seal here; a level that needs a time stamp is not offered without one."""
    sealer = VaultSealer(seals)
    assert sealer.levels(VIERNHEIM, NOW) == (Level.B,)
    assert sealer.levels(BENSHEIM, NOW) == ()
    for who, level in ((BENSHEIM, Level.B), (VIERNHEIM, Level.T)):
        with pytest.raises(SealRefused) as refused:
            sealer.seal(pdf(), authority=who, level=level, now=NOW)
        assert refused.value.code == "seal-not-offered"
    with pytest.raises(KeyNotValid):
        sign_der(mint(Purpose.ADDRESS_ENCRYPTION, NOW), b"")


def test_what_no_parser_reads_is_not_sealed(seals):
    """A file that only looks like a PDF is refused by the sealer with a code."""
    with pytest.raises(SealRefused) as refused:
        VaultSealer(seals).seal(b"%PDF-1.7\nnothing", authority=VIERNHEIM, level=Level.B, now=NOW)
    assert refused.value.code == "seal-impossible"


def test_openssl_agrees(sealed, seals, tmp_path):
    """``openssl cms -verify`` on the CMS taken out of the file, over exactly the bytes its ByteRange names."""
    assert shutil.which("openssl")
    signature = PdfFileReader(BytesIO(sealed)).embedded_signatures[0]
    first, length, second, rest = signature.byte_range
    (tmp_path / "seal.p7s").write_bytes(signature.pkcs7_content.rstrip(b"\0"))
    (tmp_path / "data").write_bytes(sealed[first:length] + sealed[second : second + rest])
    (key,) = seals
    (tmp_path / "seal.pem").write_bytes(key.certificate.public_bytes(Encoding.PEM))
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "seal.p7s", "-content", "data",
               "-CAfile", "seal.pem", "-purpose", "any", "-attime", str(int(NOW.timestamp())), "-out", "out"]  # fmt: skip
    good = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    (tmp_path / "data").write_bytes(b"%PDF-1.7 something else")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_pyhankos_own_validator_agrees(sealed, seals, tmp_path):
    """As an outside tool in a process of its own: intact, valid, trusted, covering the whole file."""
    (key,) = seals
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    (tmp_path / "seal.der").write_bytes(key.certificate.public_bytes(Encoding.DER))
    script = (
        "from datetime import datetime, UTC; from asn1crypto import x509; from pyhanko.pdf_utils.reader import PdfFileReader;"
        "from pyhanko.sign.validation import validate_pdf_signature; from pyhanko_certvalidator import ValidationContext;"
        "root = x509.Certificate.load(open('seal.der','rb').read()); reader = PdfFileReader(open('sealed.pdf','rb'));"
        f"context = ValidationContext(trust_roots=[root], moment=datetime.fromisoformat('{NOW.isoformat()}'));"
        "found = validate_pdf_signature(reader.embedded_signatures[0], context);"
        "print(found.bottom_line, found.coverage.name)"
    )
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["True", "ENTIRE_FILE"]


def test_a_notice_in_written_form_is_sealed_stored_and_proven(demo, recipient):
    """Asked for, sealed, judged; the verdict lies sealed with the document, what evidence keeps names nobody."""
    accepted = submit(demo, submission(recipient, **QSEAL, seal="B-B"), caller(), NOON)
    with demo.database.read() as connection:
        row = notices.find(connection, accepted.notice)
        (part,) = notices.documents_of(connection, accepted.notice)
        (first,) = events.of_notice(connection, accepted.notice)
    words = open_words(key_of(demo, row), part)
    assert (row["form"], words["sealed"]) == ("qseal", True)
    assert [(one["indication"], one["qualified"]) for one in words["signatures"]] == [("TOTAL-PASSED", "demo-key")]
    assert first.event.payload["form"] == {
        "declared": "qseal",
        "basis": "§ 9a(6) OZG",
        "sealed_here": True,
        "signatures": [{"indication": "TOTAL-PASSED", "subindication": "", "qualified": "demo-key"}],
    }
    assert b"Stadt Viernheim" not in first.event.canonical()


def test_the_same_request_again_is_the_same_sealed_notice(demo, recipient):
    """Sealing makes other bytes each time; the request stays the same one."""
    first = submit(demo, submission(recipient, **QSEAL, seal="B-B"), caller(), NOON)
    again = submit(demo, submission(recipient, **QSEAL, seal="B-B"), caller(), NOON)
    assert (again.notice, again.repeated) == (first.notice, True)


def refused(box, recipient, *documents, **changes) -> set[tuple[str, str]]:
    with pytest.raises(Unacceptable) as found:
        submit(box, submission(recipient, *documents, **changes), caller(), NOON)
    return {(one.code, one.pointer) for one in found.value.problems}


def test_a_declared_form_that_the_document_has_not_is_refused(demo, box, recipient, sealed):
    """Each with its code; outside the demo a vault's seal is no form at all."""
    assert refused(demo, recipient, **QSEAL) == {("form-unsigned", "/form")}
    spoilt = sealed.replace(b"Mustermann", b"Musterfrau")
    assert refused(demo, recipient, upload(spoilt), **QSEAL) == {("signature-broken", "/form")}
    assert refused(demo, recipient, upload(spoilt)) == {("signature-broken", "/documents/0")}
    assert refused(demo, recipient, upload(sealed), **QSEAL, seal="B-B") == {("seal-on-signed", "/seal")}
    qes = {"form": "qes", "form_basis": "§ 5(5) VwZG"}
    assert refused(demo, recipient, upload(sealed), **qes) == {("form-other-kind", "/form")}
    assert refused(box, recipient, upload(sealed), **QSEAL) == {("signature-untrusted", "/form")}
    assert submit(demo, submission(recipient, upload(sealed), key="good", **QSEAL), caller(), NOON).notice


def test_a_strangers_seal_decorates_and_meets_no_form(demo, recipient):
    """Without declared form it is let be; it is told as not established."""
    ca = authority()
    content = signed(pdf(), issue(ca), ca)
    assert refused(demo, recipient, upload(content), **QSEAL) == {("signature-untrusted", "/form")}
    assert submit(demo, submission(recipient, upload(content), key="good"), caller(), NOON).notice


def test_a_sealed_pdf_is_still_a_pdf_for_others(sealed):
    """The same pages for another reader."""
    with pikepdf.open(BytesIO(sealed)) as document:
        assert len(document.pages) == 1


def test_after_a_rotation_the_new_key_seals_and_old_seals_still_verify(seals, sealed):
    """What was sealed before is judged as before; the certificate in the file says which key it was."""
    owner = Owner(ars=VIERNHEIM, name="Stadt Viernheim")
    rotated = Keyring([*seals, mint(Purpose.DOCUMENT_SEALING, NOW + DAY, owner=owner)])
    later = VaultSealer(rotated).seal(pdf(), authority=VIERNHEIM, level=Level.B, now=NOW + 2 * DAY)
    found = [judge(one, own(rotated), NOW + 2 * DAY)[0] for one in (sealed, later)]
    assert [(one.indication, one.qualified) for one in found] == [(Indication.PASSED, Qualified.DEMO)] * 2
    assert found[0].certificate != found[1].certificate
    assert judge(later, own(seals), NOW + 2 * DAY)[0].indication is Indication.INDETERMINATE
