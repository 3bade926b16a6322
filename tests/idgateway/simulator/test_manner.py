"""The switches of a sound answer: by request, by page, as the default of a started stand-in."""

import base64
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lxml import etree

from idgateway.simulator.app import create_app
from idgateway.simulator.manner import CHOICES, Manner
from idgateway.simulator.settings import SimulatorSettings
from tests.idgateway.simulator.conftest import BASE, SSO
from tests.idgateway.simulator.sp import NS, OID

JSON = {"Accept": "application/json"}
DSIG = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
EVERYTHING = tuple(OID)


def _answer(walk, query, person="erika-eid", **bent):
    """The response that comes at once, and python3-saml's view of it (it wants both signatures only when told)."""
    identifier = bent.pop("identifier", "_manner" + "".join(query.values()) + person)
    form = walk.provider.form(identifier=identifier, **bent)
    told = walk.client.post(SSO, data=form, query_string={"person": person, **query}, headers=JSON)
    assert told.status_code == 200, told.text
    encoded = dict(told.json["fields"])["SAMLResponse"]
    judged = walk.provider.judge(encoded, walk.idp_metadata(), identifier)
    return etree.fromstring(base64.b64decode(encoded)), judged


def _inner(judged):
    return judged.decrypted_document.find(".//{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")


def _values(judged):
    saml = "{urn:oasis:names:tc:SAML:2.0:assertion}"
    return {
        found.get("FriendlyName"): found.findtext(saml + "AttributeValue")
        for found in _inner(judged).iter(saml + "Attribute")
    }


@pytest.mark.parametrize(("signed", "outside", "inside"), [("both", 1, 1), ("response", 1, 0), ("assertion", 0, 1)])
def test_what_is_signed(walk, signed, outside, inside):
    """Response, assertion or both carry a signature, and nothing else does."""
    response, judged = _answer(walk, {"signed": signed})
    assert len(response.findall("ds:Signature", NS)) == outside
    assert len(_inner(judged).findall("ds:Signature", NS)) == inside
    assert judged.verdict is (signed == "both")  # python3-saml is set to want both here


def test_how_it_is_signed(walk):
    """RSA-SHA256 instead of RSA-PSS, on both, and python3-saml agrees."""
    response, judged = _answer(walk, {"signature": "rsa-sha256"})
    methods = [found.get("Algorithm") for found in response.iter(f"{{{DSIG}}}SignatureMethod")]
    methods += [found.get("Algorithm") for found in _inner(judged).iter(f"{{{DSIG}}}SignatureMethod")]
    assert methods == [RSA_SHA256, RSA_SHA256]
    assert judged.verdict


@pytest.mark.parametrize(("cipher", "octets"), [("aes128-gcm", 16), ("aes192-gcm", 24), ("aes256-gcm", 32)])
def test_how_it_is_encrypted(walk, cipher, octets):
    """Each size of AES-GCM is named and used: python3-saml opens it, and the unwrapped key has that length."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    response, judged = _answer(walk, {"encryption": cipher})
    data = response.find(".//xenc:EncryptedData", NS)
    assert data.find("xenc:EncryptionMethod", NS).get("Algorithm") == XENC11 + cipher
    wrapped = base64.b64decode(data.findtext(".//xenc:EncryptedKey/xenc:CipherData/xenc:CipherValue", namespaces=NS))
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    assert len(walk.provider.encryption.decrypt(wrapped, oaep)) == octets
    assert judged.verdict


@pytest.mark.parametrize("transport", CHOICES["transport"])
def test_how_the_key_travels(walk, transport):
    """Digest and mask stand in the XML as named and open the key; ``MGF`` stands only in xmlenc11's OAEP."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    response, _ = _answer(walk, {"transport": transport}, identifier=f"_transport-{transport}")
    key = response.find(".//xenc:EncryptedKey", NS)
    method = key.find("xenc:EncryptionMethod", NS)
    digest = method.find("ds:DigestMethod", NS).get("Algorithm")
    mgf = method.find(f"{{{XENC11}}}MGF")
    assert digest == (DSIG + "sha1" if "-sha1" in transport.replace("mgf1-sha1", "") else XENC + "sha256")
    assert (mgf is None) == transport.startswith("mgf1p")
    algorithms = {DSIG + "sha1": hashes.SHA1(), XENC + "sha256": hashes.SHA256()}
    mask = hashes.SHA256() if mgf is not None and mgf.get("Algorithm") == XENC11 + "mgf1sha256" else hashes.SHA1()
    wrapped = base64.b64decode(key.findtext("xenc:CipherData/xenc:CipherValue", namespaces=NS))
    oaep = padding.OAEP(padding.MGF1(mask), algorithms[digest], None)
    assert len(walk.provider.encryption.decrypt(wrapped, oaep)) == 32


def test_country_and_level_of_an_eidas_login(walk):
    """Johann comes from Portugal at the highest level; Erika's card stays what it is."""
    extension = walk.provider.extension(wanted=EVERYTHING)
    query = {"country": "PT", "eidas-level": "high"}
    _, judged = _answer(walk, query, "eidas-substantial", level=4, extension=extension)
    values = _values(judged)
    assert judged.verdict
    assert (values["eIDAS-Issuing-Country"], values["EID-CITIZEN-QAA-LEVEL"]) == ("PT", "STORK-QAA-Level-4")
    assert judged.get_authn_contexts() == ["STORK-QAA-Level-4"]
    _, card = _answer(walk, query, "erika-eid", level=4, extension=extension)
    assert "eIDAS-Issuing-Country" not in _values(card)


def test_an_eidas_level_below_the_request_is_not_offered(walk):
    """At substantial, a login switched to low is refused; switched to high, it is served."""
    form = walk.provider.form(level=3)
    query = {"person": "eidas-substantial", "eidas-level": "low"}
    refused = walk.client.post(SSO, data=form, query_string=query, headers=JSON)
    assert refused.json["code"] == "sim-person-not-offered"
    assert _answer(walk, {"eidas-level": "high"}, "eidas-low", level=3)[1].verdict


def test_a_second_factor(walk):
    """A password has none, unless it is switched on; a card always has one, unless it is switched off."""
    saml = {"extension": walk.provider.extension(attributes=_asking("1.3.6.1.4.1.25484.494450.7")), "level": 1}
    told = {
        (person, mfa): _values(_answer(walk, {"mfa": mfa} if mfa else {}, person, **saml)[1])["mfa"]
        for person in ("password", "erika-eid")
        for mfa in ("", "true", "false")
    }
    assert told == {
        ("password", ""): "false",
        ("password", "true"): "true",
        ("password", "false"): "false",
        ("erika-eid", ""): "true",
        ("erika-eid", "true"): "true",
        ("erika-eid", "false"): "false",
    }


def _asking(oid):
    return f'<akdb:RequestedAttribute Name="urn:oid:{oid}"/>'


def test_an_answer_from_another_time(walk):
    """``clock-offset`` moves every instant of this one answer; without it they are the stand-in's own."""
    response, judged = _answer(walk, {"clock-offset": "-90"})
    plain, _ = _answer(walk, {})
    instants = {
        response.get("IssueInstant"),
        _inner(judged).get("IssueInstant"),
        _inner(judged).find(".//saml:AuthnStatement", NS).get("AuthnInstant"),
        _inner(judged).find(".//saml:Conditions", NS).get("NotBefore"),
    }
    assert len(instants) == 1
    now = walk.clock.now
    assert abs(datetime.fromisoformat(instants.pop()) - now + timedelta(seconds=90)) < timedelta(seconds=1)
    assert abs(datetime.fromisoformat(plain.get("IssueInstant")) - now) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "query",
    [
        {"signed": "nothing"},
        {"encryption": "aes256-cbc"},
        {"transport": "rsa-1_5"},
        {"clock-offset": "soon"},
        {"clock-offset": "999999999999"},
        {"country": "XX"},
        {"eidas-level": "4"},
        {"mfa": "maybe"},
    ],
)
def test_an_unknown_switch_is_refused(walk, query):
    """Never another answer than the one that was wished for."""
    form = walk.provider.form()
    refused = walk.client.post(SSO, data=form, query_string={"person": "erika-eid", **query}, headers=JSON)
    assert (refused.status_code, refused.json["code"]) == (400, "sim-manner-unknown")
    assert next(iter(query)).replace("-", "_") in refused.json["detail"]
    assert "int()" not in refused.json["detail"]


def test_headers_wish_the_same_and_the_pages_keep_to_it(walk):
    """Wishes without a person lead to the pages, whose answer is built that way."""
    form = walk.provider.form()
    arrived = walk.client.post(SSO, data=form, headers={"X-Simulator-Signed": "assertion"})
    answer = walk.answer(arrived.location, "erika-eid").fields["SAMLResponse"]
    assert etree.fromstring(base64.b64decode(answer)).find("ds:Signature", NS) is None


def test_the_page_has_every_switch(walk):
    """The data page offers each; a choice is kept, shown, and obeyed; country and level only for eIDAS."""
    path = walk.begin(level=3)
    page = walk.choose(path, "eidas-substantial").text
    assert all(f'name="{switch}"' in page for switch in (*CHOICES, "clock_offset"))
    assert '<option value="low">' not in page
    changed = {"signed": "assertion", "country": "FR", "eidas_level": "high", "clock_offset": "-30"}
    assert walk.client.post(f"{path}/manner", data=changed).location == f"{path}/data"
    page = walk.client.get(f"{path}/data").text
    assert '<option value="FR" selected>FR</option>' in page
    assert '<option value="assertion" selected>nur die Aussage</option>' in page
    assert 'value="-30"' in page
    answer = etree.fromstring(base64.b64decode(walk.decide(path, "agree").fields["SAMLResponse"]))
    assert answer.find("ds:Signature", NS) is None
    assert 'name="country"' not in walk.choose(walk.begin(), "erika-eid").text


def test_a_switch_on_the_page_cannot_undercut_the_request(walk):
    """Typed by hand, a level below the request is refused, and the login goes on as it was."""
    path = walk.begin(level=3)
    walk.choose(path, "eidas-substantial")
    refused = walk.client.post(f"{path}/manner", data={"eidas_level": "low"})
    assert refused.location == "/error?idp.code=sim-manner-unknown"
    assert walk.client.get(f"{path}/data").status_code == 200


@pytest.fixture
def started(walk, prepared, tmp_path):
    """The stand-in started with other settings."""

    def start(**settings):
        metadata = walk.provider.write_metadata(tmp_path / "sp.xml")
        known = SimulatorSettings(base_url=BASE, directory=prepared, service_providers=(metadata,))
        walk.client = create_app(replace(known, **settings), clock=walk.clock).test_client()
        return walk

    return start


def test_the_default_is_what_the_stand_in_was_started_with(started):
    """A started default holds for every answer; a request may still wish otherwise."""
    walk = started(answers=Manner(signed="response", encryption="aes128-gcm"))
    response, judged = _answer(walk, {})
    assert len(response.findall("ds:Signature", NS)) == 1
    assert not _inner(judged).findall("ds:Signature", NS)
    assert _answer(walk, {"signed": "both"})[1].verdict


def test_a_stand_in_in_another_time(started):
    """Its answers are of its time, its page says so, and a request from ours is stale to it beyond its patience."""
    walk = started(clock_offset_seconds=-120)
    response, _ = _answer(walk, {})
    assert datetime.fromisoformat(response.get("IssueInstant")) < walk.clock.now - timedelta(seconds=119)
    assert "Hier gilt eine andere Zeit" in walk.client.get("/").text
    assert started(clock_offset_seconds=-3600).code_of(walk.provider.form()) == "sim-request-stale"
    walk = started()
    assert walk.code_of(walk.provider.form()) is None
    assert "Hier gilt eine andere Zeit" not in walk.client.get("/").text


def test_legacy_tolerance_ignores_a_bad_extension(started):
    """Where version 2 is optional a bad extension counts as none: all values go over, and the page says why."""
    walk = started(legacy_tolerance=True)
    bad = walk.provider.extension(version="1")
    login = walk.log_in("erika-eid", extension=bad)
    assert login.valid
    assert {"surname", "birthdate", "mail", "legacyPostkorbHandle"} <= set(login.trust())
    page = walk.client.get(walk.begin(extension=bad)).text
    assert "akdb-extension-v1-deprecated" in page
    assert "sim-extension-ignored" in page
    assert walk.code_of({"SAMLRequest": walk.provider.encoded(walk.provider.request())}) == "saml-request-not-signed"
    assert set(walk.log_in("erika-eid", extension=walk.provider.extension(wanted=("surname",))).trust()) == {"surname"}
    assert started().code_of(walk.provider.form(extension=bad)) == "akdb-extension-v1-deprecated"


@pytest.mark.parametrize(
    ("code", "bent"),
    [
        ("sim-online-service-id-missing", {"service_id": ""}),
        ("sim-online-service-id-missing", {"service_id": "<u:OnlineServiceID>BMI-A0000</u:OnlineServiceID>"}),
        ("sim-back-url-loopback", {"extra": "<u:BackURL>http://localhost:8083/</u:BackURL>"}),
        ("sim-back-url-ignored", {"extra": "<u:BackURL>http://service.example.org/</u:BackURL>"}),
        (
            "sim-display-name-long",
            {"organization": f"<u:OrganizationDisplayName>{'Amt ' * 20}</u:OrganizationDisplayName>"},
        ),
    ],
)
def test_what_is_served_and_worth_mending_is_said(walk, code, bent):
    """A warning stands on the page and in the JSON, and nothing is refused; a sound request has none."""
    extension = walk.provider.extension(**bent)
    assert code in walk.client.get(walk.begin(extension=extension)).text
    form, query = walk.provider.form(extension=extension), {"person": "erika-eid"}
    assert walk.client.post(SSO, data=form, query_string=query, headers=JSON).json["warnings"] == [code]
    sound = walk.client.post(SSO, data=walk.provider.form(), query_string=query, headers=JSON)
    assert sound.json["warnings"] == []
    assert "sim-" not in walk.client.get(walk.begin()).text


def test_a_long_relay_state_is_warned_of(walk):
    """SAML allows 80 bytes."""
    form = walk.provider.form() | {"RelayState": "x" * 81}
    told = walk.client.post(SSO, data=form, query_string={"person": "erika-eid"}, headers=JSON).json
    assert told["warnings"] == ["sim-relay-state-long"]
    assert dict(told["fields"])["RelayState"] == "x" * 81
