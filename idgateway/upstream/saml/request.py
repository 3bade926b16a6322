"""The login request: an AuthnRequest in schema order, vault-signed; for BundID and BayernID with AKDB's extension.

Sources: BundID interface description 10.2, sections 8 (envelope) and 9 (extension); SAML Core 2.0, 3.4.1.
"""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from lxml import etree

from idgateway.assurance import Level, stork_of
from idgateway.attributes import oid_of
from idgateway.errors import UpstreamUnavailable
from idgateway.upstream import Ask
from idgateway.upstream.saml import names
from idgateway.upstream.saml.binding import Letter, post, redirect
from idgateway.upstream.saml.names import a, p
from idgateway.upstream.saml.profile import Profile
from keys.keyring import Key

DISPLAY_NAME_LENGTH: Final = 50  # BundID 9.5: longer names may be cut, so we cut them where we can see it
LANGUAGES: Final = frozenset({"de", "en", "ru", "uk"})
ALWAYS_ASKED: Final = ("level", "proved_by")  # without them no answer can be judged
_IDENTIFIER_BYTES = 20


@dataclass(frozen=True, kw_only=True)
class Built:
    """A signed request, ready to be sent, and what its answer will be compared with."""

    request_id: str
    letter: Letter
    attributes: tuple[str, ...]
    means: tuple[str, ...]


def build(
    ask: Ask,
    profile: Profile,
    *,
    entity_id: str,
    callback_url: str,
    destination: str,
    key: Key,
    signature: str = "rsa-sha256",
) -> Built:
    """Build and sign the request for one login.

    ``signature`` is ``rsa-sha256`` or ``rsa-pss``. Raises UpstreamUnavailable if the service has no name to show.
    """
    attributes = _attributes_of(ask, profile)
    means = tuple(name for name, highest in profile.means if highest >= ask.level)
    request_id = "_" + secrets.token_hex(_IDENTIFIER_BYTES)
    root = _envelope(request_id, ask.now, destination, callback_url)
    issuer = etree.SubElement(root, a("Issuer"))
    issuer.text = entity_id
    if means:
        _extension(etree.SubElement(root, p("Extensions")), ask, attributes, means)
    etree.SubElement(root, p("NameIDPolicy"), Format=names.NAMEID_FORMATS[profile.name_id], AllowCreate="true")
    _context(root, profile, ask.level)
    way = {"url": destination, "name": "SAMLRequest", "relay_state": ask.relay_state, "signature": signature}
    redirected = profile.request_binding == "redirect"
    letter = redirect(root, key=key, **way) if redirected else post(root, issuer, key=key, **way)
    return Built(request_id=request_id, letter=letter, attributes=attributes, means=means)


def _attributes_of(ask: Ask, profile: Profile) -> tuple[str, ...]:
    """What is kept of the answer; where the profile has AKDB's extension, also what is asked for."""
    if not profile.means:
        return tuple(name for name in ask.attributes if name in profile.delivered)
    # BundID 9.2.1: asking for the identifier hides the guest login, so it is asked for only without guests.
    subject = () if ask.guests_welcome else (profile.subject,)
    wanted = dict.fromkeys((*subject, *ask.attributes, *ALWAYS_ASKED))
    return tuple(name for name in wanted if name in profile.delivered)


def _context(root: Any, profile: Profile, level: Level) -> None:
    """Ask for the level where the account tells it as a class reference."""
    if profile.means:
        # BundID 5.1: only ``minimum`` is supported; stronger means than asked for satisfy it.
        comparison, references = "minimum", [stork_of(level)]
    elif profile.level.reference:
        # SAML Core 3.3.2.2.1: ``exact`` is met by any of the list, and needs no order the provider would have to know.
        comparison, references = "exact", [word for word, reached in profile.level.words.items() if reached >= level]
    else:
        return
    context = etree.SubElement(root, p("RequestedAuthnContext"), Comparison=comparison)
    for reference in references:
        etree.SubElement(context, a("AuthnContextClassRef")).text = reference


def _envelope(request_id: str, now: datetime, destination: str, callback_url: str) -> Any:
    return etree.Element(
        p("AuthnRequest"),
        {
            "ID": request_id,
            "Version": "2.0",
            "IssueInstant": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Destination": destination,
            "ForceAuthn": "true",  # BundID has no single sign-on between services on purpose
            "IsPassive": "false",
            "ProtocolBinding": names.BINDING_POST,
            "AssertionConsumerServiceURL": callback_url,
        },
        nsmap={"samlp": names.PROTOCOL, "saml": names.ASSERTION},
    )


def _extension(parent: Any, ask: Ask, attributes: tuple[str, ...], means: tuple[str, ...]) -> None:
    """The AKDB extension, version 2 (BundID 9): means, attributes, what the person is shown."""
    extension = etree.SubElement(
        parent, _akdb("AuthenticationRequest"), Version="2", EnableStatusDetail="true", nsmap={"akdb": names.AKDB}
    )
    methods = etree.SubElement(extension, _akdb("AuthnMethods"))
    for name in means:
        etree.SubElement(etree.SubElement(methods, _akdb(name)), _akdb("Enabled")).text = "true"
    requested = etree.SubElement(extension, _akdb("RequestedAttributes"))
    for attribute in attributes:
        required = {"RequiredAttribute": "true"} if _required(attribute, ask.level) else {}
        etree.SubElement(requested, _akdb("RequestedAttribute"), {"Name": oid_of(attribute), **required})
    _display(etree.SubElement(extension, _akdb("DisplayInformation")), ask)


def _required(attribute: str, level: Level) -> bool:
    # BundID 9.2: a required attribute that is missing ends the login without data; none at all at Basisregistrierung.
    # Only the identifier is worth that: without it there is no account to log in to.
    return attribute == "pairwise_id" and level > Level.BASIC


def _display(parent: Any, ask: Ask) -> None:
    """What the person sees before releasing data (BundID 9.5); elements in the order of the interface description."""
    name = _one_line(ask.display_name)[:DISPLAY_NAME_LENGTH].rstrip()
    if not name:
        raise UpstreamUnavailable("the application has no display name", code="display-name-missing")
    version = etree.SubElement(parent, _ui("Version"), nsmap={"classic-ui": names.CLASSIC_UI})
    etree.SubElement(version, _ui("OrganizationDisplayName")).text = name
    etree.SubElement(version, _ui("Lang")).text = ask.language if ask.language in LANGUAGES else "de"
    if _may_lead_back(ask.back_url):
        etree.SubElement(version, _ui("BackURL")).text = ask.back_url
    if ask.online_service_id:
        etree.SubElement(version, _ui("OnlineServiceId")).text = ask.online_service_id


def _may_lead_back(url: str) -> bool:
    """BundID 9.5: a BackURL is https; without one, cancelling answers by SAML. On a demo's loopback http has to do."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1"))


def _one_line(text: str) -> str:
    """NFC, blanks folded, without control characters, which XML cannot carry and a page should not show."""
    visible = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter for letter in text)
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _akdb(name: str) -> str:
    return f"{{{names.AKDB}}}{name}"


def _ui(name: str) -> str:
    return f"{{{names.CLASSIC_UI}}}{name}"
