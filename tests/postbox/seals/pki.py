"""A certificate authority for tests: seal and signature certificates, sound and wrong ones, CRLs, and a trusted list."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import ClassVar

import xmlsec
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from lxml import etree
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CRL_URL = "http://crl.test/ca.crl"
QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
ESEAL, ESIGN = "0.4.0.1862.1.6.2", "0.4.0.1862.1.6.1"


def statements(*, compliance=True, qscd=True, kind=ESEAL) -> bytes:
    """QcStatements (EN 319 412-5), by hand."""
    from asn1crypto import core

    class Kinds(core.SequenceOf):
        _child_spec = core.ObjectIdentifier

    class Statement(core.Sequence):
        _fields: ClassVar = [("id", core.ObjectIdentifier), ("info", Kinds, {"optional": True})]

    class Statements(core.SequenceOf):
        _child_spec = Statement

    found = []
    if compliance:
        found.append({"id": "0.4.0.1862.1.1"})
    if qscd:
        found.append({"id": "0.4.0.1862.1.4"})
    if kind:
        found.append({"id": "0.4.0.1862.1.6", "info": [kind]})
    return Statements(found).dump()


@dataclass(frozen=True)
class Holder:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def name(common: str, organisation: str = "Stadt Viernheim") -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def authority(common="Test CA") -> Holder:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common, "Test"))
        .issuer_name(name(common, "Test"))
        .public_key(key.public_key())
    )
    builder = builder.serial_number(1).not_valid_before(NOW - 900 * DAY).not_valid_after(NOW + 900 * DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return Holder(key, builder.sign(key, hashes.SHA256()))


def issue(
    ca: Holder,
    common="Stadt Viernheim Siegel",
    *,
    serial=100,
    begins=NOW - 30 * DAY,
    ends=NOW + 300 * DAY,
    qc=None,
    usage="content_commitment",
    extended=None,
    crl=True,
    key=None,
    responder="",
    more=(),
) -> Holder:
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(ca.certificate.subject)
        .public_key(key.public_key())
    )
    builder = builder.serial_number(serial).not_valid_before(begins).not_valid_after(ends)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    usages = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
            "key_cert_sign",
            "crl_sign",
        ),
        False,
    )
    builder = builder.add_extension(x509.KeyUsage(**{**usages, usage: True}), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False
    )
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    if responder:
        place = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(responder))
        builder = builder.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
    if qc is not None:
        builder = builder.add_extension(x509.UnrecognizedExtension(QC_STATEMENTS, qc), critical=False)
    if extended is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([extended]), critical=True)
    if crl:
        point = x509.DistributionPoint(
            full_name=[x509.UniformResourceIdentifier(CRL_URL)], relative_name=None, reasons=None, crl_issuer=None
        )
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return Holder(key, builder.sign(ca.key, hashes.SHA256()))


def crl(ca: Holder, *revoked: int, at=NOW - DAY, until=NOW + 5 * DAY) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder().issuer_name(ca.certificate.subject).last_update(at).next_update(until)
    )
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at - DAY).build()
        builder = builder.add_revoked_certificate(entry)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False
    )
    builder = builder.add_extension(x509.CRLNumber(1), critical=False)
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def signer_of(holder: Holder, *chain: Holder) -> signers.SimpleSigner:
    """The other party's software: the signer that comes with pyHanko."""
    store = SimpleCertificateStore()
    store.register_multiple(asn1_x509.Certificate.load(one.der) for one in chain)
    key = holder.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signers.SimpleSigner(asn1_x509.Certificate.load(holder.der), asn1_keys.PrivateKeyInfo.load(key), store)


def signed(pdf: bytes, holder: Holder, *chain: Holder, subfilter=SigSeedSubFilter.PADES, **settings) -> bytes:
    meta = signers.PdfSignatureMetadata(field_name="Siegel", subfilter=subfilter, md_algorithm="sha256", **settings)
    out = signers.PdfSigner(meta, signer_of(holder, *chain)).sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))
    return out.getvalue()


TSL = "http://uri.etsi.org/02231/v2#"
GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"


def trusted_list(
    signer: Holder,
    *services: Holder,
    kind="ForeSeals",
    status=GRANTED,
    until=NOW + 90 * DAY,
    extra="",
    service="CA/QC",
    since="2020-01-01T00:00:00Z",
    history="",
) -> bytes:
    """A trusted list (TS 119 612) with these services, signed by its scheme operator."""
    found = "".join(
        f"""<TSPService><ServiceInformation>
        <ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/{service}</ServiceTypeIdentifier>
        <ServiceName><Name xml:lang="en">Test CA</Name></ServiceName>
        <ServiceDigitalIdentity><DigitalId><X509Certificate>{base64.b64encode(one.der).decode()}</X509Certificate></DigitalId></ServiceDigitalIdentity>
        <ServiceStatus>{status}</ServiceStatus><StatusStartingTime>{since}</StatusStartingTime>
        <ServiceInformationExtensions><Extension Critical="true"><AdditionalServiceInformation>
        <URI xml:lang="en">http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/{kind}</URI></AdditionalServiceInformation></Extension>{extra}
        </ServiceInformationExtensions></ServiceInformation>{history}</TSPService>"""
        for one in services
    )
    text = f"""<TrustServiceStatusList xmlns="{TSL}" Id="list"><SchemeInformation><TSLSequenceNumber>7</TSLSequenceNumber>
    <SchemeTerritory>DE</SchemeTerritory><ListIssueDateTime>2026-11-01T00:00:00Z</ListIssueDateTime>
    <NextUpdate><dateTime>{until:%Y-%m-%dT%H:%M:%SZ}</dateTime></NextUpdate></SchemeInformation>
    <TrustServiceProviderList><TrustServiceProvider><TSPServices>{found}</TSPServices></TrustServiceProvider></TrustServiceProviderList>
    </TrustServiceStatusList>"""
    root = etree.fromstring(text)
    signature = xmlsec.template.create(root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformEcdsaSha256)
    reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri="#list")
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    root.append(signature)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    pem = signer.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
    context.sign(signature)
    return etree.tostring(root)
