"""A token request on its way through Authlib, with what we learn about it."""

from collections.abc import Mapping
from datetime import datetime

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from sqlalchemy import Connection

from idgateway.gate import Gate
from idgateway.provider import authentication, holder
from idgateway.provider.authentication import ProvenClient
from idgateway.store.grants import Grant
from idgateway.store.refresh_tokens import RefreshToken
from keys.possession import HeldKey


class TokenRequest(OAuth2Request):  # type: ignore[misc]
    """A token request: form and two headers alone count, the address is ours and not the request's."""

    def __init__(
        self,
        gate: Gate,
        form: Mapping[str, str],
        now: datetime,
        *,
        authorization: str = "",
        dpop_proof: str = "",
        origin: str = "",
    ) -> None:
        """Take the form; every parameter stands once."""
        super().__init__("POST", f"{gate.issuer}/token")
        self.payload = BasicOAuth2Payload(form)
        self.authorization = authorization
        self.dpop_proof = dpop_proof
        self.origin = origin  # network
        self.now = now
        self.proof: ProvenClient | None = None
        self.noted = False  # whether the proof's single use stands in the database
        self.key: HeldKey | None = None  # that the caller proved to hold (RFC 9449)
        self.grant: Grant | None = None  # that the code or refresh token leads to, whatever its state
        self.refresh_row: RefreshToken | None = None  # the refresh token that was presented, whatever its state

    @property
    def jkt(self) -> str | None:
        """The thumbprint of the held key."""
        return self.key.jkt if self.key else None

    @property
    def form(self) -> Mapping[str, str]:
        """The body's parameters."""
        return self.payload.data  # type: ignore[no-any-return]

    def note(self, connection: Connection) -> None:
        """Note the client's proofs as used, in the caller's transaction. Raises InvalidClientError or InvalidProof."""
        if self.proof is None:
            raise InvalidClientError(description="The client does not prove itself.")
        authentication.note(connection, self.proof)
        if self.key is not None:
            holder.note(connection, self.key)
