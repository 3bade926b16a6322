"""The Servicekonto logs somebody out at a service: a signed LogoutRequest, and the judgement of the word back.

Sources: SAML Core 2.0, 3.7; SAML Profiles 2.0, 4.4; SAML Bindings 2.0, 3.5.
"""

import base64
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from idgateway.simulator.accounts.keys import Keys
from idgateway.simulator.bindings import decoded, parsed
from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.metadata import ServiceProvider
from idgateway.simulator.names import NS, PERSISTENT, SAML, SAMLP, SUCCESS
from idgateway.simulator.protection import Protection, sign
from idgateway.simulator.signatures import check_signature
from idgateway.simulator.tree import child, text

_MOST = 1000


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A logout that was asked for."""

    request_id: str
    service: ServiceProvider
    encoded: str  # form field SAMLRequest


class Pending:
    """Logouts that no word has come back for yet, in memory."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._sent: dict[str, Sent] = {}

    def keep(self, sent: Sent) -> None:
        """Remember one; the oldest goes when there are too many."""
        with self._lock:
            while len(self._sent) >= _MOST:
                self._sent.pop(next(iter(self._sent)))
            self._sent[sent.request_id] = sent

    def take(self, request_id: str) -> Sent:
        """The logout a word answers, once. Raises RequestRefused when there is none."""
        with self._lock:
            found = self._sent.pop(request_id, None)
        if found is None:
            raise RequestRefused("sim-login-unknown", "no logout waits for this word")
        return found


def ask(service: ServiceProvider, holder: str, keys: Keys, entity_id: str, now: datetime) -> Sent:
    """Ask a service to end every session of this holder."""
    root = etree.Element(etree.QName(SAMLP, "LogoutRequest"), nsmap={"samlp": SAMLP, "saml": SAML})
    request_id = "_" + secrets.token_hex(16)
    instant = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    values = {"ID": request_id, "Version": "2.0", "IssueInstant": instant, "Destination": service.slo_url}
    for name, value in values.items():
        root.set(name, value)
    child(root, SAML, "Issuer").text = entity_id
    parties = {"NameQualifier": entity_id, "SPNameQualifier": service.entity_id}
    child(root, SAML, "NameID", Format=PERSISTENT, **parties).text = keys.pairwise(service.entity_id, holder)
    sign(root, Protection(signer=keys.signer))
    return Sent(request_id=request_id, service=service, encoded=base64.b64encode(etree.tostring(root)).decode())


def judge(encoded: str, pending: Pending, destination: str) -> str:
    """The service's word: ``complete`` or ``partial``. Raises RequestRefused for what is no word of that service."""
    root = parsed(decoded(encoded))
    if root.tag != f"{{{SAMLP}}}LogoutResponse" or root.get("Destination") != destination:
        raise RequestRefused("sim-destination-wrong", "no LogoutResponse for this address")
    sent = pending.take(root.get("InResponseTo", ""))
    if text(root, "saml:Issuer") != sent.service.entity_id:
        raise RequestRefused("sim-issuer-unknown")
    check_signature(root, sent.service.signing)
    codes = [code.get("Value") for code in root.iter(f"{{{SAMLP}}}StatusCode")]
    if root.find("samlp:Status", NS) is None or codes[:1] != [SUCCESS]:
        raise RequestRefused("sim-not-readable", "the service says that it did not")
    return "complete" if len(codes) == 1 else "partial"
