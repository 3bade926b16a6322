"""Profiles and a provider's settings: what may be set, what must be, and what our metadata then say."""

from dataclasses import replace
from pathlib import Path

import onelogin.saml2
import pytest
from lxml import etree

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, GateError
from idgateway.upstream.saml.profiles import PROFILES, profile_of
from idgateway.upstream.saml.provider import SamlUpstream
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.accounts import ACCOUNTS, PERSISTENT, Account, begin
from tests.idgateway.upstream.conftest import CALLBACK, NOW
from tests.idgateway.upstream.idp import Wish

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
TRANSIENT = PERSISTENT.replace("persistent", "transient")
GENERIC = dict(ACCOUNTS["generic"].settings)


def _wrong(settings, **changes) -> str:
    with pytest.raises(GateError) as refused:
        profile_of(replace(settings, **changes))
    return refused.value.detail


def test_without_a_profile_it_is_bundids(settings):
    """Saying nothing means BundID, which is the strictest."""
    assert profile_of(settings) == PROFILES["bundid"]
    assert "profile is one of bundid, bayernid" in _wrong(settings, profile="bundid2")


@pytest.mark.parametrize("profile", ["bundid", "bayernid"])
@pytest.mark.parametrize(
    "loose",
    [
        {"assertion": "plain"},
        {"signed": "response"},
        {"name_id": "persistent"},
        {"request_binding": "redirect"},
        {"subject": "email"},
        {"attributes": {"mail": "email"}},
        {"levels": {"x": "high"}},
        {"vouched_level": "high"},
        {"proved_attributes": ("email",)},
        {"nested_namespace": "urn:x"},
        {"accept_test_accounts": True},
    ],
)
def test_bundid_cannot_be_loosened(settings, profile, loose):
    """No setting reaches a check of BundID or BayernID."""
    assert profile_of(replace(settings, profile=profile)).name == profile
    assert f"the profile {profile} fixes {next(iter(loose))}" in _wrong(settings, profile=profile, **loose)


@pytest.mark.parametrize("name", ["name_id", "signed", "assertion", "subject"])
def test_a_generic_account_has_no_defaults(settings, name):
    """Each decision about security is the operator's; what is missing is named."""
    assert profile_of(replace(settings, **GENERIC)).signed == "both"
    detail = _wrong(settings, **{**GENERIC, name: ""})
    assert name in detail
    assert "no default on purpose" in detail


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"levels": {}}, "levels or vouched_level"),
        ({"vouched_level": "low"}, "exclude each other"),
        ({"signed": "neither"}, "signed is one of either, response"),
        ({"assertion": "cleartext"}, "assertion is one of"),
        ({"name_id": "transient"}, "knows nobody again"),
        ({"subject": "phone"}, "subject is name_id or an attribute of the account"),
        ({"attributes": {"mail": "e_mail"}}, "nobody knows the attribute e_mail"),
        ({"attributes": {"groups": "roles"}}, "nobody knows the attribute roles"),
        ({"proved_attributes": ("email", "shoe_size")}, "nobody knows the attribute shoe_size"),
        ({"levels": {"x": "very"}}, "very"),
        ({"accept_test_accounts": True}, "fixes accept_test_accounts"),
    ],
)
def test_wrong_settings_are_named(settings, change, said):
    """A setting that cannot be right stops the start, and says which it is; staff's roles come from no SAML account."""
    assert said in _wrong(settings, **{**GENERIC, **change})


def test_a_level_may_be_vouched_for(settings):
    """With the operator's word, nothing the account says about levels counts."""
    level = profile_of(replace(settings, **{**GENERIC, "levels": {}, "vouched_level": "low"})).level
    assert (level.vouched, level.reference, level.words) == (Level.LOW, False, {})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, (TRANSIENT, "true", {"signing", "encryption"})),
        ({"profile": "mein-unternehmenskonto"}, (PERSISTENT, "false", {"signing", "encryption"})),
        ({"profile": "mein-unternehmenskonto", "signed": "both"}, (PERSISTENT, "true", {"signing", "encryption"})),
        ({"profile": "servicekonto-sh"}, (PERSISTENT, "true", {"signing"})),
        (GENERIC, (PERSISTENT, "true", {"signing", "encryption"})),
    ],
)
def test_our_metadata_follow_the_profile(settings, keyring, changes, told):
    """Name format, what must be signed, an encryption key only for who encrypts; all of it valid by the schema."""
    upstream = SamlUpstream(replace(settings, **changes), keyring, CALLBACK)
    root = etree.fromstring(upstream.metadata(NOW))
    schemas = Path(onelogin.saml2.__file__).parent / "schemas"
    etree.XMLSchema(etree.parse(schemas / "saml-schema-metadata-2.0.xsd")).assertValid(root)
    role = root.find(MD + "SPSSODescriptor")
    uses = {each.get("use") for each in role.findall(MD + "KeyDescriptor")}
    assert (role.findtext(MD + "NameIDFormat"), role.get("WantAssertionsSigned"), uses) == told


@pytest.mark.parametrize("profile", ["bundid", "bayernid"])
@pytest.mark.parametrize(
    "flaw",
    [
        (Wish(encrypt=False), "assertion-not-encrypted"),
        (Wish(cipher="aes256-cbc"), "answer-algorithm"),
        (Wish(level_attribute=""), "level-missing"),
        (Wish(level_attribute="STORK-QAA-Level-3"), "level-mismatch"),
        (Wish(level="hoch"), "level-unknown"),
        (Wish(attributes={name: one for name, one in idp.ERIKA.items() if name != idp.OID["proved_by"]}), "means"),
        (
            Wish(
                attributes={name: one for name, one in idp.ERIKA.items() if name != idp.OID["pairwise_id"]},
                name_id="p-1",
                name_id_format=PERSISTENT,
            ),
            "identifier-missing",
        ),
        (Wish(sign_response=False, sign_assertion=False), "unsigned"),
        (Wish(algorithm=idp.RSA_SHA1, digest=idp.SHA1), "answer-algorithm"),
    ],
)
def test_bundid_keeps_every_check(metadata_file, keyring, ask, profile, flaw):
    """With profiles around it, BundID and BayernID still refuse plaintext, CBC, a level told once, and the rest."""
    wish, code = flaw
    account = Account(settings={"profile": profile}, wish=idp.GOOD, attributes=("given_name",))
    login = begin(account, metadata_file, keyring, ask)
    assert login.answered(idp.GOOD).subject
    with pytest.raises(AnswerRefused) as refused:
        login.answered(wish)
    assert refused.value.code == code
