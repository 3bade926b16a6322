"""An account's logout request: every numbered check refuses its flaw; the honest one names whom and is answered, signed."""

import base64
from datetime import timedelta
from typing import Any

import pytest
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from idgateway.errors import AnswerRefused
from keys.keyring import Purpose
from tests.idgateway.upstream import idp, logout
from tests.idgateway.upstream.accounts import ACCOUNTS, begin
from tests.idgateway.upstream.conftest import CALLBACK, ENTITY_ID, NOW
from tests.idgateway.upstream.idp import SLO_URL, A, P

SLO = CALLBACK.replace("/acs", "/slo")
MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture
def upstream(metadata_file, keyring, ask):
    """A Servicekonto as the gate sees it."""
    return begin(ACCOUNTS["servicekonto-sh"], metadata_file, keyring, ask).upstream


def _set(name: str, value: str):
    return lambda root: root.set(name, value)


def _name(**attributes: str):
    return lambda root: root.find(f"{{{A}}}NameID").attrib.update(attributes)


def _remove(tag: str):
    return lambda root: root.remove(root.find(tag))


def _add(tag: str):
    return lambda root: etree.SubElement(root, tag)


def _rename(root: Any) -> None:
    root.find(f"{{{A}}}NameID").text = "somebody-else"


def _later(**by: float) -> str:
    return idp.stamp(NOW + timedelta(**by))


def test_an_honest_logout_names_whom(upstream):
    """The name the account knows somebody by is theirs at the login, too."""
    asked = upstream.logout_asked({"SAMLRequest": logout.request(NOW, slo_url=SLO)}, NOW)
    assert asked.subject == "sh-4d2f"
    assert asked.expires_at > NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("flaw", "code"),
    [
        pytest.param({"signed": False}, "unsigned", id="3-unsigned"),
        pytest.param({"key": "foreign"}, "logout-signature", id="3-foreign-key"),
        pytest.param({"edit_signed": _rename}, "logout-signature", id="3-changed-after-signing"),
        pytest.param({"edit": _set("Destination", "https://other.example/slo")}, "destination", id="4-destination"),
        pytest.param({"edit": lambda root: root.attrib.pop("Destination")}, "destination", id="4-no-destination"),
        pytest.param(
            {"edit": lambda root: setattr(root[0], "text", "https://other.example/idp")}, "issuer", id="4-issuer"
        ),
        pytest.param({"edit": _set("IssueInstant", _later(minutes=-7))}, "window", id="5-old"),
        pytest.param({"edit": _set("IssueInstant", _later(minutes=2))}, "window", id="5-of-the-future"),
        pytest.param({"edit": _set("NotOnOrAfter", _later(minutes=-2))}, "expired", id="5-over"),
        pytest.param({"edit": _name(Format=idp.NAMEID + "2.0:nameid-format:transient")}, "name-id", id="6-format"),
        pytest.param({"edit": _name(SPNameQualifier="https://other.example/sp")}, "name-id", id="6-anothers-name"),
        pytest.param({"edit": _remove(f"{{{A}}}NameID")}, "answer-schema", id="2-nobody"),
        pytest.param({"edit": _add(f"{{{P}}}Extensions")}, "answer-shape", id="2-extensions"),
        pytest.param({"edit": _add(f"{{{A}}}Assertion")}, "answer-shape", id="2-assertion-inside"),
    ],
)
def test_a_flawed_logout_ends_nothing(upstream, flaw, code):
    """Unsigned, foreign, misdirected, old, of another name, or of another shape: refused by its own check."""
    with pytest.raises(AnswerRefused) as refused:
        upstream.logout_asked({"SAMLRequest": logout.request(NOW, slo_url=SLO, **flaw)}, NOW)
    assert refused.value.code == code


def test_a_login_answer_is_no_logout_request(upstream, metadata_file, keyring, ask):
    """A signed Response at the address for logouts, and a logout request at that for answers: neither is the other."""
    account = ACCOUNTS["servicekonto-sh"]
    login = begin(account, metadata_file, keyring, ask)
    with pytest.raises(AnswerRefused) as refused:
        upstream.logout_asked({"SAMLRequest": idp.answer(login.asked, account.wish)}, NOW)
    assert refused.value.code == "answer-shape"
    with pytest.raises(AnswerRefused) as refused:
        login.judge(logout.request(NOW, slo_url=SLO))
    assert refused.value.code == "answer-shape"


@pytest.mark.parametrize(("partial", "words"), [(False, ["Success"]), (True, ["Success", "PartialLogout"])])
def test_the_word_back_is_signed_and_honest(upstream, keyring, partial, words):
    """Our LogoutResponse goes to the provider's address for responses, and says so where an application stays untold."""
    asked = upstream.logout_asked({"SAMLRequest": logout.request(NOW, slo_url=SLO)}, NOW)
    letter = upstream.logout_answer(asked, relay_state="r1", partial=partial, now=NOW)
    assert (letter.url, letter.fields["RelayState"]) == (SLO_URL, "r1")
    root = etree.fromstring(base64.b64decode(letter.fields["SAMLResponse"]))
    assert (root.get("InResponseTo"), root.get("Destination")) == (asked.request_id, SLO_URL)
    assert root.findtext(f"{{{A}}}Issuer") == ENTITY_ID
    assert [code.get("Value").removeprefix(idp.STATUS) for code in root.iter(f"{{{P}}}StatusCode")] == words
    xmlsec.tree.add_ids(root, ["ID"])
    context, pem = xmlsec.SignatureContext(), keyring.current(Purpose.SAML_SIGNING, NOW).certificate
    context.key = xmlsec.Key.from_memory(pem.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem)
    context.verify(root.find(f"{DS}Signature"))


def test_only_who_logs_out_here_is_given_an_address(upstream, settings, keyring):
    """Our metadata name the address for logouts where the profile hears them; BundID knows no single logout."""
    role = etree.fromstring(upstream.metadata(NOW)).find(f"{MD}SPSSODescriptor")
    assert [each.get("Location") for each in role.findall(f"{MD}SingleLogoutService")] == [SLO]
    assert upstream.hears_logout
    bundid = type(upstream)(settings, keyring, CALLBACK)
    assert not bundid.hears_logout
    assert b"SingleLogoutService" not in bundid.metadata(NOW)
