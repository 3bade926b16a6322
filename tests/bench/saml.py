"""BundID's SAML: an answer judged, a request signed; each against its bare RSA operations and python3-saml as shipped."""

import base64
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from idgateway.assurance import Level
from idgateway.attributes import TABLE
from idgateway.settings import SamlProvider
from idgateway.upstream import Answer, Ask
from idgateway.upstream.saml.provider import SamlUpstream
from keys.keyring import Purpose
from tests.bench.measure import compare, one_core, timed
from tests.bench.place import BITS, ENTITY_ID, Place
from tests.bench.scale import Scale
from tests.bench.table import Row, duration, told
from tests.idgateway.upstream import idp

HOST = "gate.musterstadt.example"
CALLBACK = f"https://{HOST}/saml/bundid/acs"
_ANSWERS = 8  # different answers taken in turn, so that no cache knows the next one
_SHA256 = hashes.SHA256()
PKCS1 = padding.PKCS1v15()
PSS = padding.PSS(mgf=padding.MGF1(_SHA256), salt_length=32)
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)


def rows(place: Place, scale: Scale) -> Iterator[Row]:
    """Both rows."""
    desk = Desk(place)
    with one_core():
        yield answer_row(desk, scale)
        yield request_row(desk, scale)


class Desk:
    """A service provider with vault keys; the honest identity provider of the tests answers it, with RSA-3072."""

    def __init__(self, place: Place) -> None:
        """Take the gate's keys and open its account."""
        self.now = datetime.now(UTC)
        self.keyring = place.gate_keys
        provider = SamlProvider(
            name="bundid", title="BundID", metadata_file=place.home / "idp.xml", entity_id=ENTITY_ID
        )
        self.upstream = SamlUpstream(provider, self.keyring, CALLBACK)
        self.ask = Ask(
            relay_state="h" * 43,
            level=Level.SUBSTANTIAL,
            attributes=tuple(known.name for known in TABLE if known.oid)[:18],
            callback_url=CALLBACK,
            display_name="Musterstadt: Urkundenanforderung",
            online_service_id="BMI-A0000",
            language="de",
            back_url="https://www.musterstadt.example/urkunde",
            guests_welcome=False,
            now=self.now,
        )

    def private_key(self, purpose: Purpose) -> rsa.RSAPrivateKey:
        """The bare key behind the vault's, for the floor and the peer only."""
        key = self.keyring.current(purpose, self.now).private_key
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(purpose)
        return key

    @property
    def certificate(self) -> x509.Certificate:
        """What the provider encrypts for."""
        certificate = self.keyring.current(Purpose.SAML_ENCRYPTION, self.now).certificate
        if certificate is None:
            raise TypeError("no certificate")
        return certificate

    def answered(self) -> tuple[str, Answer]:
        """A correct answer to a fresh request: the form field, and what the gate would judge."""
        handover = self.upstream.begin(self.ask)
        asked = idp.Asked(
            request_id=handover.memory["request_id"],
            callback_url=CALLBACK,
            entity_id=ENTITY_ID,
            now=self.now,
            certificate=self.certificate,
        )
        field = idp.answer(asked, WISH, bits=BITS)
        answer = Answer(
            parameters={"SAMLResponse": field, "RelayState": self.ask.relay_state},
            memory=handover.memory,
            callback_url=CALLBACK,
            asked_level=self.ask.level,
            asked_at=self.ask.now - timedelta(minutes=1),
            guests_welcome=False,
            now=self.now + timedelta(seconds=1),
        )
        return field, answer


def twenty_attributes() -> dict[str, tuple[str, str | None]]:
    """A person with everything BundID delivers."""
    level = idp.OID["level"]  # the provider adds this one itself
    others = {each.oid: (f"Musterwert {each.name}", "HOCH") for each in TABLE if each.oid not in ("", level)}
    return dict(list({**idp.ERIKA, **{oid: others[oid] for oid in others if oid not in idp.ERIKA}}.items())[:19])


WISH = replace(idp.GOOD, attributes=twenty_attributes())


def answer_row(desk: Desk, scale: Scale) -> Row:
    """Decrypt, verify twice, all numbered checks; floor: the RSA operations in it; peer: python3-saml as shipped."""
    answers = [desk.answered() for _ in range(_ANSWERS)]
    ours, peers = itertools.cycle(answers), itertools.cycle(answers)
    peer = second_opinion(desk)

    def judge() -> None:
        desk.upstream.complete(next(ours)[1])

    def ask_peer() -> None:
        field, answer = next(peers)
        peer(field, answer.memory["request_id"])

    tasks = {
        "floor": timed(rsa_floor(desk.private_key(Purpose.SAML_ENCRYPTION))),
        "ours": timed(judge),
        "peer": timed(ask_peer),
    }
    found = compare(tasks, seconds=scale.seconds)
    shipped = found["peer"]
    variable = "set" if os.environ.get("SSL_CERT_FILE") else "not set"
    size = len(base64.b64decode(answers[0][0])) / 1024
    note = (
        f"{size:.1f} KiB, 20 attributes, Response and assertion signed with RSA-3072 PSS, AES-256-GCM, RSA-OAEP. Floor: "
        "one OAEP decryption and two PSS verifications, nothing else. python3-saml as shipped builds its response "
        f"object, is_valid, get_attributes; SSL_CERT_FILE is {variable} (set, it reads the CA bundle once a response). "
        f"We take {found['ours'].median / shipped.median:.2f} of its time."
    )
    return Row(
        name="answer",
        what="BundID answer: decrypt, verify, all checks",
        floor=f"{duration(found['floor'].median)}; python3-saml {duration(shipped.median)}",
        ours=told(found["ours"]),
        ratio=found["ours"].median / found["floor"].median,
        goal="≤ 2.5 ms",
        notes=(note,),
    )


def rsa_floor(key: rsa.RSAPrivateKey) -> Callable[[], None]:
    """One OAEP decryption and two verifications with an RSA key of the size in use."""
    public = key.public_key()
    sealed, signature = public.encrypt(b"k" * 32, _OAEP), key.sign(b"data", PSS, _SHA256)

    def run() -> None:
        key.decrypt(sealed, _OAEP)
        public.verify(signature, b"data", PSS, _SHA256)
        public.verify(signature, b"data", PSS, _SHA256)

    return run


def second_opinion(desk: Desk) -> Callable[[str, str], None]:
    """python3-saml, strict, settings kept: judges a form field for a request id, by the real clock."""
    pem = desk.private_key(Purpose.SAML_ENCRYPTION).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    service = {
        "entityId": ENTITY_ID,
        "assertionConsumerService": {"url": CALLBACK},
        "privateKey": pem.decode(),
        "x509cert": desk.certificate.public_bytes(Encoding.PEM).decode(),
    }
    provider = {
        "entityId": idp.ENTITY_ID,
        "singleSignOnService": {"url": idp.SSO_URL},
        "x509cert": idp.certificate("honest", BITS).public_bytes(Encoding.PEM).decode(),
    }
    security = {"wantAssertionsEncrypted": True, "wantNameId": False, "rejectDeprecatedAlgorithm": True}
    settings = OneLogin_Saml2_Settings({"strict": True, "sp": service, "idp": provider, "security": security})
    request = {"https": "on", "http_host": HOST, "script_name": "/saml/bundid/acs", "get_data": {}, "post_data": {}}

    def judge(field: str, request_id: str) -> None:
        response = OneLogin_Saml2_Response(settings, field)
        response.is_valid(request, request_id, raise_exceptions=True)
        response.get_attributes()

    return judge


def request_row(desk: Desk, scale: Scale) -> Row:
    """Build, canonicalise, sign and encode a request; floor: the bare RSA-3072 signature."""
    key = desk.private_key(Purpose.SAML_SIGNING)
    tasks = {
        "floor": timed(lambda: key.sign(b"data", PKCS1, _SHA256)),
        "ours": timed(lambda: desk.upstream.begin(desk.ask)),
    }
    found = compare(tasks, seconds=scale.seconds / 2)
    return Row(
        name="request",
        what="signed AuthnRequest with the AKDB extension",
        floor=duration(found["floor"].median),
        ours=told(found["ours"]),
        ratio=found["ours"].median / found["floor"].median,
        goal="≤ 1.5 ms",
        notes=("RSA-3072 PKCS#1 v1.5 as BundID takes it, 18 attributes asked for; floor: the signature alone.",),
    )
