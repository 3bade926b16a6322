"""Each rule of a chain by itself (RFC 5280 6.1, 5.3.1): the sound chain is found, and with one thing wrong it is not."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

from keys.chains import chain_to_anchor, check_not_revoked
from keys.errors import CertificateRefused

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = ("root", *(f"middle-{number}" for number in range(1, 8)), "end", "stranger")
KEYS = {name: ec.generate_private_key(ec.SECP256R1()) for name in NAMES}
UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def issue(subject: str, issuer: str, **how) -> x509.Certificate:
    """A certificate; ``ca``, ``signs``, ``below`` (path length), ``begins``, ``ends``, ``critical``, ``bare``, ``key``."""
    authority = how.get("ca", subject != "end")
    builder = x509.CertificateBuilder(
        _name(issuer),
        _name(subject),
        KEYS[subject].public_key(),
        x509.random_serial_number(),
        how.get("begins", NOW - DAY),
        how.get("ends", NOW + DAY),
    )
    usages = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    usage = dict.fromkeys((*usages, "encipher_only", "decipher_only", "crl_sign"), False)
    if not how.get("bare"):
        basic = x509.BasicConstraints(ca=authority, path_length=how.get("below") if authority else None)
        builder = builder.add_extension(basic, critical=True)
        signs = how.get("signs", authority)
        builder = builder.add_extension(x509.KeyUsage(**usage, key_cert_sign=signs), critical=True)
    if "critical" in how:
        builder = builder.add_extension(UNKNOWN, critical=how["critical"])
    return builder.sign(KEYS[how.get("key", issuer)], hashes.SHA256())


ROOT = issue("root", "root")
END = issue("end", "middle-1")


def found(middle: x509.Certificate, end: x509.Certificate = END, root: x509.Certificate = ROOT) -> str:
    """The code of the refusal, or empty where the chain is found."""
    try:
        assert chain_to_anchor(end, [middle], (root,), NOW) == (end, middle, root)
    except CertificateRefused as refused:
        return refused.code
    return ""


SOUND = {
    "plain": {},
    "unknown-but-not-critical": {"critical": False},
    "nothing-below-but-the-end": {"below": 0},
    "begins-now": {"begins": NOW},
    "ends-now": {"ends": NOW},
}
WRONG = {
    "no-authority": ({"ca": False, "signs": True}, "certificate-chain"),
    "may-not-sign": ({"signs": False}, "certificate-chain"),
    "says-nothing-of-itself": ({"bare": True}, "certificate-chain"),
    "critical-and-unknown": ({"critical": True}, "certificate-chain"),
    "signed-by-another-key": ({"key": "stranger"}, "certificate-chain"),
    "not-valid-yet": ({"begins": NOW + timedelta(seconds=1)}, "certificate-not-valid-then"),
    "over": ({"ends": NOW - timedelta(seconds=1)}, "certificate-not-valid-then"),
}


@pytest.mark.parametrize("name", SOUND)
def test_an_authority_in_between_that_may_issue_is_taken(name):
    assert found(issue("middle-1", "root", **SOUND[name])) == ""


@pytest.mark.parametrize("name", WRONG)
def test_an_authority_in_between_that_may_not_issue_is_refused(name):
    how, code = WRONG[name]
    assert found(issue("middle-1", "root", **how)) == code


def test_the_end_and_the_anchor_are_judged_alike():
    """A critical extension that nobody understands ends it wherever it stands; so does the time."""
    middle = issue("middle-1", "root")
    assert found(middle, end=issue("end", "middle-1", critical=True)) == "certificate-chain"
    assert found(middle, end=issue("end", "middle-1", ends=NOW - timedelta(seconds=1))) == "certificate-not-valid-then"
    assert found(middle, root=issue("root", "root", critical=True)) == "certificate-chain"
    assert found(middle, root=issue("root", "root", ends=NOW - timedelta(seconds=1))) == "certificate-not-valid-then"


def line(count: int, **how) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """An end under so many authorities, one under the other; ``how`` is the first's, next to the root."""
    names = [f"middle-{number}" for number in range(1, count + 1)]
    others = [
        issue(name, above, **(how if above == "root" else {}))
        for name, above in zip(names, ["root", *names], strict=False)
    ]
    return issue("end", names[-1]), others


def test_a_chain_has_six_certificates_at_the_most():
    end, others = line(4)
    assert len(chain_to_anchor(end, others, (ROOT,), NOW)) == 6
    end, others = line(5)
    with pytest.raises(CertificateRefused):
        chain_to_anchor(end, others, (ROOT,), NOW)


def test_a_path_length_counts_the_authorities_below():
    """RFC 5280 4.2.1.9: the end itself does not count."""
    end, others = line(2, below=1)
    assert len(chain_to_anchor(end, others, (ROOT,), NOW)) == 4
    end, others = line(3, below=1)
    with pytest.raises(CertificateRefused):
        chain_to_anchor(end, others, (ROOT,), NOW)


def revoking(issuer: str, *, key: str = "", serial: int = END.serial_number, at=NOW, reason=None):
    """A list of one entry."""
    entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
    if reason is not None:
        entry = entry.add_extension(x509.CRLReason(reason), critical=False)
    builder = x509.CertificateRevocationListBuilder().issuer_name(_name(issuer)).last_update(NOW).next_update(NOW + DAY)
    return builder.add_revoked_certificate(entry.build()).sign(KEYS[key or issuer], hashes.SHA256())


CHAIN = (END, issue("middle-1", "root"), ROOT)
FLAGS = x509.ReasonFlags
AFTER = NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("how", "known"),
    [
        ({"issuer": "middle-1", "serial": 7}, True),
        ({"issuer": "middle-1", "at": AFTER}, True),
        ({"issuer": "middle-1", "at": AFTER, "reason": FLAGS.superseded}, True),
        ({"issuer": "middle-1", "key": "stranger"}, False),
        ({"issuer": "stranger"}, False),
        ({"issuer": "stranger", "key": "middle-1"}, False),
    ],
)
def test_a_list_that_holds_nothing_against_it(how, known):
    """Another certificate, a later date; and lists that are not its issuer's say nothing at all."""
    assert check_not_revoked(CHAIN, [revoking(**how)], NOW) is known


@pytest.mark.parametrize(
    "how",
    [
        {"at": NOW},
        {"at": NOW - DAY, "reason": FLAGS.superseded},
        {"at": AFTER, "reason": FLAGS.key_compromise},
        {"at": AFTER, "reason": FLAGS.ca_compromise},
    ],
)
def test_a_revoked_certificate_is_refused(how):
    """From its date on; a compromised key whenever that was said, and whatever other lists hold."""
    lists = [revoking("middle-1", serial=7), revoking("middle-1", **how)]
    with pytest.raises(CertificateRefused) as refused:
        check_not_revoked(CHAIN, lists, NOW)
    assert refused.value.code == "certificate-revoked"
