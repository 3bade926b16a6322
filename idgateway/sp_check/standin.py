"""The stand-in as a program meets it: its catalogue, its metadata, and an answer at once for person and fault."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
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
        told = _ask(self.network, sent.method, sent.url, headers=headers, data=list(sent.fields) or None)
        if "code" in told:
            raise StandInRefused(told["code"], f"{told['explanation']['en']} {told.get('detail', '')}".strip())
        fields = tuple((name, value) for name, value in told["fields"])
        return Reply(url=told["url"], fields=fields, warnings=tuple(told.get("warnings", ())))


def find_stand_in(base: str, network: Network) -> StandIn:
    """Read catalogue and metadata of a running stand-in. Raises StandInMissing, TargetRefused."""
    base = base.rstrip("/")
    told = _ask(network, "GET", f"{base}/catalogue", headers=_JSON)
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
    response = _fetch(network, "GET", f"{base}/idp")
    try:
        root = etree.fromstring(response.content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        raise StandInMissing(f"{base}/idp holds no metadata.", _START) from None
    return frozenset(service.get("Location", "") for service in root.iter(f"{_MD}SingleSignOnService"))


def _ask(network: Network, method: str, url: str, **options: Any) -> dict[str, Any]:
    response = _fetch(network, method, url, **options)
    try:
        told = response.json()
    except requests.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        raise StandInMissing(
            f"What answers at {_origin(url)} is not our stand-in (status {response.status_code}).", _START
        )
    return told


def _fetch(network: Network, method: str, url: str, **options: Any) -> requests.Response:
    parts = urlsplit(url)
    if not re.fullmatch(r"https?", parts.scheme) or not parts.hostname:
        raise StandInMissing(f"{url} is no address.", "It looks like http://127.0.0.1:8081")
    network.admit(parts.hostname)
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, url, timeout=network.timeout, verify=network.ca_file, allow_redirects=False, **options
            )
    except requests.RequestException:
        raise StandInMissing(f"No stand-in answers at {_origin(url)}.", _START) from None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
