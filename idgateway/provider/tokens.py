"""The token endpoint (RFC 6749 3.2): Authlib's authorization server around our stores, keys and rules.

Authlib leads through a grant; it reads. Everything that must happen once happens at the end in one transaction: the
client's assertion is noted, the code used up, the access token stored. If anything fails, the assertion is noted all
the same, and a code that was used before takes back what it brought (RFC 6749 4.1.2).
"""

import json
import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request, errors, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge
from sqlalchemy import Connection

from idgateway.attempt import digest
from idgateway.gate import Gate
from idgateway.provider import access, authentication, id_token
from idgateway.provider.authentication import ProvenClient
from idgateway.provider.clients import CODE, CREDENTIALS, RegisteredClient
from idgateway.provider.granted import Granted, open_granted
from idgateway.store import grants as rows
from idgateway.store.grants import Code

TOKEN_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class TokenAnswer:
    """Status and JSON body of the token endpoint."""

    status: int
    body: Mapping[str, Any]
    client_id: str
    grant_type: str


# Authlib writes whole tokens into its debug log.
logging.getLogger("authlib").setLevel(logging.INFO)


def _fits_challenge(verifier: str, challenge: str) -> bool:
    return secrets.compare_digest(create_s256_code_challenge(verifier).encode(), challenge.encode())


class TokenRequest(OAuth2Request):  # type: ignore[misc]
    """A token request: form and ``Authorization`` alone count, the address is ours and not the request's."""

    def __init__(self, gate: Gate, form: Mapping[str, str], authorization: str, now: datetime) -> None:
        """Take the form; every parameter stands once."""
        super().__init__("POST", f"{gate.issuer}/token")
        self.payload = BasicOAuth2Payload(form)
        self.authorization = authorization
        self.now = now
        self.proof: ProvenClient | None = None
        self.noted = False
        self.code: Code | None = None

    @property
    def form(self) -> Mapping[str, str]:
        """The body's parameters."""
        return self.payload.data  # type: ignore[no-any-return]


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """Code for tokens (RFC 6749 4.1.3)."""

    def query_authorization_code(self, code: str, client: RegisteredClient) -> "CodeView | None":
        """The unused, fresh code of this client."""
        gate, request = self.server.gate, self.request
        with gate.database.read() as connection:
            found = rows.find_code(connection, digest(code), client.client_id)
        request.code = found
        if found is None or found.used_at is not None or request.now >= found.expires_at:
            return None
        return CodeView(code=found)

    def authenticate_user(self, authorization_code: "CodeView") -> Granted:
        """What the login released."""
        code = authorization_code.code
        return open_granted(self.server.gate, code.released, code.evidence_id)

    def delete_authorization_code(self, authorization_code: "CodeView") -> None:
        """Done in ``save_token``, in the same transaction."""


class CredentialsGrant(grants.ClientCredentialsGrant):  # type: ignore[misc]
    """An application in its own name, for one resource (RFC 6749 4.4, RFC 8707)."""

    def validate_requested_scope(self) -> None:
        """Scope and resource are both named and both agreed."""
        access.check_credentials(self.request.client, self.request.form)


class Pkce(CodeChallenge):  # type: ignore[misc]
    """The code verifier (RFC 7636 4.6): S256 only, and whatever is wrong with it is an invalid grant."""

    CODE_CHALLENGE_METHODS = MappingProxyType({"S256": _fits_challenge})

    def validate_code_verifier(self, grant: CodeGrant, result: object) -> None:
        """RFC 7636 4.6: a verifier that is missing, malformed or wrong."""
        try:
            super().validate_code_verifier(grant, result)
        except errors.InvalidRequestError as error:
            raise errors.InvalidGrantError(description=error.description) from None


@dataclass(frozen=True, kw_only=True)
class CodeView:
    """A code as Authlib asks for it."""

    code: Code
    code_challenge_method: str = "S256"
    code_challenge: str = field(init=False)

    def __post_init__(self) -> None:
        """Authlib reads the challenge as an attribute."""
        object.__setattr__(self, "code_challenge", self.code.challenge)

    def get_redirect_uri(self) -> str:
        """The address of the authorization request; it must be repeated (RFC 6749 4.1.3)."""
        return self.code.redirect_uri

    def get_scope(self) -> str:
        """What was granted then."""
        return self.code.scope


class TokenServer(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server with our client authentication, tokens and storage. One per gate, shared by threads."""

    def __init__(self, gate: Gate) -> None:
        """Register both grants."""
        super().__init__()
        self.gate = gate
        self.register_grant(CodeGrant, [Pkce(required=True)])
        self.register_grant(CredentialsGrant)

    def redeem(self, pairs: Iterable[tuple[str, str]], now: datetime, *, authorization: str = "") -> TokenAnswer:
        """Answer one token request; ``authorization`` is its header. Never raises for what a client did wrong."""
        form: dict[str, str] = {}
        repeated = False
        for name, value in pairs:
            repeated = repeated or name in form
            form[name] = value
        request = TokenRequest(self.gate, form, authorization, now)
        # RFC 6749 3.2: parameters must not stand twice.
        if repeated:
            return self._answer(request, *self._failure(errors.InvalidRequestError("A parameter is repeated.")))
        status, body = self.create_token_response(request)
        if not request.noted and request.proof is not None:
            status, body = self._after_failure(request, status, body)
        return self._answer(request, status, body)

    def create_oauth2_request(self, request: TokenRequest) -> TokenRequest:
        """Authlib's way in; the request is already ours."""
        return request

    def authenticate_client(self, request: TokenRequest, *_methods: Any) -> RegisteredClient:
        """The one client authentication of the house, whatever the grant."""
        request.proof = authentication.authenticate(self.gate, request.form, request.authorization, request.now)
        return request.proof.client

    def query_client(self, client_id: str) -> RegisteredClient | None:
        """A registered client."""
        return self.gate.clients.get(client_id)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib's signals are not used."""

    def handle_response(self, status: int, body: Any, _headers: Any) -> tuple[int, Mapping[str, Any]]:
        """Authlib's way out: status and body; headers are the route's business."""
        return status, dict(body) if not isinstance(body, str) else json.loads(body)

    def generate_token(self, grant_type: str, client: RegisteredClient, user: Granted | None = None, **_: Any) -> Any:
        """A random access token with an ID token, or for an application in its own name a signed one (RFC 9068)."""
        return {"grant_type": grant_type, "client": client, "granted": user}

    def save_token(self, token: dict[str, Any], request: TokenRequest) -> None:
        """Sign, then store everything in one transaction, and only then fill in the answer."""
        client, granted = token.pop("client"), token.pop("granted")
        if token.pop("grant_type") == CREDENTIALS:
            answer = access.for_application(self.gate, client, request.form, request.now)
            with self.gate.database.write() as connection:
                self._note(connection, request)
        else:
            answer = self._for_person(client, granted, request)
        request.noted = True
        token.update(answer)

    def _for_person(self, client: RegisteredClient, granted: Granted, request: TokenRequest) -> dict[str, Any]:
        code, now = request.code, request.now
        if code is None:
            raise errors.InvalidGrantError("Invalid 'code' in request.")
        token = secrets.token_urlsafe(32)
        signed = id_token.issue(self.gate, client, granted, sub=code.sub, nonce=code.nonce, now=now)
        carried = ("code_hash", "client_id", "scope", "link_id", "evidence_id", "released")
        row = {name: getattr(code, name) for name in carried}
        with self.gate.database.write() as connection:
            self._note(connection, request)
            if not rows.consume_code(connection, code.code_hash, now):
                raise errors.InvalidGrantError("Invalid 'code' in request.")
            rows.add_token(connection, {**row, "token_hash": digest(token), "expires_at": now + TOKEN_LIFETIME})
        lifetime = int(TOKEN_LIFETIME.total_seconds())
        bearer = {"access_token": token, "token_type": "Bearer", "expires_in": lifetime, "scope": code.scope}
        return {**bearer, "id_token": signed}

    def _note(self, connection: Connection, request: TokenRequest) -> None:
        if request.proof is None:
            raise errors.InvalidClientError(description="The client does not prove itself.")
        authentication.note(connection, request.proof)

    def _after_failure(self, request: TokenRequest, status: int, body: Mapping[str, Any]) -> tuple[int, Any]:
        try:
            with self.gate.database.write() as connection:
                self._note(connection, request)
                # Read again: a twin of this request may have used the code in the meantime.
                code = request.code and rows.find_code(connection, request.code.code_hash, request.code.client_id)
                if code is not None and code.used_at is not None:
                    rows.revoke_tokens_of(connection, code.code_hash, request.now)
        except errors.InvalidClientError as error:
            return self._failure(error)
        return status, body

    def _failure(self, error: errors.OAuth2Error) -> tuple[int, Mapping[str, Any]]:
        status, body, headers = error()
        return self.handle_response(status, body, headers)

    def _answer(self, request: TokenRequest, status: int, body: Mapping[str, Any]) -> TokenAnswer:
        client_id = request.proof.client.client_id if request.proof else ""
        grant_type = request.form.get("grant_type", "")
        known = grant_type if grant_type in (CODE, CREDENTIALS) else "other"
        # RFC 6749 5.2
        status = 401 if body.get("error") == "invalid_client" else status
        return TokenAnswer(status=status, body=body, client_id=client_id, grant_type=known)
