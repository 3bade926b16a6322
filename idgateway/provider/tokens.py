"""The token endpoint (RFC 6749 3.2): Authlib's authorization server around our stores, keys and rules.

Authlib leads through a grant (``grants``); it reads. Everything that must happen once happens at the end in one
transaction: the client's assertion is noted, the code or refresh token spent. If anything fails, the assertion is noted
all the same, and a code or refresh token that was spent before ends everything its login brought (RFC 6749 4.1.2).
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, errors
from sqlalchemy import Connection

from idgateway.gate import Gate
from idgateway.provider import authentication, dpop, refresh
from idgateway.provider.clients import CODE, CREDENTIALS, REFRESH, RegisteredClient
from idgateway.provider.grants import CodeGrant, CredentialsGrant, Pkce, RefreshGrant
from idgateway.provider.token_request import TokenRequest
from idgateway.store import grants as rows


@dataclass(frozen=True, kw_only=True)
class TokenAnswer:
    """Status and JSON body of the token endpoint."""

    status: int
    body: Mapping[str, Any]
    client_id: str
    grant_type: str
    reused: bool = False  # something came a second time and ended a grant


# Authlib writes whole tokens into its debug log.
logging.getLogger("authlib").setLevel(logging.INFO)


class TokenServer(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server with our client authentication, tokens and storage. One per gate, shared by threads."""

    def __init__(self, gate: Gate) -> None:
        """Register the grants."""
        super().__init__()
        self.gate = gate
        self.register_grant(CodeGrant, [Pkce(required=True)])
        self.register_grant(RefreshGrant)
        self.register_grant(CredentialsGrant)

    def redeem(
        self,
        pairs: Iterable[tuple[str, str]],
        now: datetime,
        *,
        authorization: str = "",
        dpop_proof: str = "",
        origin: str = "",
    ) -> TokenAnswer:
        """Answer one token request with its two headers and its network.

        Never raises for what a client did wrong, unless it does so too often (``gate.pace``).
        """
        form: dict[str, str] = {}
        repeated = False
        for name, value in pairs:
            repeated = repeated or name in form
            form[name] = value
        request = TokenRequest(self.gate, form, now, authorization=authorization, dpop_proof=dpop_proof, origin=origin)
        # RFC 6749 3.2: parameters must not stand twice.
        if repeated:
            return self._answer(request, *self._failure(errors.InvalidRequestError("A parameter is repeated.")))
        status, body = self.create_token_response(request)
        if not request.noted and request.proof is not None:
            return self._answer(request, *self._after_failure(request, status, body))
        return self._answer(request, status, body)

    def create_oauth2_request(self, request: TokenRequest) -> TokenRequest:
        """Authlib's way in; the request is already ours."""
        return request

    def authenticate_client(self, request: TokenRequest, *_methods: Any) -> RegisteredClient:
        """The one client authentication of the house, whatever the grant."""
        request.proof = authentication.authenticate(
            self.gate, request.form, request.authorization, request.now, origin=request.origin
        )
        client = request.proof.client
        if request.dpop_proof:
            request.key = dpop.verify_proof(
                self.gate, request.dpop_proof, endpoint="token", now=request.now, nonce=client.dpop_nonce
            )
        elif client.require_dpop:
            # RFC 9449 5.2, FAPI 2.0 Security Profile 5.3.2.1
            raise errors.InvalidRequestError("This client has to prove a key (DPoP).")
        return client

    def query_client(self, client_id: str) -> RegisteredClient | None:
        """A registered client."""
        return self.gate.clients.get(client_id)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib's signals are not used."""

    def handle_response(self, status: int, body: Any, _headers: Any) -> tuple[int, Mapping[str, Any]]:
        """Authlib's way out: status and body; headers are the route's business."""
        return status, dict(body) if not isinstance(body, str) else json.loads(body)

    def generate_token(self, **_: Any) -> dict[str, Any]:
        """Nothing yet: each grant fills its answer in when everything is stored."""
        return {}

    def _after_failure(
        self, request: TokenRequest, status: int, body: Mapping[str, Any]
    ) -> tuple[int, Mapping[str, Any], bool]:
        try:
            with self.gate.database.write() as connection:
                request.note(connection)
                reused = self._is_reuse(connection, request)
                if reused and request.grant is not None:
                    rows.revoke(connection, request.grant.evidence_id, request.now)
        except errors.OAuth2Error as error:
            return *self._failure(error), False
        return status, body, reused

    def _is_reuse(self, connection: Connection, request: TokenRequest) -> bool:
        """Asked again inside the transaction: a twin of this request may have been faster."""
        if request.refresh_row is not None:
            text = request.form["refresh_token"]
            return refresh.is_reused(connection, self.gate, text, request.refresh_row, request.now)
        grant = request.grant and rows.find(connection, request.grant.evidence_id)
        return grant is not None and grant.code_used_at is not None

    def _failure(self, error: errors.OAuth2Error) -> tuple[int, Mapping[str, Any]]:
        status, body, headers = error()
        return self.handle_response(status, body, headers)

    def _answer(self, request: TokenRequest, status: int, body: Mapping[str, Any], reused: bool = False) -> TokenAnswer:
        client_id = request.proof.client.client_id if request.proof else ""
        grant_type = request.form.get("grant_type", "")
        known = grant_type if grant_type in (CODE, REFRESH, CREDENTIALS) else "other"
        # RFC 6749 5.2
        status = 401 if body.get("error") == "invalid_client" else status
        return TokenAnswer(status=status, body=body, client_id=client_id, grant_type=known, reused=reused)
