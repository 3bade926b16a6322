"""One SAML account as the gate's port sees it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from idgateway.errors import AccountOutdated, AnswerRefused, GateError, UpstreamUnavailable
from idgateway.settings import SamlProvider
from idgateway.upstream import Answer, Ask, Assertion, Handover
from idgateway.upstream.saml import logout, request, response
from idgateway.upstream.saml.binding import Letter, post
from idgateway.upstream.saml.expected import Expected
from idgateway.upstream.saml.metadata import ours, theirs
from idgateway.upstream.saml.metadata.theirs import IdentityProvider
from idgateway.upstream.saml.profiles import profile_of
from idgateway.upstream.saml.signature import REQUEST_ALGORITHMS, check_libraries
from keys.errors import KeysError
from keys.keyring import Key, Keyring, Purpose

MOST_SKEW: Final = 180  # seconds; more would make every window meaningless


class SamlUpstream:
    """BundID behind the port. What is known of the provider may change while we run; it is parsed once each time."""

    def __init__(
        self, settings: SamlProvider, keyring: Keyring, callback_url: str, peer: IdentityProvider | None = None
    ) -> None:
        """``peer`` is what is known of the provider; without it the metadata file is read, where there is one.

        Raises GateError or UpstreamUnavailable, each with a code that names what to mend; each stops the start.
        """
        check_libraries()
        ours.check_entity_id(settings.entity_id)
        if not 0 <= settings.clock_skew_seconds <= MOST_SKEW:
            raise GateError(f"clock_skew_seconds is at most {MOST_SKEW}", code="settings")
        if settings.request_signature not in REQUEST_ALGORITHMS:
            raise GateError(f"request_signature is one of {', '.join(REQUEST_ALGORITHMS)}", code="settings")
        self.name = settings.name
        self.title = settings.title
        self._settings = settings
        self._profile = profile_of(settings)
        if peer is None and settings.metadata_file:
            binding = theirs.SSO_BINDINGS[self._profile.request_binding]
            peer = theirs.of_file(settings.metadata_file, binding=binding)
        self._peer = peer
        self._keyring = keyring
        self._callback_url = callback_url

    @property
    def known(self) -> IdentityProvider | None:
        """What is known of the provider now, even if it is over; None before its first metadata came."""
        return self._peer

    def adopt(self, peer: IdentityProvider) -> None:
        """From now on, this is what is known. Logins in flight are judged by it; each reads it once."""
        self._peer = peer

    def peer(self, now: datetime) -> IdentityProvider:
        """What counts now. Raises UpstreamUnavailable ``metadata-missing``, AccountOutdated ``metadata-ended``."""
        known = self._peer
        if known is None:
            raise UpstreamUnavailable(f"{self.name}: no metadata have come yet", code="metadata-missing")
        if known.ended(now):
            raise AccountOutdated(f"{self.name}: its metadata ended on {known.valid_until:%Y-%m-%d}")
        return known

    def metadata(self, at: datetime) -> bytes:
        """Our metadata for this provider, as XML."""
        return ours.service_provider(self._settings, self._keyring, self._callback_url, at)

    def begin(self, ask: Ask) -> Handover:
        """Build the signed request as a form to post. Raises UpstreamUnavailable."""
        peer = self.peer(ask.now)
        built = request.build(
            ask,
            self._profile,
            entity_id=self._settings.entity_id,
            callback_url=self._callback_url,
            destination=peer.sso_url,
            key=self._signing_key(ask.now),
            signature=self._settings.request_signature,
        )
        return Handover(
            url=built.letter.url,
            fields=built.letter.fields,
            memory={
                "request_id": built.request_id,
                "attributes": " ".join(built.attributes),
                "means": " ".join(built.means),
            },
        )

    def complete(self, answer: Answer) -> Assertion:
        """Judge the answer by the numbered checks of ``response``.

        Raises AnswerRefused, LoginDenied or UpstreamUnavailable. The caller owes check 21: the assertion id is new.
        """
        peer = self.peer(answer.now)
        return response.verify(answer.parameters.get("SAMLResponse"), self._expected(answer), peer, self._keyring)

    @property
    def hears_logout(self) -> bool:
        """Whether a logout at the account ends our sessions, too."""
        return self._profile.logout

    def logout_asked(self, parameters: Mapping[str, str], now: datetime) -> logout.LogoutAsked:
        """Judge a logout request by the numbered checks of ``logout``. Raises AnswerRefused, UpstreamUnavailable."""
        return logout.verify(
            parameters.get("SAMLRequest"),
            profile=self._profile,
            entity_id=self._settings.entity_id,
            slo_url=ours.slo_url_of(self._callback_url),
            peer=self.peer(now),
            now=now,
            skew=timedelta(seconds=self._settings.clock_skew_seconds),
        )

    def logout_answer(self, asked: logout.LogoutAsked, *, relay_state: str, partial: bool, now: datetime) -> Letter:
        """Our signed word back. Raises UpstreamUnavailable where there is no address or no key for it."""
        url, entity_id = self.peer(now).slo_url, self._settings.entity_id
        if not url:
            raise UpstreamUnavailable(f"{self.name}: its metadata name no SingleLogoutService", code="metadata")
        root, issuer = logout.acknowledgement(asked, entity_id=entity_id, url=url, partial=partial, now=now)
        way = {"name": "SAMLResponse", "relay_state": relay_state, "signature": self._settings.request_signature}
        return post(root, issuer, url=url, key=self._signing_key(now), **way)

    def _signing_key(self, now: datetime) -> Key:
        try:
            return self._keyring.current(Purpose.SAML_SIGNING, now)
        except KeysError as error:
            raise UpstreamUnavailable(str(error), code="signing-key") from None

    def _expected(self, answer: Answer) -> Expected:
        if not answer.memory.get("request_id"):
            raise AnswerRefused("nobody asked", code="in-response-to")
        return Expected(
            provider=self.name,
            profile=self._profile,
            entity_id=self._settings.entity_id,
            callback_url=self._callback_url,
            request_id=answer.memory["request_id"],
            attributes=tuple(answer.memory.get("attributes", "").split()),
            means=tuple(answer.memory.get("means", "").split()),
            asked_level=answer.asked_level,
            asked_at=answer.asked_at,
            guests_welcome=answer.guests_welcome,
            now=answer.now,
            skew=timedelta(seconds=self._settings.clock_skew_seconds),
        )
