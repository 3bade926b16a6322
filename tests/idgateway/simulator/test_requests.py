"""Each refusal of a request with its ``idp.code``, beside the same request without the fault."""

import base64
from datetime import timedelta

import pytest
import xmlsec
from lxml import etree

from tests.idgateway.simulator.sp import METHODS, NS, OID, new_key

RETIRED_BPK = "urn:oid:1.2.40.0.10.2.1.1.149"


def test_a_sound_request_is_served(walk):
    """The twin of every refusal below: nothing bent, nothing refused."""
    assert walk.code_of(walk.provider.form()) is None


@pytest.mark.parametrize(
    ("code", "bent"),
    [
        ("sim-issuer-unknown", {"issuer": "https://stranger.example.org/sp"}),
        ("sim-acs-not-registered", {"acs": "http://localhost:8080/saml/bundid/acs/"}),
        ("sim-not-readable", {"identifier": "_" + "x" * 256}),
        ("sim-destination-wrong", {"destination": "https://int.id.bund.de/idp/profile/SAML2/POST/SSO"}),
        ("akdb-extension-missing", {"extension": "<other xmlns='urn:other'/>"}),
        ("sim-comparison-not-minimum", {"comparison": "exact"}),
        ("sim-level-unknown", {"level": 5}),
    ],
)
def test_faults_of_the_envelope(walk, code, bent):
    """A signed request whose envelope is wrong gets the code of its fault."""
    assert walk.code_of(walk.provider.form(**bent)) == code


@pytest.mark.parametrize(
    ("code", "bent"),
    [
        ("akdb-extension-v1-deprecated", {"version": "1"}),
        ("requested-attributes-empty", {"attributes": ""}),
        ("requested-attributes-missing-name", {"attributes": "<akdb:RequestedAttribute/>"}),
        ("requested-attributes-missing-name", {"attributes": '<akdb:RequestedAttribute Name="surname"/>'}),
        ("organization-display-name-missing", {"organization": ""}),
        (
            "organization-display-name-missing",
            {"organization": "<u:OrganizationDisplayName> </u:OrganizationDisplayName>"},
        ),
        ("empty-authentication-methods", {"methods": "<akdb:AuthnMethods/>"}),
        (
            "empty-authentication-methods",
            {
                "methods": "<akdb:AuthnMethods><akdb:eID><akdb:Enabled>false</akdb:Enabled></akdb:eID></akdb:AuthnMethods>"
            },
        ),
        (
            "sim-bpk-retired",
            {"attributes": f'<akdb:RequestedAttribute Name="{RETIRED_BPK}" RequiredAttribute="true"/>'},
        ),
        ("purpose-does-not-support-restricted-html", {"extra": "<u:Purpose>&lt;img src=x&gt;</u:Purpose>"}),
        (
            "purpose-does-not-support-restricted-html",
            {"extra": "<u:Purpose>&lt;a href='http://x.example'&gt;</u:Purpose>"},
        ),
    ],
)
def test_faults_of_the_extension(walk, code, bent):
    """Each fault of the AKDB extension has BundID's code, or one of ours where the papers name none."""
    assert walk.code_of(walk.provider.form(extension=walk.provider.extension(**bent))) == code


@pytest.mark.parametrize(
    "sound",
    [
        {"methods": ""},
        {"methods": METHODS, "extra": "<u:Purpose>&lt;p&gt;Antrag&lt;/p&gt;</u:Purpose>"},
        {"organization": "<u:OrganizationDisplayName>\n  <![CDATA[ Amt ]]>\n</u:OrganizationDisplayName>"},
        {"detail": "false"},
    ],
)
def test_forms_bundid_accepts_are_accepted(walk, sound):
    """No list of means, a modest purpose, CDATA and padding, no status detail: all served."""
    assert walk.code_of(walk.provider.form(extension=walk.provider.extension(**sound))) is None


@pytest.mark.parametrize("land", ["", ' Bundesland=""', ' Bundesland="Atlantis"'])
def test_an_authorisation_certificate_needs_its_land(walk, land):
    """``missing-berca`` where the element names none of the sixteen; with one, it is served."""

    def asking(attributes):
        whole = walk.provider.extension()
        return whole.replace(
            "</akdb:AuthenticationRequest>",
            f"<akdb:Berechtigungszertifikat{attributes}/></akdb:AuthenticationRequest>",
        )

    assert walk.code_of(walk.provider.form(extension=asking(land))) == "missing-berca"
    assert walk.code_of(walk.provider.form(extension=asking(' Bundesland="HE"'))) is None
    assert walk.code_of(walk.provider.form(extension=asking(' Bundesland="DE-BY"'))) is None


def test_the_retired_identifier_may_be_asked_for_as_an_option(walk):
    """BundID's own sample does; nobody has it, so it is simply absent."""
    attributes = f'<akdb:RequestedAttribute Name="{RETIRED_BPK}"/><akdb:RequestedAttribute Name="{OID["surname"]}"/>'
    login = walk.log_in("erika-eid", extension=walk.provider.extension(attributes=attributes))
    assert login.valid
    assert set(login.trust()) == {"surname"}


def test_checks_run_in_bundids_order(walk):
    """A request with every fault is refused for the first one; mended one by one, the next shows."""
    broken = {"version": "1", "attributes": "", "organization": "", "methods": "<akdb:AuthnMethods/>"}
    order = []
    for mended in ("version", "attributes", "organization", "methods"):
        order.append(walk.code_of(walk.provider.form(comparison="exact", extension=walk.provider.extension(**broken))))
        del broken[mended]
    order.append(walk.code_of(walk.provider.form(comparison="exact", extension=walk.provider.extension())))
    assert order == [
        "akdb-extension-v1-deprecated",
        "requested-attributes-empty",
        "organization-display-name-missing",
        "empty-authentication-methods",
        "sim-comparison-not-minimum",
    ]


def test_an_unsigned_request_is_refused(walk):
    """No signature, no login."""
    form = {"SAMLRequest": walk.provider.encoded(walk.provider.request())}
    assert walk.code_of(form) == "saml-request-not-signed"


def test_a_foreign_signature_is_refused(walk):
    """A signature by a key that is not in the metadata proves nothing."""
    request = walk.provider.sign(walk.provider.request(), key=new_key())
    assert walk.code_of({"SAMLRequest": walk.provider.encoded(request)}) == "saml-request-not-signed"


def test_a_changed_request_is_refused(walk):
    """One attribute changed after signing breaks the signature."""
    request = walk.provider.sign(walk.provider.request())
    request.set("ForceAuthn", "false")
    assert walk.code_of({"SAMLRequest": walk.provider.encoded(request)}) == "saml-request-not-signed"


def test_a_wrapped_request_is_refused(walk):
    """A valid signature over a request that hides inside another one says nothing about the other one."""
    good = walk.provider.sign(walk.provider.request())
    evil = walk.provider.request(extension="")
    evil.insert(1, good.find("ds:Signature", NS))
    evil.find("samlp:Extensions", NS).append(good)
    assert walk.provider.verifies(evil)
    assert walk.code_of({"SAMLRequest": walk.provider.encoded(evil)}) == "saml-request-not-signed"


def test_a_second_signature_is_refused(walk):
    """Two signatures leave room for doubt which one counts, even where the outer one is valid."""
    hidden = etree.tostring(walk.provider.sign(walk.provider.request()).find("ds:Signature", NS)).decode()
    request = walk.provider.sign(walk.provider.request(extension=walk.provider.extension() + hidden))
    assert walk.provider.verifies(request)
    assert walk.code_of({"SAMLRequest": walk.provider.encoded(request)}) == "saml-request-not-signed"


def test_a_transform_outside_the_two_allowed_is_refused_before_it_runs(walk):
    """Only enveloped and exclusive canonicalisation; a third transform is refused, however valid the signature."""
    request = walk.provider.sign(walk.provider.request(), further=xmlsec.Transform.C14N)
    assert walk.provider.verifies(request)
    assert walk.code_of({"SAMLRequest": walk.provider.encoded(request)}) == "saml-request-not-signed"


def test_the_same_request_twice_is_a_replay(walk):
    """The identifier of a request counts once, whoever sends it again."""
    form = walk.provider.form()
    assert walk.code_of(form) is None
    assert walk.code_of(form) == "sim-request-replayed"
    assert walk.code_of(walk.provider.form()) is None


def test_old_and_future_requests_are_refused(walk):
    """Five minutes and a little skew: younger is served, older and future are not."""
    now = walk.clock.now
    codes = [walk.code_of(walk.provider.form(at=now + timedelta(minutes=m))) for m in (-30, -9, -4, 2, 4)]
    assert codes == ["sim-request-stale", "sim-request-stale", None, None, "sim-request-stale"]


@pytest.mark.parametrize(
    "posted",
    [
        "",
        "no base64!",
        base64.b64encode(b"no xml").decode(),
        base64.b64encode(b"<a/>").decode(),
        base64.b64encode(b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>').decode(),
        base64.b64encode(b"<a>" + b" " * 300_000 + b"</a>").decode(),
    ],
)
def test_garbage_gets_a_page_and_never_an_exception(walk, posted):
    """What is no AuthnRequest is refused as unreadable."""
    assert walk.code_of({"SAMLRequest": posted}) == "sim-not-readable"


def test_a_document_type_is_refused_on_an_otherwise_sound_request(walk):
    """The same signed bytes with a harmless DTD in front are refused, without it they are served."""
    sound = etree.tostring(walk.provider.sign(walk.provider.request()))
    with_dtd = b"<!DOCTYPE AuthnRequest [<!ELEMENT x ANY>]>" + sound
    assert walk.code_of({"SAMLRequest": base64.b64encode(with_dtd).decode()}) == "sim-not-readable"
    assert walk.code_of({"SAMLRequest": base64.b64encode(sound).decode()}) is None


def test_an_endpoint_by_its_index(walk):
    """SAML Core 3.4.1: an index of the metadata stands for the URL; an unknown one, or one beside a URL, is refused."""

    def indexed(index, *, with_url=False):
        request = walk.provider.request()
        request.set("AssertionConsumerServiceIndex", index)
        if not with_url:
            del request.attrib["AssertionConsumerServiceURL"], request.attrib["ProtocolBinding"]
        return {"SAMLRequest": walk.provider.encoded(walk.provider.sign(request))}

    assert walk.code_of(indexed("0")) is None
    assert walk.code_of(indexed("7")) == "sim-acs-not-registered"
    assert walk.code_of(indexed("0", with_url=True)) == "sim-acs-not-registered"


def test_another_binding_for_the_answer_is_refused(walk):
    """Answers are posted: the right URL with another ProtocolBinding is no registered endpoint."""
    request = walk.provider.request()
    request.set("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact")
    form = {"SAMLRequest": walk.provider.encoded(walk.provider.sign(request))}
    assert walk.code_of(form) == "sim-acs-not-registered"


def test_an_identifier_that_begins_with_a_digit_is_accepted(walk):
    """BundID's own samples send UUIDs that are no xs:ID."""
    assert walk.code_of(walk.provider.form(identifier="7d0c0f3a-1111-4222-8333-444455556666")) is None


def test_metadata_without_an_encryption_key_are_of_no_use(walk, tmp_path):
    """Answers are encrypted or not given: the service must publish a key."""
    walk.provider.write_metadata(tmp_path / "sp.xml", encryption=False)
    assert walk.code_of(walk.provider.form()) == "sim-encryption-key-missing"
    walk.provider.write_metadata(tmp_path / "sp.xml")
    assert walk.code_of(walk.provider.form()) is None


def test_an_unknown_attribute_is_simply_not_delivered(walk):
    """A well-formed name BundID does not know is absent from the answer."""
    names = ("urn:oid:1.2.3.4", OID["surname"])
    attributes = "".join(f'<akdb:RequestedAttribute Name="{name}"/>' for name in names)
    login = walk.log_in("erika-eid", extension=walk.provider.extension(attributes=attributes))
    assert login.valid
    assert set(login.trust()) == {"surname"}


def test_the_error_page_echoes_nothing(walk):
    """Unknown codes in the address are not shown."""
    page = walk.client.get("/error?idp.code=%3Cscript%3Ealert(1)%3C/script%3E")
    assert page.status_code == 400
    assert "alert(1)" not in page.text
