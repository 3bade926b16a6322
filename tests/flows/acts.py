"""The story's acts by plain HTTP: a browser without Chromium, and a specialist system with the town's own key."""

import base64
import hashlib
import json
import re
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.flows.conftest import Demo
from tests.http import Browser, forms_of

MEANS = {"erika-eid": "eID", "erika-password": "Benutzername", "guest-eid": "guest", "hans-guenther-eid": "eID"}
CLIENT = "urkunde-online"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PATIENCE = 20  # seconds
SAMPLE_FILE = Path(__file__).parents[2] / "runtime/demo/static/geburtsurkunde-muster.pdf"


@dataclass(kw_only=True)
class Acts:
    """One person with one browser in one demo."""

    demo: Demo
    browser: Browser = field(default_factory=Browser)

    def get(self, url: str, **options) -> requests.Response:
        """A page, after its redirects."""
        return self.browser.get(url, timeout=PATIENCE, **options)

    def send(self, page: requests.Response, towards: str, fields: dict[str, str], **options) -> requests.Response:
        """Submit the form of a page whose address has ``towards`` in it; an empty action is the page's own address."""
        addresses = [urljoin(page.url, form["action"]) for form in forms_of(page.text)]
        number = next(index for index, address in enumerate(addresses) if towards in address)
        return self.browser.submit(page, fields, form=number, **options)

    def read_on(self, page: requests.Response) -> requests.Response:
        """From the gate's page that says what this login means to the one that hands over."""
        assert "account=bundid" in page.text, "the page before the login"
        return self.get(link(page, "account=bundid"))

    def choose(self, handover: requests.Response, person: str) -> requests.Response:
        """From the gate's page to the stand-in's last one, which carries the answer."""
        page = self.browser.submit(handover)
        means = re.search(rf'href="([^"]*/means/{MEANS[person]})"', page.text)[1]
        page = self.get(urljoin(page.url, means))
        page = self.browser.submit(page, {"person": person})
        return self.browser.submit(page, {"decision": "agree"})

    def log_in(self, handover: requests.Response, person: str) -> requests.Response:
        """From the gate's page through the stand-in, and back to where the login began."""
        return self.agree(self.browser.submit(self.choose(handover, person)))

    def agree(self, page: requests.Response, decision: str = "agreed", **options: bool) -> requests.Response:
        """Answer the gate's page before data go, where it comes: the first time, or when more is asked for."""
        if not page.url.startswith(f"{self.demo.gate}/continue/") or page.status_code != 200:
            return page
        (form,) = (number for number, one in enumerate(forms_of(page.text)) if "/continue/" in one["action"])
        return self.browser.submit(page, {"decision": decision}, form=form, **options)

    def led_to(self, answer: requests.Response, home: str) -> str:
        """Follow an answer, past that page too, to an address below ``home``, and do not open it."""
        while not answer.headers.get("Location", "").startswith(home):
            if answer.status_code == 200:
                answer = self.agree(answer, allow_redirects=False)
            else:
                answer = self.get(urljoin(answer.url, answer.headers["Location"]), allow_redirects=False)
        return answer.headers["Location"]

    def log_in_elsewhere(self, handover: requests.Response, person: str, home: str) -> str:
        """As ``log_in``, for an application that listens nowhere: the address below ``home`` that carries the code."""
        return self.led_to(self.browser.submit(self.choose(handover, person), allow_redirects=False), home)

    def order(self, person: str = "erika-eid", **fields: str) -> requests.Response:
        """Order a certificate; the receipt."""
        form = self.log_in(self.get(f"{self.demo.town}/urkunde/anmelden"), person)
        return self.send(form, "/antrag", {"certificate": "birth", "copies": "1", **fields})

    def enter_casework(self, staff: str = "staff-beispiel") -> requests.Response:
        """Log in by the staff account; the list of cases."""
        people = self.get(f"{self.demo.postbox}/casework/login")
        return self.browser.submit(people, {"person": staff})

    def compose(self, case: requests.Response, document: bytes) -> requests.Response:
        """Fill the form of a case; the preview."""
        fields = {
            "title": "Geburtsurkunde ausgestellt",
            "summary": "Ihre Urkunde liegt bei.",
            "form": "seal",  # what a browser sends: the option that is selected
            "minimum_level": "substantial",
            "procedural_law": "VwVfG",
            "remedy": "objection",
            "seat": "Kettelerstraße 3, 68519 Viernheim",
        }
        upload = {"document": ("urkunde.pdf", document, "application/pdf")}
        return self.send(case, "/preview", fields, files=upload)

    def enter_postbox(self, level: str, person: str, following: str = "") -> requests.Response:
        """Log in to the postbox at a level; where it leads."""
        handover = self.get(f"{self.demo.postbox}/login", params={"level": level, "next": following})
        return self.log_in(handover, person)

    def await_page(self, url: str, ready: Callable[[requests.Response], object]) -> requests.Response:
        """Ask for a page until it shows what is awaited, at most twenty seconds."""
        end = time.monotonic() + PATIENCE
        while not ready(page := self.get(url)):
            assert time.monotonic() < end, page.text
            time.sleep(0.2)
        return page


def case_number(receipt: requests.Response) -> str:
    """The case number on the town's receipt."""
    return re.search(r"\bURK-\d{4}-\w+", receipt.text)[0]


def link(page: requests.Response, pattern: str) -> str:
    """The first address of a page that matches; absolute."""
    return urljoin(page.url, re.search(rf'(?:href|action)="([^"]*{pattern}[^"]*)"', page.text)[1].replace("&amp;", "&"))


@dataclass(frozen=True, kw_only=True)
class System:
    """The town's specialist system, or an online service under test: a client of the gate with the town's key."""

    demo: Demo

    def token(self, scope: str = "notices:write recipients:write") -> str:
        """An access token for the postbox, as the client itself."""
        asked = {"grant_type": "client_credentials", "scope": scope, "resource": self.demo.postbox}
        answer = self.redeem(asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def redeem(self, fields: dict[str, str]) -> requests.Response:
        """The token endpoint's answer; the client proves itself with private_key_jwt (RFC 7523)."""
        key = ECKey.import_key((self.demo.data / "keys/town.pem").read_text(encoding="ascii"))
        now = int(time.time())
        claims = {"iss": CLIENT, "sub": CLIENT, "aud": self.demo.gate, "iat": now, "exp": now + 60}
        assertion = jwt.encode({"alg": "ES256", "kid": key.thumbprint()}, {**claims, "jti": uuid.uuid4().hex}, key)
        proof = {"client_id": CLIENT, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        return requests.post(f"{self.demo.gate}/token", data={**fields, **proof}, timeout=PATIENCE)

    def submit(
        self, recipient: str, *, key: str = "", document: bytes = b"", media_type: str = "application/pdf", **changes
    ) -> requests.Response:
        """Hand a notice over by the API."""
        notice = {
            "recipient": recipient,
            "title": "Bescheid",
            "minimum_level": "substantial",
            "procedural_law": "VwVfG",
            "form": "none",
            "responsible": "Sabine Beispiel, Standesamt",
            "remedy": None,
            "remedy_waiver": "no-administrative-act",
            **changes,
        }
        content = document or SAMPLE_FILE.read_bytes()
        files = {
            "notice": ("notice.json", json.dumps(notice).encode(), "application/json"),
            "document": ("Bescheid.pdf", content, media_type),
        }
        headers = {"Authorization": f"Bearer {self.token()}", "Idempotency-Key": key or uuid.uuid4().hex}
        return requests.post(f"{self.demo.postbox}/v1/notices", files=files, headers=headers, timeout=PATIENCE)

    def code(self, acts: Acts, person: str = "erika-eid") -> dict[str, str]:
        """Log somebody in as the online service would; everything it then has to redeem the code."""
        verifier, redirect_uri = secrets.token_urlsafe(48), f"{self.demo.town}/urkunde/callback"
        page = acts.get(self.authorize(verifier, redirect_uri=redirect_uri))
        back = acts.led_to(acts.browser.submit(acts.choose(page, person), allow_redirects=False), redirect_uri)
        (code,) = parse_qs(urlsplit(back).query)["code"]
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return {**fields, "code_verifier": verifier}

    def authorize(self, verifier: str, **changes: str) -> str:
        """The address of an authorization request with PKCE (RFC 7636)."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        known = {
            "client_id": CLIENT,
            "redirect_uri": f"{self.demo.town}/urkunde/callback",
            "response_type": "code",
            "scope": "openid profile address postbox",
            "state": secrets.token_urlsafe(12),
            "nonce": secrets.token_urlsafe(12),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        request = requests.Request("GET", f"{self.demo.gate}/authorize", params={**known, **changes})
        return str(request.prepare().url)
