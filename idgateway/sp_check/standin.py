"""The stand-in as a program meets it: its catalogue, its metadata, and an answer at once for person and fault."""

import json
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from lxml import etree

from idgateway.sp_check.browser import Network
from idgateway.sp_check.cases import DELIVERIES, FAMILIES, Case, catalogued, manners, outcomes
from idgateway.sp_check.errors import StandInMissing, StandInRefused
from idgateway.sp_check.evidence import Sent

_MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_JSON = {"Accept": "application/json"}
_START = "Start it with the metadata of your service: idgateway simulator METADATA.xml"
UNFIT = ("sim-fault-without-bite", "sim-fault-unknown")  # the fault cannot occur with this service's request
NOT_OFFERED = "sim-person-not-offered"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The form that goes back to the service; without fields merely an address to return to."""

    url: str
    fields: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]  # codes: what about the service's request is worth mending


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """A stand-in that runs: what it can answer, who can log in, where requests are taken."""

    base: str
    cases: tuple[Case, ...]
    families: dict[str, dict[str, str]]  # key → language → title
    persons: tuple[tuple[str, str], ...]  # key and name
    endpoints: frozenset[str]  # single sign-on addresses of its metadata
    warnings: dict[str, dict[str, str]]  # code → language → explanation
    network: Network

    def takes(self, sent: Sent) -> bool:
        """Whether a step is the service's request to this stand-in."""
        return sent.url.partition("?")[0] in self.endpoints

    def reply(self, sent: Sent, person: str, wishes: Iterable[tuple[str, str]]) -> Reply:
        """Answer a request at once. Raises StandInRefused with the stand-in's code."""
        headers = {**_JSON, **{f"X-Simulator-{name.title()}": value for name, value in (("person", person), *wishes)}}
        form = urlencode(sent.fields).encode() if sent.method == "POST" else None
        told = _ask(self.network, sent.url, headers=headers, form=form)
        if "code" in told:
            raise StandInRefused(told["code"], f"{told['explanation']['en']} {told.get('detail', '')}".strip())
        fields = tuple((name, value) for name, value in told["fields"])
        return Reply(url=told["url"], fields=fields, warnings=tuple(told.get("warnings", ())))


def find_stand_in(base: str, network: Network) -> StandIn:
    """Read catalogue and metadata of a running stand-in. Raises StandInMissing, TargetRefused."""
    base = base.rstrip("/")
    told = _ask(network, f"{base}/catalogue", headers=_JSON)
    if not {"answers", "families", "persons"} <= set(told):
        raise StandInMissing(f"What answers at {base} is not our stand-in.", _START)
    return StandIn(
        base=base,
        cases=_cases(told),
        families={**told["families"], **FAMILIES},
        persons=tuple((one["key"], one["name"]) for one in told["persons"]),
        endpoints=_endpoints(base, network),
        warnings=told.get("warnings", {}),
        network=network,
    )


def _cases(told: dict[str, Any]) -> tuple[Case, ...]:
    catalogue = tuple(catalogued(one) for one in told["answers"])
    return (*catalogue, *manners(told.get("manners", {})), *outcomes(told.get("outcomes", ())), *DELIVERIES)


def _endpoints(base: str, network: Network) -> frozenset[str]:
    _, content = _fetch(network, f"{base}/idp")
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        raise StandInMissing(f"{base}/idp holds no metadata.", _START) from None
    return frozenset(service.get("Location", "") for service in root.iter(f"{_MD}SingleSignOnService"))


def _ask(network: Network, url: str, *, headers: dict[str, str], form: bytes | None = None) -> dict[str, Any]:
    status, content = _fetch(network, url, headers=headers, form=form)
    try:
        told = json.loads(content)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise StandInMissing(f"What answers at {_origin(url)} is not our stand-in (status {status}).", _START)
    return told


def _fetch(
    network: Network, url: str, *, headers: dict[str, str] | None = None, form: bytes | None = None
) -> tuple[int, bytes]:
    """Status and content. The address is sent byte for byte: with HTTP-Redirect its query is what was signed.

    (``requests`` would write %2b as %2B, and the signature would no longer hold.)
    """
    parts = urlsplit(url)
    if not re.fullmatch(r"https?", parts.scheme) or not parts.hostname:
        raise StandInMissing(f"{url} is no address.", "It looks like http://127.0.0.1:8081")
    network.admit(parts.hostname)
    opener = build_opener(ProxyHandler({}), _Stay(), *_secured(parts.scheme, network.ca_file))
    try:
        with opener.open(Request(url, data=form, headers=headers or {}), timeout=network.timeout) as response:  # noqa: S310 - http or https, see above
            return response.status, response.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()
    except (OSError, HTTPException):
        raise StandInMissing(f"No stand-in answers at {_origin(url)}.", _START) from None


def _secured(scheme: str, ca_file: str | bool) -> list[HTTPSHandler]:
    """Only where it is needed: reading the trusted authorities takes longer than an answer."""
    if scheme != "https":
        return []
    return [HTTPSHandler(context=ssl.create_default_context(cafile=ca_file if isinstance(ca_file, str) else None))]


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """The stand-in leads nowhere."""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
