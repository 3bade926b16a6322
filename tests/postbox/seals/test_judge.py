"""Seals and signatures are judged in the standard's words; qualified is computed; what shadow attacks change is seen."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter

from postbox.errors import TrustUnreadable
from postbox.seals.judge import has_signatures, judge
from postbox.seals.requirement import SENTENCES, Form, cause, fault_of
from postbox.seals.trust import Trust, read_trust
from postbox.seals.trusted_list import read_list
from postbox.seals.verdict import Indication, Kind, Qualified, Verdict
from postbox.settings import TrustSettings
from tests.postbox.conftest import pdf
from tests.postbox.seals.pki import DAY, ESIGN, NOW, Holder, authority, crl, issue, signed, statements, trusted_list

REVOKED = 666


@dataclass(frozen=True)
class World:
    """A certificate authority, a scheme operator, and a sealed document."""

    ca: Holder
    scheme: Holder
    seal: Holder
    sealed: bytes
    folder: Path

    def trust(self, **changes) -> Trust:
        known = {"anchors": (load(self.ca),), "revocation_directory": self.folder}
        return Trust(**{**known, **changes})

    def listed(self, *services: Holder, **how) -> Trust:
        data = trusted_list(self.scheme, *(services or (self.ca,)), **how)
        return self.trust(listed=read_list(data, [load(self.scheme)]))

    def sealing(self, **how) -> bytes:
        return signed(pdf(), issue(self.ca, **how), self.ca)


def load(holder: Holder) -> x509.Certificate:
    return x509.Certificate.load(holder.der)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    ca, folder = authority(), tmp_path_factory.mktemp("crl")
    (folder / "ca.crl").write_bytes(crl(ca, REVOKED))
    seal = issue(ca, qc=statements())
    return World(ca, authority("Scheme operator"), seal, signed(pdf(), seal, ca), folder)


def only(content: bytes, trust: Trust) -> Verdict:
    (found,) = judge(content, trust, NOW)
    return found


def test_a_sound_seal_passes_and_is_told_with_its_signer(world):
    """The positive twin of everything below."""
    found = only(world.sealed, world.trust())
    assert (found.indication, found.subindication, found.fault) == (Indication.PASSED, "", "")
    assert (found.kind, found.level, found.qualified) == (Kind.SEAL, "B-B", Qualified.NO_LIST)
    assert found.signer == "Stadt Viernheim – Stadt Viernheim Siegel"
    assert found.certificate == load(world.seal).sha256.hex()
    assert Verdict.from_json(found.to_json()) == found


WRONG = [
    ({"ends": NOW - DAY}, "OUT_OF_BOUNDS_NO_POE", "signature-expired"),
    ({"begins": NOW + DAY}, "CERTIFICATE_CHAIN_GENERAL_FAILURE", "signature-untrusted"),
    ({"serial": REVOKED}, "REVOKED_NO_POE", "signature-revoked"),
    ({"usage": "key_encipherment"}, "CHAIN_CONSTRAINTS_FAILURE", "signature-wrong-purpose"),
    ({"extended": ExtendedKeyUsageOID.SERVER_AUTH}, "CHAIN_CONSTRAINTS_FAILURE", "signature-wrong-purpose"),
]


@pytest.mark.parametrize(("how", "word", "code"), WRONG, ids=[code + str(n) for n, (_, _, code) in enumerate(WRONG)])
def test_a_certificate_that_is_not_fit_makes_it_indeterminate(world, how, word, code):
    """Expired, not yet valid, revoked, for another purpose: never passed, and the cause is told."""
    found = only(world.sealing(**how), world.trust())
    assert (found.indication, found.subindication) == (Indication.INDETERMINATE, word)
    assert cause(found) == code
    assert found.qualified is Qualified.NOT_VALID


def test_who_is_trusted_decides(world):
    """A chain that ends nowhere is told as that; and where nobody says whether it was revoked, that is told."""
    assert only(world.sealed, Trust()).subindication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert only(world.sealed, world.trust(revocation_directory=None)).subindication == "TRY_LATER"


def appended(content: bytes) -> bytes:
    """An incremental update after sealing, as editors write it."""
    writer = IncrementalPdfFileWriter(BytesIO(content))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 12 Tf (Abgelehnt) Tj ET"))
    writer.mark_update(page.container_ref)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_what_was_changed_after_sealing_has_failed(world):
    """One byte; a page replaced by an update (shadow attack); both are TOTAL-FAILED, whoever is trusted."""
    flipped = only(world.sealed.replace(b"Mustermann", b"Musterfrau"), world.trust())
    assert (flipped.indication, flipped.subindication) == (Indication.FAILED, "HASH_FAILURE")
    updated = only(appended(world.sealed), world.trust())
    assert (updated.indication, updated.fault) == (Indication.FAILED, "changed-afterwards")


@pytest.mark.parametrize(
    "spelled", [b"/Byte#52ange", b"/#42yteRang#65", b"/#42#79#74#65#52#61#6e#67#65", b"/#42#79#74#65#52#61#6E#67#65"]
)
def test_an_escaped_name_hides_no_signature(world, spelled):
    """ISO 32000-1, 7.3.5: a broken seal is seen, and refused whatever is declared, however its name is written."""
    assert has_signatures(world.sealed)
    assert not has_signatures(pdf())
    hidden = world.sealed.replace(b"/ByteRange", spelled, 1)
    assert has_signatures(hidden)
    (found,) = judge(hidden, world.trust(), NOW)
    assert found.indication is Indication.FAILED
    assert fault_of(Form.NONE, [found], demo=False) != ""


def test_a_signature_of_another_type_is_one(world):
    """Table 252: only a time stamp is none; one that calls itself anything else is shown to readers as a signature."""
    (found,) = judge(world.sealed.replace(b"/Type /Sig\n", b"/Type /Sog\n", 1), world.trust(), NOW)
    assert found.indication is Indication.FAILED


def test_an_old_signature_kind_is_no_seal_of_the_law(world):
    """SubFilter adbe.pkcs7.detached: no PAdES, so no form is met; as a mere decoration it is let be."""
    old = signed(pdf(), world.seal, world.ca, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    found = only(old, world.trust())
    assert (found.indication, found.fault) == (Indication.INDETERMINATE, "not-pades")
    assert fault_of(Form.QSEAL, [found], demo=False) == "signature-not-pades"
    assert fault_of(Form.NONE, [found], demo=False) == ""


def test_qualified_follows_from_certificate_and_list_alone(world):
    """Each missing piece alone makes it not qualified, and says which."""
    assert only(world.sealed, world.listed()).qualified is Qualified.YES
    stranger = authority("Another")
    cases = {
        Qualified.NO_STATEMENT: world.listed(),
        Qualified.NO_DEVICE: world.listed(),
        Qualified.NOT_LISTED: world.listed(stranger),
        Qualified.LIST_OVER: world.listed(until=NOW - DAY),
    }
    weak = {
        Qualified.NO_STATEMENT: statements(compliance=False),
        Qualified.NO_DEVICE: statements(qscd=False),
    }
    for expected, trust in cases.items():
        content = world.sealing(qc=weak[expected]) if expected in weak else world.sealed
        assert only(content, trust).qualified is expected
    withdrawn = world.listed(status="http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn")
    assert only(world.sealed, withdrawn).qualified is Qualified.NOT_LISTED
    assert only(world.sealed, world.listed(kind="ForeSignatures")).qualified is Qualified.NOT_LISTED
    assert only(world.sealed, world.listed(service="TSA/QTST")).qualified is Qualified.NOT_LISTED


def test_a_vault_key_is_marked_whatever_its_certificate_claims(world):
    """A certificate of our own never makes a qualified seal, even on a list."""
    trust = Trust(listed=world.listed().listed, own=(load(world.seal),), revocation_directory=world.folder)
    assert only(world.sealed, trust).qualified is Qualified.DEMO


def test_a_list_is_believed_only_with_its_pinned_signature(world):
    """Signed by somebody else, changed, unsigned, or no list at all: refused with its reason."""
    good = trusted_list(world.scheme, world.ca)
    assert read_list(good, [load(world.scheme)]).territory == "DE"
    for data, code in {
        good: "trusted-list-signer",
        good.replace(b"<SchemeTerritory>DE", b"<SchemeTerritory>FR"): "trusted-list-signer",
        b"<TrustServiceStatusList/>": "trusted-list-unsigned",
        b"no list": "trusted-list-malformed",
    }.items():
        signers = [load(world.ca)] if data == good else [load(world.scheme)]
        with pytest.raises(TrustUnreadable) as refused:
            read_list(data, signers)
        assert refused.value.code == code


def test_a_qualifier_of_the_list_overrules_the_certificate(world):
    """TS 119 612, 5.5.9.2: the list may say that a service's certificates are not in a qualified device."""
    sie = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
    extra = (
        f'<Extension Critical="true"><q:Qualifications xmlns:q="{sie}"><q:QualificationElement><q:Qualifiers>'
        '<q:Qualifier uri="http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/QCNoQSCD"/></q:Qualifiers>'
        '<q:CriteriaList assert="all"><q:KeyUsage><q:KeyUsageBit name="nonRepudiation">true</q:KeyUsageBit></q:KeyUsage>'
        "</q:CriteriaList></q:QualificationElement></q:Qualifications></Extension>"
    )
    assert only(world.sealed, world.listed(extra=extra)).qualified is Qualified.NO_DEVICE


def test_settings_are_read_from_files_and_what_is_unreadable_is_named(world, tmp_path):
    """Anchors and list by path; a file that holds something else stops the start."""
    (tmp_path / "ca.der").write_bytes(world.ca.der)
    (tmp_path / "scheme.der").write_bytes(world.scheme.der)
    (tmp_path / "list.xml").write_bytes(trusted_list(world.scheme, world.ca))
    settings = TrustSettings(
        anchors=(tmp_path / "ca.der",),
        trusted_list_file=tmp_path / "list.xml",
        trusted_list_certificates=(tmp_path / "scheme.der",),
        revocation_directory=world.folder,
    )
    assert only(world.sealed, read_trust(settings)).qualified is Qualified.YES
    (tmp_path / "ca.der").write_bytes(b"no certificate")
    with pytest.raises(TrustUnreadable):
        read_trust(settings)
    with pytest.raises(TrustUnreadable):
        read_trust(TrustSettings(anchors=(tmp_path / "missing.pem",)))


@pytest.mark.parametrize("cut", [40, 1500, 9000])
def test_a_file_in_pieces_is_judged_without_a_crash(world, cut):
    """Whatever is left of a sealed file, it is not a valid seal."""
    for content in (world.sealed[:-cut], world.sealed[cut:], world.sealed.replace(b"/ByteRange", b"/ByteRangf", 1)):
        assert all(one.indication is not Indication.PASSED for one in judge(content, world.trust(), NOW))


def test_the_log_names_nobody(world, caplog, capfd):
    """A signer may be a person: neither log nor standard error tells whose certificate failed."""
    only(world.sealing(serial=REVOKED), world.trust())
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_the_form_decides_what_is_enough(world):
    """A seal for a signature, two seals, none at all, and a valid one that is not qualified."""
    good = only(world.sealed, world.listed())
    weak = only(world.sealed, world.trust())
    signature = only(world.sealing(qc=statements(kind=ESIGN)), world.listed(kind="ForeSignatures"))
    assert [fault_of(Form.QSEAL, [good], demo=False), fault_of(Form.QES, [signature], demo=False)] == ["", ""]
    assert fault_of(Form.QES, [good], demo=False) == "form-other-kind"
    assert fault_of(Form.QSEAL, [signature], demo=False) == "form-other-kind"
    assert fault_of(Form.QSEAL, [weak], demo=False) == "form-not-qualified"
    assert fault_of(Form.QSEAL, [good, good], demo=False) == "form-several-signatures"
    assert fault_of(Form.QSEAL, [], demo=False) == "form-unsigned"
    assert fault_of(Form.NONE, [], demo=False) == ""
    codes = {"form-unsigned", "form-several-signatures", "form-other-kind", "form-not-qualified", "signature-broken"}
    assert codes <= set(SENTENCES)


def test_a_demo_seal_counts_in_the_demo_alone(world):
    """Precisely there, and as a seal only."""
    own = only(world.sealed, world.trust(own=(load(world.seal),)))
    assert fault_of(Form.QSEAL, [own], demo=True) == ""
    assert fault_of(Form.QSEAL, [own], demo=False) == "form-not-qualified"
    assert fault_of(Form.QES, [own], demo=True) == "form-other-kind"
