"""The AKDB extension, version 2: what the service wants to know, and what people shall read before they agree.

Source: BundID interface description 9. The checks run in BundID's order; each refusal carries BundID's ``idp.code``.
"""

import re
from dataclasses import dataclass

from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.names import AKDB, ATTRIBUTES, CLASSIC_UI, NS
from idgateway.simulator.tree import Element, text

METHODS = ("Authega", "Benutzername", "Diia", "eID", "eIDAS", "Elster", "FINK")
LANGUAGES = ("de", "en", "ru", "uk")
_URN = re.compile(r"urn:oid:[0-9]+(\.[0-9]+)+")
_VERSION = f"akdb:DisplayInformation/{{{CLASSIC_UI}}}Version"
_LONGEST_DISPLAY_NAME = 50
_RETIRED = ATTRIBUTES["bPK"].urn
# The Länder by ISO 3166-2, without "DE-".
_LAENDER = frozenset(("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH"))
_LOOPBACK = re.compile(r"http://(localhost|127\.0\.0\.1)(:\d+)?(/|$)")
_PURPOSE_TAGS = frozenset({"h1", "p", "a", "b", "i", "br", "ul", "ol", "li"})


@dataclass(frozen=True, kw_only=True)
class Requested:
    """One requested attribute: its ``urn:oid:`` name, and whether the service cannot do without it."""

    urn: str
    required: bool


@dataclass(frozen=True, kw_only=True)
class Extension:
    """A checked extension."""

    status_detail: bool  # may an error answer name the missing attributes?
    requested: tuple[Requested, ...]
    methods: frozenset[str]
    display_name: str
    language: str
    back_url: str  # empty where none, or none a browser should follow, was sent
    online_service_id: str
    warnings: tuple[str, ...] = ()  # codes of errors.WARNINGS
    ignored: str = ""  # the idp.code of an extension that legacy tolerance ignored


def read_extension(request: Element) -> Extension:
    """Read and check the extension of an AuthnRequest. Raises RequestRefused."""
    found = request.find("samlp:Extensions/akdb:AuthenticationRequest", NS)
    if found is None:
        raise RequestRefused("akdb-extension-missing")
    if found.get("Version") != "2":
        raise RequestRefused("akdb-extension-v1-deprecated", f"Version is {found.get('Version')!r}")
    requested = _requested(found)
    display_name = text(found, f"{_VERSION}/ui:OrganizationDisplayName")
    if not display_name:
        raise RequestRefused("organization-display-name-missing")
    check_purpose(text(found, f"{_VERSION}/ui:Purpose"))
    check_certificate_state(found)
    methods = _methods(found)
    return Extension(
        status_detail=found.get("EnableStatusDetail", "false") == "true",
        requested=requested,
        methods=methods,
        display_name=display_name[:_LONGEST_DISPLAY_NAME],  # 9.5: more than fifty characters may be cut
        language=_language(found),
        back_url=_back_url(found),
        online_service_id=text(found, f"{_VERSION}/ui:OnlineServiceId"),
        warnings=_warnings(found),
    )


def ignored_extension(entity_id: str, code: str) -> Extension:
    """9.2.2: where version 2 is optional, a bad extension counts as none: every means, every value, as in version 1."""
    return Extension(
        status_detail=False,
        requested=tuple(Requested(urn=name.urn, required=False) for name in ATTRIBUTES.values()),
        methods=frozenset(METHODS),
        display_name=entity_id,
        language="de",
        back_url="",
        online_service_id="",
        warnings=("sim-extension-ignored",),
        ignored=code,
    )


def check_purpose(purpose: str) -> None:
    """9.5: a purpose may carry a small set of HTML, links only to https. Raises RequestRefused."""
    tags = {tag.lower() for tag in re.findall(r"<\s*/?\s*([A-Za-z][A-Za-z0-9]*)", purpose)}
    links = re.findall(r"href\s*=\s*[\"']?([^\"'\s>]*)", purpose, re.IGNORECASE)
    if tags - _PURPOSE_TAGS or any(not link.startswith("https://") for link in links):
        raise RequestRefused("purpose-does-not-support-restricted-html")


def check_certificate_state(extension: Element) -> None:
    """An authorisation certificate is asked for by its Land. Raises RequestRefused ``missing-berca``.

    The papers name the code and the element, not when the one leads to the other; this reading is ours.
    """
    asked = extension.find("akdb:Berechtigungszertifikat", NS)
    if asked is not None and asked.get("Bundesland", "").strip().upper().removeprefix("DE-") not in _LAENDER:
        raise RequestRefused("missing-berca", "Bundesland names none of the sixteen")


def _requested(extension: Element) -> tuple[Requested, ...]:
    entries = extension.findall("akdb:RequestedAttributes/akdb:RequestedAttribute", NS)
    if not entries:
        raise RequestRefused("requested-attributes-empty")
    wanted = [
        Requested(urn=entry.get("Name", "").strip(), required=entry.get("RequiredAttribute", "false") == "true")
        for entry in entries
    ]
    for entry in wanted:
        if not _URN.fullmatch(entry.urn):
            raise RequestRefused("requested-attributes-missing-name", f"{entry.urn!r} is no urn:oid: name")
    # 6.2.1: the old bPK is retired; whoever cannot do without it asks in vain.
    if any(entry.urn == _RETIRED and entry.required for entry in wanted):
        raise RequestRefused("sim-bpk-retired")
    return tuple(wanted)


def _methods(extension: Element) -> frozenset[str]:
    listed = extension.find("akdb:AuthnMethods", NS)
    if listed is None:
        return frozenset(METHODS)
    # 9.1: what is not listed is out; what is listed without Enabled is in.
    enabled = {name for name in METHODS if _is_enabled(listed.find(f"{{{AKDB}}}{name}"))}
    if not enabled:
        raise RequestRefused("empty-authentication-methods")
    return frozenset(enabled)


def _is_enabled(method: Element | None) -> bool:
    return method is not None and text(method, "akdb:Enabled") in ("", "true")


def _language(extension: Element) -> str:
    language = text(extension, f"{_VERSION}/ui:Lang") or "de"
    return language if language in LANGUAGES else "de"


def _back_url(extension: Element) -> str:
    # BundID demands https and checks nothing; on the loopback of a test, http has to do. Never javascript: or data:.
    url = _sent_back_url(extension)
    return url if url.startswith("https://") or _LOOPBACK.match(url) else ""


def _sent_back_url(extension: Element) -> str:
    return text(extension, f"{_VERSION}/ui:BackURL")


def _warnings(extension: Element) -> tuple[str, ...]:
    """What is served and worth mending: BundID is stricter, or will be, or only its papers say so."""
    back_url = _sent_back_url(extension)
    facts = {
        # The element's name ends in "Id"; "OnlineServiceID" of some guides is another XML name and does not count.
        "sim-online-service-id-missing": not text(extension, f"{_VERSION}/ui:OnlineServiceId"),
        "sim-display-name-long": len(text(extension, f"{_VERSION}/ui:OrganizationDisplayName")) > _LONGEST_DISPLAY_NAME,
        "sim-back-url-loopback": bool(_LOOPBACK.match(back_url)),
        "sim-back-url-ignored": bool(back_url) and not _back_url(extension),
    }
    return tuple(code for code, fact in facts.items() if fact)
