"""A tiny service provider of the tests' own: signs requests with libxmlsec, judges answers with python3-saml in strict mode.

It shares nothing with the stand-in it talks to, nor with the gate.
"""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "akdb": "https://www.akdb.de/request/2018/09",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
}
OID = {
    "givenName": "urn:oid:2.5.4.42",
    "surname": "urn:oid:2.5.4.4",
    "birthdate": "urn:oid:1.2.40.0.10.2.1.1.55",
    "postalAddress": "urn:oid:2.5.4.16",
    "localityName": "urn:oid:2.5.4.7",
    "nationality": "urn:oid:1.2.40.0.10.2.1.1.225577",
    "gender": "urn:oid:1.3.6.1.4.1.33592.1.3.5",
    "mail": "urn:oid:0.9.2342.19200300.100.1.3",
    "bPK2": "urn:oid:1.3.6.1.4.1.25484.494450.3",
    "handle": "urn:oid:2.5.4.18",
    "level": "urn:oid:1.2.40.0.10.2.1.1.261.94",
    "provedBy": "urn:oid:1.3.6.1.4.1.25484.494450.2",
    "pseudonym": "urn:oid:1.2.40.0.10.2.1.1.226699",
    "eidasCountry": "urn:oid:1.3.6.1.4.1.25484.494450.10.1",
}
METHODS = (
    "<akdb:AuthnMethods><akdb:eID/><akdb:Elster/><akdb:eIDAS/><akdb:Benutzername/><akdb:FINK/></akdb:AuthnMethods>"
)


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate_of(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test service")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        subject_name=name,
        issuer_name=name,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=1),
    )
    return builder.sign(key, hashes.SHA256())


def pem_of(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _text_of(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


@dataclass
class Provider:
    """One service provider with its keys; every request it writes can be bent by keyword."""

    entity_id: str = "https://service.example.org/sp"
    acs_url: str = "http://localhost:8080/saml/bundid/acs"
    sso_url: str = "http://127.0.0.1:8081/idp/profile/SAML2/POST/SSO"
    signing: rsa.RSAPrivateKey = field(default_factory=new_key)
    encryption: rsa.RSAPrivateKey = field(default_factory=new_key)

    def write_metadata(self, path: Path, *, encryption: bool = True) -> Path:
        def descriptor(use: str, key: rsa.RSAPrivateKey) -> str:
            return (
                f'<md:KeyDescriptor use="{use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
                f"{_text_of(certificate_of(key))}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            )

        keys = descriptor("signing", self.signing) + (descriptor("encryption", self.encryption) if encryption else "")
        path.write_text(
            f'<md:EntityDescriptor xmlns:md="{NS["md"]}" xmlns:ds="{NS["ds"]}" entityID="{self.entity_id}">'
            f'<md:SPSSODescriptor AuthnRequestsSigned="true" protocolSupportEnumeration="{NS["samlp"]}">{keys}'
            f'<md:AssertionConsumerService index="0" isDefault="true" Location="{self.acs_url}"'
            ' Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"/></md:SPSSODescriptor></md:EntityDescriptor>',
            encoding="utf-8",
        )
        return path

    def extension(
        self,
        *,
        version: str = "2",
        wanted: tuple[str, ...] = ("givenName", "surname", "bPK2", "level", "provedBy"),
        required: tuple[str, ...] = (),
        attributes: str | None = None,
        methods: str = METHODS,
        organization: str = "<u:OrganizationDisplayName>Musterstadt: Urkunden</u:OrganizationDisplayName>",
        service_id: str = "<u:OnlineServiceId>BMI-A0000</u:OnlineServiceId>",
        extra: str = "",
        detail: str = "true",
    ) -> str:
        if attributes is None:
            attributes = "".join(
                f'<akdb:RequestedAttribute Name="{OID[name]}" RequiredAttribute="{str(name in required).lower()}"/>'
                for name in wanted
            )
        return (
            f'<akdb:AuthenticationRequest xmlns:akdb="{NS["akdb"]}" Version="{version}" EnableStatusDetail="{detail}">'
            f"{methods}<akdb:RequestedAttributes>{attributes}</akdb:RequestedAttributes><akdb:DisplayInformation>"
            f'<u:Version xmlns:u="{NS["akdb"]}/classic-ui/v1">{organization}{extra}{service_id}</u:Version>'
            "</akdb:DisplayInformation></akdb:AuthenticationRequest>"
        )

    def request(
        self,
        *,
        identifier: str | None = None,
        issuer: str | None = None,
        at: datetime | None = None,
        acs: str | None = None,
        destination: str | None = None,
        level: int = 3,
        comparison: str = "minimum",
        extension: str | None = None,
    ) -> etree._Element:
        """An unsigned AuthnRequest of the worked shape."""
        moment = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = (
            f'<samlp:AuthnRequest xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" Version="2.0"'
            f' ID="{identifier or "_" + secrets.token_hex(16)}" IssueInstant="{moment}" ForceAuthn="true"'
            f' Destination="{destination or self.sso_url}" AssertionConsumerServiceURL="{acs or self.acs_url}"'
            ' ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">'
            f"<saml:Issuer>{issuer or self.entity_id}</saml:Issuer>"
            f"<samlp:Extensions>{self.extension() if extension is None else extension}</samlp:Extensions>"
            f'<samlp:RequestedAuthnContext Comparison="{comparison}"><saml:AuthnContextClassRef>'
            f"STORK-QAA-Level-{level}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>"
        )
        return etree.fromstring(text)

    def sign(
        self,
        request: etree._Element,
        *,
        key: rsa.RSAPrivateKey | None = None,
        pss: bool = False,
        further: object = None,
    ) -> etree._Element:
        """Sign with libxmlsec, enveloped, behind the Issuer; PSS by overwriting the template's method."""
        template = xmlsec.template.create(request, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.RSA_SHA256, ns="ds")
        request.insert(1, template)
        if pss:
            template.find("ds:SignedInfo/ds:SignatureMethod", NS).set("Algorithm", PSS)
        reference = xmlsec.template.add_reference(template, xmlsec.Transform.SHA256, uri="#" + request.get("ID"))
        xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
        xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
        if further is not None:
            xmlsec.template.add_transform(reference, further)
        xmlsec.tree.add_ids(request, ["ID"])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(pem_of(key or self.signing), xmlsec.constants.KeyDataFormatPem)
        context.sign(template)
        # Elements made inside libxmlsec are not found by name until the text is parsed anew.
        return etree.fromstring(etree.tostring(request))

    def verifies(self, request: etree._Element) -> bool:
        """Whether libxmlsec alone, without any check of the shape, would believe the first signature below the root."""
        root = etree.fromstring(etree.tostring(request))
        xmlsec.tree.add_ids(root, ["ID"])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(pem_of(self.signing), xmlsec.constants.KeyDataFormatPem)
        try:
            context.verify(root.find("ds:Signature", NS))
        except xmlsec.Error:
            return False
        return True

    def encoded(self, request: etree._Element) -> str:
        return base64.b64encode(etree.tostring(request)).decode()

    def form(self, **bent: object) -> dict[str, str]:
        """The fields of a signed request's post."""
        return {"SAMLRequest": self.encoded(self.sign(self.request(**bent))), "RelayState": "opaque-handle"}

    # --- the way back -------------------------------------------------------------------------------------------

    def judge(self, answer: str, idp_metadata: bytes, request_id: str) -> OneLogin_Saml2_Response:
        """What python3-saml in strict mode makes of an answer; ``is_valid`` is the caller's to ask."""
        response = OneLogin_Saml2_Response(self._settings(idp_metadata), answer)
        response.verdict = response.is_valid(self._http(), request_id)
        return response

    def _http(self) -> dict[str, object]:
        parts = urlsplit(self.acs_url)
        return {
            "http_host": parts.netloc,
            "script_name": parts.path,
            "get_data": {},
            "post_data": {},
            "https": "on" if parts.scheme == "https" else "off",
        }

    def _settings(self, idp_metadata: bytes) -> OneLogin_Saml2_Settings:
        root = etree.fromstring(idp_metadata)
        return OneLogin_Saml2_Settings(
            {
                "strict": True,
                "sp": {
                    "entityId": self.entity_id,
                    "assertionConsumerService": {"url": self.acs_url},
                    "x509cert": _text_of(certificate_of(self.encryption)),
                    "privateKey": pem_of(self.encryption).decode(),
                },
                "idp": {
                    "entityId": root.get("entityID"),
                    "singleSignOnService": {"url": root.find(".//md:SingleSignOnService", NS).get("Location")},
                    "x509cert": root.findtext(".//ds:X509Certificate", namespaces=NS),
                },
                "security": {
                    "wantAssertionsSigned": True,
                    "wantMessagesSigned": True,
                    "wantAssertionsEncrypted": True,
                    "wantNameId": True,
                    "rejectDeprecatedAlgorithm": True,
                },
            }
        )
