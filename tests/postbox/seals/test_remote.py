"""Seals by a remote signing service: only a hash goes there, and nothing it answers is believed until it is verified."""

import dataclasses
import hashlib
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asn1crypto.ocsp import OCSPResponse
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore
from structlog.testing import capture_logs

from keys.revocation import ocsp_question, responder_of
from postbox.app import build
from postbox.channels import outside
from postbox.context import Postbox
from postbox.errors import ChannelDown, SealRefused, SetupWrong, Unacceptable
from postbox.intake.accept import submit
from postbox.sealed import key_of, open_words
from postbox.seals.judge import judge
from postbox.seals.port import Level
from postbox.settings import RemoteSeal, TimeStampService, TrustSettings
from postbox.store import notices
from tests.postbox.conftest import BENSHEIM, NOON, VIERNHEIM, caller, pdf, submission
from tests.postbox.outsiders import served, stamping
from tests.postbox.seals.csc import ECDSA, PKCS1, PSS, RSA, Fault, Service, pem
from tests.postbox.seals.pki import Holder, authority, issue, statements, trusted_list
from tests.postbox.seals.responder import Fault as OcspFault
from tests.postbox.seals.responder import responder

QSEAL = {"form": "qseal", "form_basis": "§ 9a(6) OZG"}


@dataclass
class World:
    """A trust service provider on the loopback: authority, responder, signing service; and a postbox that knows it."""

    box: Postbox
    service: Service
    ca: Holder
    folder: Path

    def seal(self, level: Level = Level.B) -> bytes:
        return self.box.sealer.seal(pdf(), authority=VIERNHEIM, level=level, now=NOON)

    def judged(self, content: bytes):
        (found,) = judge(content, self.box.trust, NOON)
        return found

    def refused(self, level: Level = Level.B) -> str:
        with pytest.raises((SealRefused, ChannelDown)) as found:
            self.seal(level)
        assert "Mustermann" not in found.value.detail  # what the service writes beside its code is not repeated
        return f"{type(found.value).__name__} {found.value.code}"


@dataclass(frozen=True)
class Make:
    """What a postbox is built of; called, it builds one."""

    settings: Any
    database: Any
    keyring: Any
    clock: Any
    folder: Path

    def __call__(self, **changes: Any) -> Postbox:
        changed = dataclasses.replace(self.settings, **changes)
        return build(changed, self.database, self.keyring, self.clock)


@pytest.fixture
def make(settings, postbox_database, keyring, clock, tmp_path) -> Make:
    return Make(settings, postbox_database, keyring, clock, tmp_path)


@pytest.fixture
def world(request, make) -> Iterator[World]:
    """``request.param``: what is special about it, for ``_world``."""
    with ExitStack() as stack:
        yield _world(stack, make, **getattr(request, "param", {}))


def _world(
    stack, make, *, fault="", ocsp="", key=None, algorithms=(ECDSA, PSS, RSA),
    pin="", given_pin="", seconds=3, qc=None, wait=3.0,
) -> World:  # fmt: skip
    known, clock, folder = {}, make.clock, make.folder
    ca = authority("Qualified CA")
    asked = stack.enter_context(served(responder(ca, known, clock)))
    qc = statements() if qc is None else qc
    holder = issue(ca, serial=4711, qc=qc, crl=False, responder=f"{asked}/{ocsp}", key=key)
    known[4711] = holder.certificate
    service = Service(holder, (ca,), issue(ca, "Stranger", serial=4712), fault, pin, algorithms, waits=wait)
    service.url = stack.enter_context(served(service.app()))
    stamps = stack.enter_context(stamping(clock))()
    operator = authority("Scheme operator")
    written = {
        "secret": service.secret.encode() + b"\n", "pin": given_pin.encode(), "ca.pem": pem(ca),
        "tsa.pem": b"".join(_armored(one) for one in stamps.anchors),
        "operator.pem": pem(operator), "list.xml": trusted_list(operator, ca),
    }  # fmt: skip
    for name, content in written.items():
        (folder / name).write_bytes(content)
    seal = RemoteSeal(
        authority=VIERNHEIM, url=f"{service.url}/csc/v2", credential_id="seal-of-viernheim", client_id="idgateway",
        client_secret_file=folder / "secret", certificates=(folder / "ca.pem",), seconds=seconds,
        pin_file=folder / "pin" if given_pin else None,
    )  # fmt: skip
    trust = TrustSettings(trusted_list_file=folder / "list.xml", trusted_list_certificates=(folder / "operator.pem",))
    stamp = TimeStampService(name="tsa", url=stamps.url, certificates=(folder / "tsa.pem",))
    box = make(remote_seals=(seal,), trust=trust, time_stamp_services=(stamp,))
    return World(box, service, ca, folder)


def _armored(certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


@pytest.mark.parametrize("level", list(Level))
def test_a_qualified_seal_is_computed_from_certificate_and_list(world, level):
    """Outside the demo; B-B and B-T say nothing of revocation, so they cannot be judged to the end."""
    found = world.judged(world.seal(level))
    assert found.level == level.value
    told = (found.indication.value, found.subindication, found.qualified.value)
    if level in (Level.B, Level.T):
        assert told == ("INDETERMINATE", "TRY_LATER", "not-valid")
    else:
        assert told == ("TOTAL-PASSED", "", "yes")
        assert found.timestamped_at == NOON


@pytest.mark.parametrize(
    "world", [{"qc": statements(qscd=False)}, {"qc": statements(compliance=False)}], indirect=True, ids=["qscd", "qc"]
)
def test_no_service_makes_a_seal_qualified_by_itself(world):
    """It passes; what the certificate does not say and the list does not grant is not asserted."""
    found = world.judged(world.seal(Level.LT))
    assert (found.indication.value, found.qualified.value) in {
        ("TOTAL-PASSED", "no-qualified-device"), ("TOTAL-PASSED", "no-qualified-certificate")}  # fmt: skip


def test_only_a_hash_leaves(world):
    """The order of calls is the API's; each body is a few identifiers and one digest, bound by its SAD."""
    content = world.seal()
    names = [name for name, _ in world.service.calls]
    assert names == ["info", "oauth2/token", "credentials/info", "credentials/authorize", "signatures/signHash"]
    authorised, signed = (body for name, body in world.service.calls[-2:])
    signature = PdfFileReader(BytesIO(content)).embedded_signatures[0]
    attributes = signature.signer_info["signed_attrs"].untag().dump()
    digest = b64encode(hashlib.sha256(attributes).digest()).decode()
    assert authorised["hashes"] == signed["hashes"] == [digest]
    assert set(signed) == {"credentialID", "SAD", "hashes", "hashAlgorithmOID", "signAlgo"}
    assert sum(len(str(body)) for _, body in world.service.calls) < 1500


def test_what_was_fetched_is_kept(world):
    """The second seal costs two calls; each has a SAD of its own."""
    world.seal()
    world.seal()
    names = [name for name, _ in world.service.calls]
    assert (names.count("oauth2/token"), names.count("credentials/info"), names.count("signatures/signHash")) == (
        1,
        1,
        2,
    )
    assert len({body["SAD"] for name, body in world.service.calls if name == "signatures/signHash"}) == 2


def test_a_token_that_is_no_longer_taken_is_replaced(world):
    """Once; who refuses the new one as well refuses us."""
    world.seal()
    world.service.tokens.clear()
    assert world.seal()
    world.service.secret = "another"
    world.service.tokens.clear()
    assert world.refused() == "SealRefused remote-seal-unauthorised"


KEYS = {
    "p256": {"key": ec.generate_private_key(ec.SECP256R1()), "algorithms": (ECDSA,)},
    "p384": {"key": ec.generate_private_key(ec.SECP384R1()), "algorithms": (ECDSA,)},
    "pss": {"key": rsa.generate_private_key(65537, 3072), "algorithms": (RSA, PKCS1, PSS)},
    "pkcs1": {"key": rsa.generate_private_key(65537, 3072), "algorithms": (PKCS1,)},
    "rsa": {"key": rsa.generate_private_key(65537, 3072), "algorithms": (RSA,)},
}


@pytest.mark.parametrize("world", list(KEYS.values()), indirect=True, ids=list(KEYS))
def test_outside_tools_agree(world):
    """Each kind of key: ``openssl cms`` over the signed bytes, and pyHanko's own validator in a process of its own."""
    content = world.seal(Level.LT)
    assert world.judged(content).indication.value == "TOTAL-PASSED"
    signature = PdfFileReader(BytesIO(content)).embedded_signatures[0]
    first, length, second, rest = signature.byte_range
    (world.folder / "seal.p7s").write_bytes(signature.pkcs7_content.rstrip(b"\0"))
    (world.folder / "data").write_bytes(content[first:length] + content[second : second + rest])
    (world.folder / "sealed.pdf").write_bytes(content)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "seal.p7s", "-content", "data",
               "-CAfile", "ca.pem", "-purpose", "any", "-attime", str(int(NOON.timestamp())), "-out", "out"]  # fmt: skip
    good = subprocess.run(command, cwd=world.folder, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    script = (
        "from datetime import datetime; from asn1crypto import pem, x509; from pyhanko.pdf_utils.reader import PdfFileReader;"
        "from pyhanko.sign.validation import validate_pdf_signature; from pyhanko_certvalidator import ValidationContext;"
        "root = x509.Certificate.load(pem.unarmor(open('ca.pem','rb').read())[2]); reader = PdfFileReader(open('sealed.pdf','rb'));"
        f"context = ValidationContext(trust_roots=[root], moment=datetime.fromisoformat('{NOON.isoformat()}'));"
        "found = validate_pdf_signature(reader.embedded_signatures[0], context); print(found.intact, found.valid, found.trusted)"
    )
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=world.folder, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["True", "True", "True"]
    (world.folder / "data").write_bytes(b"something else")
    assert subprocess.run(command, cwd=world.folder, capture_output=True, check=False).returncode != 0


FAULTS = {
    Fault.DOWN: "ChannelDown remote-seal-down",
    Fault.BUSY: "ChannelDown remote-seal-down",
    Fault.PAGE: "SealRefused remote-seal-malformed",
    Fault.NO_SAD: "SealRefused remote-seal-malformed",
    Fault.OTHER_SAD: "SealRefused remote-seal-refused",
    Fault.OTHER_HASH: "SealRefused remote-seal-wrong",
    Fault.OTHER_KEY: "SealRefused remote-seal-wrong",
    Fault.CUT: "SealRefused remote-seal-wrong",
    Fault.TWO: "SealRefused remote-seal-malformed",
    Fault.NO_BASE64: "SealRefused remote-seal-malformed",
    Fault.OTHER_CERTIFICATE: "SealRefused remote-seal-wrong",
    Fault.DISABLED: "SealRefused remote-seal-disabled",
    Fault.EXPIRED_THERE: "SealRefused remote-seal-disabled",
    Fault.NO_CERTIFICATE: "SealRefused remote-seal-malformed",
    Fault.NO_ALGORITHM: "SealRefused remote-seal-algorithm",
    Fault.ASKS_A_PERSON: "SealRefused remote-seal-personal",
    Fault.REFUSES_TOKENS: "SealRefused remote-seal-unauthorised",
    Fault.TOKEN_ELSEWHERE: "SealRefused remote-seal-token-elsewhere",
    Fault.VERSION_1: "SealRefused remote-seal-version",
    Fault.NO_HASHES: "SealRefused remote-seal-version",
}


def test_every_fault_is_tried():
    assert {*FAULTS, Fault.NONE, Fault.SLOW} == set(Fault)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_lying_or_broken_service_seals_nothing(world, fault):
    """Each ends with its code, nothing half done; the same service, honest again, seals."""
    world.service.fault = fault
    assert world.refused() == FAULTS[fault]
    world.service.fault = ""
    assert world.judged(world.seal()).subindication == "TRY_LATER"


@pytest.mark.parametrize("world", [{"fault": Fault.SLOW, "seconds": 1, "wait": 2.0}], indirect=True)
def test_a_slow_service_is_not_waited_for(world):
    """The bound is the operator's, for all calls of one act together."""
    assert world.refused() == "ChannelDown remote-seal-down"


@pytest.mark.parametrize(
    ("world", "outcome"),
    [
        ({"pin": "0815", "given_pin": "0815"}, ""),
        ({"pin": "0815"}, "SealRefused remote-seal-password"),
        ({"pin": "0815", "given_pin": "1234"}, "SealRefused remote-seal-refused"),
    ],
    indirect=["world"],
    ids=["right", "none", "wrong"],
)
def test_a_credential_with_a_password(world, outcome):
    """Given from a file where the service asks for it (authData); never where it does not."""
    if outcome:
        assert world.refused() == outcome
    else:
        assert world.seal()
        (authorised,) = [body for name, body in world.service.calls if name == "credentials/authorize"]
        assert authorised["authData"] == [{"id": "PIN", "value": "0815"}]


OCSP = {
    OcspFault.NONE: "",
    OcspFault.DELEGATED: "",
    OcspFault.REVOKED: "SealRefused seal-revoked",
    OcspFault.UNKNOWN: "SealRefused ocsp-unknown",
    OcspFault.STALE: "SealRefused ocsp-stale",
    OcspFault.FUTURE: "SealRefused ocsp-future",
    OcspFault.WRONG_SIGNER: "SealRefused ocsp-signature",
    OcspFault.WRONG_PURPOSE: "SealRefused ocsp-signer",
    OcspFault.OTHER_CERTIFICATE: "SealRefused ocsp-other-certificate",
    OcspFault.TRY_LATER: "SealRefused ocsp-refused",
    OcspFault.GARBAGE: "SealRefused ocsp-malformed",
    OcspFault.BUSY: "ChannelDown ocsp-down",
}


@pytest.mark.parametrize(
    ("world", "outcome"), [({"ocsp": fault}, said) for fault, said in OCSP.items()], indirect=["world"], ids=list(OCSP)
)
def test_what_the_responder_says_goes_into_the_seal_or_ends_it(world, outcome):
    """Good and by the right one: embedded, so that the seal is judged without asking. Anything else makes no B-LT."""
    if outcome:
        assert world.refused(Level.LT) == outcome
        assert not [name for name, _ in world.service.calls if name == "signatures/signHash"]
    else:
        assert world.judged(world.seal(Level.LT)).qualified.value == "yes"


EMBEDDED = {
    OcspFault.NONE: ("TOTAL-PASSED", "", "yes"),
    OcspFault.DELEGATED: ("TOTAL-PASSED", "", "yes"),
    OcspFault.REVOKED: ("INDETERMINATE", "REVOKED_NO_POE", "not-valid"),
    OcspFault.STALE: ("INDETERMINATE", "TRY_LATER", "not-valid"),
    OcspFault.FUTURE: ("INDETERMINATE", "TRY_LATER", "not-valid"),
    OcspFault.WRONG_SIGNER: ("INDETERMINATE", "TRY_LATER", "not-valid"),
    OcspFault.WRONG_PURPOSE: ("INDETERMINATE", "TRY_LATER", "not-valid"),
    OcspFault.OTHER_CERTIFICATE: ("INDETERMINATE", "TRY_LATER", "not-valid"),
}


@pytest.mark.parametrize(
    ("world", "told"),
    [({"ocsp": fault}, said) for fault, said in EMBEDDED.items()],
    indirect=["world"],
    ids=list(EMBEDDED),
)
def test_what_others_put_into_their_seal_is_judged_as_strictly(world, told):
    """A seal that was made elsewhere embeds whatever it likes; only a good, fresh answer by the right one counts."""
    certificate = world.service.holder.certificate
    reply = outside.post(
        responder_of(certificate), ocsp_question(certificate, world.ca.certificate), kind="application/ocsp-request"
    )
    content = BytesIO(world.seal(Level.T))
    DocumentSecurityStore.add_dss(content, None, ocsps=[OCSPResponse.load(reply.body)])
    found = world.judged(content.getvalue())
    assert (found.level, found.indication.value, found.subindication, found.qualified.value) == ("B-LT", *told)


def test_whose_certificate_is_not_pinned_does_not_seal(world, make):
    """The chain that the service sends vouches for nobody. The seal's own certificate may be pinned, nothing may not."""

    def pinned(content: bytes) -> World:
        (world.folder / "ca.pem").write_bytes(content)
        return dataclasses.replace(world, box=make(remote_seals=world.box.settings.remote_seals))

    assert pinned(pem(authority("Qualified CA"))).refused() == "SealRefused remote-seal-untrusted"
    assert pinned(pem(world.service.holder)).seal()
    with pytest.raises(SetupWrong):
        pinned(b"")


def test_a_certificate_that_ended_does_not_seal(world, clock):
    """Told apart from one that nobody pinned: it is renewed, not mistrusted."""
    later = clock.forward(days=400)
    with pytest.raises(SealRefused) as refused:
        world.box.sealer.seal(pdf(), authority=VIERNHEIM, level=Level.B, now=later)
    assert refused.value.code == "remote-seal-expired"


def test_a_notice_in_written_form_is_sealed_and_accepted(world, recipient):
    """Outside the demo, by the usual level; the verdict says qualified because the list does."""
    usual = world.box.sealer.levels(VIERNHEIM, NOON)[0]
    assert usual is Level.LT
    assert world.box.sealer.levels(BENSHEIM, NOON) == ()
    accepted = submit(world.box, submission(recipient, **QSEAL, seal=usual.value), caller(), NOON)
    with world.box.database.read() as connection:
        row = notices.find(connection, accepted.notice)
        (part,) = notices.documents_of(connection, accepted.notice)
    words = open_words(key_of(world.box, row), part)
    assert [(one["indication"], one["qualified"]) for one in words["signatures"]] == [("TOTAL-PASSED", "yes")]


def test_while_the_service_fails_nothing_is_accepted(world, recipient):
    """Down: the same request may be sent again. Lying: refused with its code. Both stand in the log, without words."""
    given = {**QSEAL, "seal": "B-LT"}
    world.service.fault = Fault.DOWN
    with capture_logs() as logs, pytest.raises(ChannelDown):
        submit(world.box, submission(recipient, **given), caller(), NOON)
    world.service.fault = Fault.OTHER_HASH
    with capture_logs() as more, pytest.raises(Unacceptable) as refused:
        submit(world.box, submission(recipient, **given), caller(), NOON)
    assert [(one.code, one.pointer) for one in refused.value.problems] == [("remote-seal-wrong", "/seal")]
    told = [line for line in (*logs, *more) if line["event"] == "seal-failed"]
    assert [(line["code"], line["authority"]) for line in told] == [
        ("remote-seal-down", VIERNHEIM), ("remote-seal-wrong", VIERNHEIM)]  # fmt: skip
    world.service.fault = ""
    assert not submit(world.box, submission(recipient, **given), caller(), NOON).repeated
