"""A correct answer becomes an assertion, in every protection BundID may use, and python3-saml agrees that it is valid."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, LevelNotReached
from idgateway.upstream.saml.provider import SamlUpstream
from keys.keyring import Keyring, Purpose
from keys.minting import mint
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.conftest import CALLBACK, ENTITY_ID, NOW
from tests.idgateway.upstream.idp import OID, Wish


def _with(*without: str, **changed: tuple[str, str | None]) -> dict:
    attributes = {name: value for name, value in idp.ERIKA.items() if name not in {OID[each] for each in without}}
    return {**attributes, **{OID[name]: value for name, value in changed.items()}}


def test_answer_becomes_assertion(login):
    """Signed twice with PSS and encrypted with AES-256-GCM: person, level, means, times and ids come out."""
    assertion = login.answered()
    assert assertion.provider == "bundid"
    assert assertion.subject == idp.ERIKA[OID["pairwise_id"]][0]
    assert (assertion.level, assertion.means) == (Level.HIGH, "eID")
    assert assertion.authenticated_at == NOW - timedelta(seconds=3)
    assert assertion.assertion_id.startswith("_a")
    assert assertion.expires_at == NOW + timedelta(minutes=5, seconds=60)
    assert {name: each.value for name, each in assertion.attributes.items() if name.endswith("_name")} == {
        "given_name": "ERIKA",
        "family_name": "MUSTERMANN",
    }


def test_trust_is_told_per_attribute(login):
    """Each attribute keeps its own level; an unmarked or unknown mark is no level, and neither refuses the login."""
    attributes = _with(email=("e@example.org", "UNTERGEORDNET"), nationality=("D", "VIELLEICHT"))
    found = login.answered(Wish(attributes=attributes)).attributes
    assert found["family_name"].level is Level.HIGH
    assert found["pairwise_id"].level is Level.LOW
    assert found["email"].level is Level.BASIC
    assert found["nationality"].level is None
    assert found["proved_by"].level is None
    substantial = login.answered(Wish(attributes=_with(family_name=("Muster", "SUBSTANTIELL"))))
    assert substantial.attributes["family_name"].level is Level.SUBSTANTIAL


@pytest.mark.parametrize(("response", "assertion"), [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("algorithm", [idp.PSS, idp.RSA_SHA256])
def test_signature_variants(login, response, assertion, algorithm):
    """A signature on the Response, on the assertion, or on both, in PSS or PKCS#1 v1.5."""
    wish = Wish(sign_response=response, sign_assertion=assertion, algorithm=algorithm)
    assert login.answered(wish).level is Level.HIGH


@pytest.mark.parametrize("cipher", ["aes128-gcm", "aes192-gcm", "aes256-gcm"])
@pytest.mark.parametrize(
    "transport",
    [
        {"transport": idp.MGF1P},
        {"transport": idp.MGF1P, "oaep_digest": "sha1"},
        {"transport": idp.MGF1P, "oaep_digest": "sha256"},
        {"transport": idp.OAEP11},
        {"transport": idp.OAEP11, "oaep_digest": "sha1", "mgf": "sha1"},
        {"transport": idp.OAEP11, "oaep_digest": "sha256", "mgf": "sha1"},
        {"transport": idp.OAEP11, "oaep_digest": "sha256", "mgf": "sha256"},
    ],
)
@pytest.mark.parametrize("peer_key", [False, True])
def test_encryption_variants(login, cipher, transport, peer_key):
    """All three GCM sizes, both OAEP forms with their digests, the key inside the data or beside it."""
    assert login.answered(Wish(cipher=cipher, peer_key=peer_key, **transport)).subject


def test_assertion_that_inherits_its_namespaces(login):
    """An assertion serialised without the namespaces it inherits is read in the context it stood in."""
    wish = Wish(sign_response=False)
    plain = idp.response(login.asked, replace(wish, encrypt=False))
    assertion = plain.find(f"{{{idp.A}}}Assertion")
    text = etree.tostring(assertion).replace(b' xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion"', b"", 1)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(text)
    encrypted = idp.encrypt(text, login.asked, wish)
    plain.replace(assertion, encrypted)
    assert login.judge(idp.encoded(plain)).subject


def test_both_keys_open_during_a_rollover(settings, keyring, begin):
    """An answer encrypted for the older key still opens when a newer one is current; an ended key opens nothing."""
    later = NOW - timedelta(hours=1)
    both = Keyring([*keyring, mint(Purpose.SAML_ENCRYPTION, later)])
    upstream = SamlUpstream(settings, both, CALLBACK)
    login = begin()
    field = idp.answer(login.asked, idp.GOOD)
    assert replace(login, upstream=upstream, keyring=both).judge(field).subject
    ended = [replace(key, not_after=later) if key.purpose is Purpose.SAML_ENCRYPTION else key for key in keyring]
    upstream = SamlUpstream(settings, Keyring([*ended, mint(Purpose.SAML_ENCRYPTION, later)]), CALLBACK)
    with pytest.raises(AnswerRefused) as refused:
        replace(login, upstream=upstream).judge(field)
    assert refused.value.code == "decryption"


def test_both_pinned_certificates_count(settings, keyring, begin, tmp_path):
    """With two signing certificates in the provider's metadata either key's signature is good, a third one's is not."""
    path = tmp_path / "two.xml"
    path.write_bytes(idp.metadata("honest", "next"))
    upstream = SamlUpstream(replace(settings, metadata_file=path), keyring, CALLBACK)
    login = replace(begin(), upstream=upstream)
    assert login.answered(key="honest").subject
    assert login.answered(key="next").subject
    with pytest.raises(AnswerRefused):
        login.answered(key="foreign")


def test_stronger_login_than_asked_is_welcome_weaker_is_not(begin):
    """``minimum`` semantics: HIGH satisfies SUBSTANTIAL; SUBSTANTIAL does not satisfy HIGH."""
    assert begin(level=Level.SUBSTANTIAL).answered(Wish(level="STORK-QAA-Level-4")).level is Level.HIGH
    elster = Wish(level="STORK-QAA-Level-3", attributes=_with(proved_by=("Elster", None)))
    assert begin(level=Level.SUBSTANTIAL).answered(elster).level is Level.SUBSTANTIAL
    with pytest.raises(LevelNotReached):
        begin(level=Level.HIGH).answered(elster)


def test_password_login_is_basic(begin):
    """User name and password reach BASIC, never LOW, although the person's data may be HOCH."""
    wish = Wish(level="STORK-QAA-Level-1", attributes=_with(proved_by=("Benutzername", None)))
    assertion = begin(level=Level.BASIC).answered(wish)
    assert (assertion.level, assertion.attributes["family_name"].level) == (Level.BASIC, Level.HIGH)
    with pytest.raises(LevelNotReached):
        begin(level=Level.LOW).answered(wish)


def test_guest_has_no_subject(begin):
    """Where guests are welcome an answer without bPK2 is a login without subject; elsewhere it is refused."""
    wish = Wish(attributes=_with("pairwise_id", "postbox_handle"))
    assert begin(guests_welcome=True).answered(wish).subject is None
    with pytest.raises(AnswerRefused) as refused:
        begin(guests_welcome=False).answered(wish)
    assert refused.value.code == "identifier-missing"


def test_smart_eid_counts_as_eid(login):
    """Smart-eID cannot be asked for on its own and counts as eID; FINK was not offered."""
    assert login.answered(Wish(attributes=_with(proved_by=("Smart-eID", None)))).means == "Smart-eID"
    with pytest.raises(AnswerRefused) as refused:
        login.answered(Wish(attributes=_with(proved_by=("FINK", None))))
    assert refused.value.code == "means"


def test_only_what_was_asked_for_is_kept(begin):
    """Attributes nobody asked for, and those nobody knows, are dropped: data not needed is not held."""
    stray = {**idp.ERIKA, "urn:oid:1.2.3.4": ("x", "HOCH")}
    found = begin(attributes=("given_name",)).answered(Wish(attributes=stray)).attributes
    assert set(found) == {"given_name", "pairwise_id", "level", "proved_by"}


def test_blank_in_oid_is_read(login):
    """A blank inside an OID, as integrators met it, does not lose the attribute."""
    attributes = _with("family_name")
    attributes["urn:oid: 2.5.4.4 "] = ("MUSTERMANN", "HOCH")
    assert login.answered(Wish(attributes=attributes)).attributes["family_name"].value == "MUSTERMANN"


def test_values_keep_raw_and_display_form(login):
    """Capital ẞ stays, decomposed letters are composed for display, and the delivered form stays beside it."""
    attributes = _with(family_name=(" " + unicodedata.normalize("NFD", "MÜLLER") + " ", "HOCH"))
    found = login.answered(Wish(attributes=attributes)).attributes
    assert found["street_address"].value == "HEIDESTRAẞE 17"
    assert found["family_name"].value == "MÜLLER"
    assert found["family_name"].raw == " " + unicodedata.normalize("NFD", "MÜLLER") + " "


def test_empty_value_is_absent(login):
    """BundID leaves out what it has not; an empty value counts the same."""
    assert "email" not in login.answered(Wish(attributes=_with(email=("  ", "NORMAL")))).attributes


def test_line_breaks_in_base64_are_allowed(login):
    """RFC 2045 line breaks in the form field are no fault; a blank is."""
    field = idp.answer(login.asked, idp.GOOD)
    lines = "\r\n".join(field[start : start + 76] for start in range(0, len(field), 76))
    assert login.judge(lines).subject
    with pytest.raises(AnswerRefused):
        login.judge(lines.replace("\r\n", " ", 1))


def test_clock_skew_is_a_setting(settings, keyring, begin):
    """What ended 61 s ago is refused with 60 s of skew and accepted with 120 s."""
    login = begin()
    wish = Wish(not_on_or_after=timedelta(seconds=-61), not_before=timedelta(minutes=-5))
    with pytest.raises(AnswerRefused) as refused:
        login.answered(wish)
    assert refused.value.code == "expired"
    patient = SamlUpstream(replace(settings, clock_skew_seconds=120), keyring, CALLBACK)
    assert replace(login, upstream=patient).answered(wish).subject


def test_threads_do_not_disturb_each_other(login):
    """Honest and foreign answers judged in eight threads at once: each gets its own verdict."""
    honest = [idp.answer(login.asked, idp.GOOD) for _ in range(8)]
    foreign = [idp.answer(login.asked, idp.GOOD, key="foreign") for _ in range(8)]

    def judge(field: str) -> bool:
        try:
            return bool(login.judge(field).subject)
        except AnswerRefused:
            return False

    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(judge, (honest + foreign) * 6))
    assert verdicts == ([True] * 8 + [False] * 8) * 6


# The second opinion -------------------------------------------------------------------------------------------------


def _second_opinion(login, field: str, keyring: Keyring) -> None:
    """Judge with python3-saml, strict; raises its own error where it does not agree."""
    encryption = keyring.current(Purpose.SAML_ENCRYPTION, login.now)
    pem = encryption.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    settings = OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": {
                "entityId": ENTITY_ID,
                "assertionConsumerService": {"url": CALLBACK},
                "privateKey": pem,
                "x509cert": encryption.certificate.public_bytes(Encoding.PEM).decode(),
            },
            "idp": {
                "entityId": idp.ENTITY_ID,
                "singleSignOnService": {"url": idp.SSO_URL},
                "x509cert": idp.certificate("honest").public_bytes(Encoding.PEM).decode(),
            },
            "security": {"wantAssertionsEncrypted": True, "wantNameId": False, "rejectDeprecatedAlgorithm": True},
        }
    )
    request = {
        "https": "on",
        "http_host": "gate.musterstadt.example",
        "script_name": "/saml/bundid/acs",
        "get_data": {},
        "post_data": {},
    }
    opinion = OneLogin_Saml2_Response(settings, field)
    opinion.is_valid(request, login.handover.memory["request_id"], raise_exceptions=True)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(),
        Wish(algorithm=idp.RSA_SHA256),
        Wish(sign_assertion=False),
        Wish(sign_response=False),
        Wish(cipher="aes128-gcm"),
        Wish(oaep_digest="sha256"),
        Wish(peer_key=True),
    ],
)
def test_python3_saml_agrees(begin, keyring, wish):
    """What we accept is valid for python3-saml, judged by the real clock; what is tampered with is for neither."""
    now = datetime.now(UTC)
    login = replace(begin(now=now - timedelta(minutes=1)), now=now)
    field = idp.answer(login.asked, wish)
    assert login.judge(field).subject
    _second_opinion(login, field, keyring)
    foreign = idp.answer(login.asked, wish, key="foreign")
    with pytest.raises(AnswerRefused):
        login.judge(foreign)
    with pytest.raises(Exception, match=r"(?i)signature"):
        _second_opinion(login, foreign, keyring)
