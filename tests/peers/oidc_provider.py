"""npm's oidc-provider in its own process, and a person in front of its login page."""

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest

from tests.http import Browser

PEERS = Path(__file__).parent
CLIENT_ID = "idgateway"
ACR = {word: f"https://konto.land.example/acr/{word}" for word in ("password", "second-factor", "card")}
ERIKA = {
    "given_name": "Erika",
    "family_name": "Mustermann",
    "birthdate": "1964-08-12",
    "email": "erika@example.org",
    "email_verified": True,
    "address": {"street_address": "Heidestraße 17", "postal_code": "51147", "locality": "Köln", "country": "DE"},
    "nationalities": ["DE"],
    "verified_claims": [
        {
            "verification": {"trust_framework": "eidas", "assurance_level": "high"},
            "claims": {"given_name": "ERIKA", "family_name": "MUSTERMANN", "birthdate": "1964-08-12"},
        },
        {
            "verification": {"trust_framework": "de_aml"},
            "claims": {"given_name": "Eri", "place_of_birth": {"locality": "Berlin"}},
        },
    ],
}


def node_with_provider() -> str:
    """Node with oidc-provider installed; skips with the reason when absent (CI=true: fails)."""
    node = shutil.which("node")
    if node is None or not (PEERS / "node_modules/oidc-provider").is_dir():
        reason = "Node or the npm packages of tests/peers are not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return node


class StillThere(Exception):
    """The provider shows its page again instead of sending the person back."""


@dataclass
class Visit:
    """One person's way through the provider's page."""

    browser: Browser = field(default_factory=Browser)
    asked: Mapping[str, Any] = field(default_factory=dict)  # what the provider understood of our request

    def log_in(self, url: str, callback: str, **said: str) -> dict[str, str]:
        """Follow our redirect, answer the login page, and give the parameters that come back; follows them no further."""
        page = self.browser.get(url, timeout=10)
        self._read(page.text)
        form = {"person": "erika", "acr": ACR["card"]} | said
        answer = self.browser.post(page.url, data=form, allow_redirects=False, timeout=10)
        while "Location" in answer.headers:
            where = urljoin(answer.url, answer.headers["Location"])
            if where.startswith(callback + "?"):
                return dict(parse_qsl(urlsplit(where).query))
            answer = self.browser.get(where, allow_redirects=False, timeout=10)
        self._read(answer.text)
        raise StillThere

    def _read(self, page: str) -> None:
        shown = re.search(r"<pre>(\{.*\})</pre>", page, re.DOTALL)
        assert shown, page  # an error page of the provider's own
        self.asked = json.loads(html.unescape(shown.group(1)))


@contextmanager
def running(
    node: str,
    jwks: Mapping[str, Any],
    callback: str,
    *,
    port: int = 0,
    client: Mapping[str, Any] | None = None,
    **order,
) -> Iterator[str]:
    """A provider with one client, ours; gives its issuer. A new one on the same port has new keys and no memory."""
    known = {
        "client_id": CLIENT_ID,
        "redirect_uris": [callback],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": jwks,
        **(client or {}),
    }
    told = {
        "port": port,
        "client": {name: value for name, value in known.items() if value is not None},
        "persons": {"erika": ERIKA},
        "algorithm": "ES256",
        "par": "off",
        "takesClaims": True,
        "acrValues": list(ACR.values()),
        **order,
    }
    command = [node, str(PEERS / "provider.mjs"), json.dumps(told)]
    pipe = subprocess.PIPE
    with (
        TemporaryFile("w+") as complaints,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=complaints, text=True) as process,
    ):
        try:
            said = process.stdout.readline()
            complaints.seek(0)
            assert said, complaints.read()
            yield json.loads(said)["issuer"]
        finally:
            process.kill()
