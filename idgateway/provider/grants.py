"""The grants of the token endpoint as Authlib leads through them: each reads, then issues in one transaction."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from authlib.oauth2.rfc6749 import errors, grants
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge

from idgateway.attempt import digest
from idgateway.provider import access, issuance, refresh
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.granted import Granted, open_granted
from idgateway.store import grants as rows
from idgateway.store import refresh_tokens
from idgateway.store.grants import Grant


def _fits_challenge(verifier: str, challenge: str) -> bool:
    return secrets.compare_digest(create_s256_code_challenge(verifier).encode(), challenge.encode())


def _must(holds: bool, told: str) -> None:
    """RFC 6749 5.2; the reason is told, because it is the proven owner who asks. Raises InvalidGrantError."""
    if not holds:
        raise errors.InvalidGrantError(description=told)


@dataclass(frozen=True, kw_only=True)
class GrantView:
    """A grant as Authlib asks for it."""

    grant: Grant
    code_challenge_method: str = "S256"
    code_challenge: str = field(init=False)

    def __post_init__(self) -> None:
        """Authlib reads the challenge as an attribute."""
        object.__setattr__(self, "code_challenge", self.grant.challenge)

    def get_redirect_uri(self) -> str:
        """The address of the authorization request; it must be repeated (RFC 6749 4.1.3)."""
        return self.grant.redirect_uri

    def get_scope(self) -> str:
        """What was granted then."""
        return self.grant.scope

    def check_client(self, client: RegisteredClient) -> bool:
        """Whether it was granted to this client."""
        return self.grant.client_id == client.client_id


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """Code for tokens (RFC 6749 4.1.3)."""

    def query_authorization_code(self, code: str, client: RegisteredClient) -> GrantView | None:
        """The unused, fresh code of this client, bound to no other key than the caller's."""
        request = self.request
        with self.server.gate.database.read() as connection:
            found = request.grant = rows.find_code(connection, digest(code), client.client_id)
        if found is None:
            return None
        _must(found.code_used_at is None, "The code was used before.")
        _must(found.revoked_at is None, "What the code was given for has ended.")
        _must(request.now < found.code_expires_at, "The code is too old.")
        _must(found.jkt in (None, request.jkt), "The code is bound to another key.")
        return GrantView(grant=found)

    def authenticate_user(self, authorization_code: GrantView) -> Granted:
        """What the login released."""
        grant = authorization_code.grant
        return open_granted(self.server.gate, grant.released, grant.evidence_id)

    def save_token(self, token: dict[str, Any]) -> None:
        """Sign, spend the code, and only then fill in the answer."""
        request, gate = self.request, self.server.gate
        token.update(
            issuance.for_code(
                gate, request.client, request.grant, request.user, jkt=request.jkt, now=request.now, note=request.note
            )
        )
        request.noted = True

    def delete_authorization_code(self, authorization_code: GrantView) -> None:
        """Done in ``save_token``, in the same transaction."""


class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
    """A refresh token for new tokens (RFC 6749 6)."""

    def authenticate_refresh_token(self, refresh_token: str) -> GrantView | None:
        """The living grant behind a token of this client, bound to no other key than the caller's."""
        request = self.request
        with self.server.gate.database.read() as connection:
            row = refresh_tokens.find(connection, digest(refresh_token))
            found = rows.find(connection, row.evidence_id) if row else None
        if row is None or found is None or found.client_id != request.client.client_id:
            return None  # another client's token is nobody's
        request.grant, request.refresh_row = found, row
        lives = found.lives(request.now) and request.now < row.ends_at
        _must(lives, "What the refresh token was given for has ended.")
        # RFC 9449 5: a bound token is refreshed with its own key only.
        _must(found.jkt in (None, request.jkt), "The refresh token is bound to another key.")
        _must(refresh.rotates(request.client) or row.used_at is None, "The refresh token was used before.")
        return GrantView(grant=found)

    def authenticate_user(self, refresh_token: GrantView) -> Granted:
        """What the login released."""
        grant = refresh_token.grant
        return open_granted(self.server.gate, grant.released, grant.evidence_id)

    def save_token(self, token: dict[str, Any]) -> None:
        """Sign, spend the token where it rotates, and only then fill in the answer."""
        request, gate = self.request, self.server.gate
        token.update(
            issuance.for_refresh(
                gate,
                request.client,
                request.grant,
                request.user,
                (request.form["refresh_token"], request.refresh_row),
                scope=" ".join(dict.fromkeys((request.form.get("scope") or request.grant.scope).split())),
                jkt=request.jkt,
                now=request.now,
                note=request.note,
            )
        )
        request.noted = True

    def revoke_old_credential(self, refresh_token: GrantView) -> None:
        """Done in ``save_token``, in the same transaction."""


class CredentialsGrant(grants.ClientCredentialsGrant):  # type: ignore[misc]
    """An application in its own name, for one resource (RFC 6749 4.4, RFC 8707)."""

    def validate_requested_scope(self) -> None:
        """Scope and resource are both named and both agreed."""
        access.check_credentials(self.request.client, self.request.form)

    def save_token(self, token: dict[str, Any]) -> None:
        """Sign, note the client's proof, and only then fill in the answer."""
        request, gate = self.request, self.server.gate
        answer = access.for_application(gate, request.client, request.form, request.now, jkt=request.jkt)
        with gate.database.write() as connection:
            request.note(connection)
        request.noted = True
        token.update(answer)


class Pkce(CodeChallenge):  # type: ignore[misc]
    """The code verifier (RFC 7636 4.6): S256 only, and whatever is wrong with it is an invalid grant."""

    CODE_CHALLENGE_METHODS: Mapping[str, Any] = MappingProxyType({"S256": _fits_challenge})

    def validate_code_verifier(self, grant: CodeGrant, result: object) -> None:
        """RFC 7636 4.6: a verifier that is missing, malformed or wrong."""
        try:
            super().validate_code_verifier(grant, result)
        except errors.InvalidRequestError as error:
            raise errors.InvalidGrantError(description=error.description) from None
