"""What a person was told before data went to an application, and when the page has to come again. Pure.

A town mostly acts by law, not by consent (§ 8 OZG; Art. 6(1)(c), (e) GDPR): there the page informs, and refusing ends
the login. Where consent is the ground (Art. 6(1)(a), 7 GDPR) it asks. Either way names are kept, never values, for one
link and one application, and the page comes again only when more is asked for.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from idgateway.provider.clients import ASK, NONE
from idgateway.provider.request import AuthorizationRequest
from idgateway.scopes import OFFLINE, POSTBOX


@dataclass(frozen=True, kw_only=True)
class Consent:
    """An answer that is remembered, by names."""

    mode: str  # ask | inform: whether it was agreed to, or shown
    claims: frozenset[str]  # may be released
    declined: frozenset[str]  # voluntary ones that the person kept back
    scopes: frozenset[str]  # of ``scopes_told``


def scopes_told(request: AuthorizationRequest, *, guest: bool) -> tuple[str, ...]:
    """The scopes that mean more than their claims; a guest has neither a postbox nor lasting tokens."""
    return () if guest else tuple(scope for scope in (POSTBOX, OFFLINE) if scope in request.scopes)


def is_due(request: AuthorizationRequest, mode: str, known: Consent | None, *, guest: bool) -> bool:
    """Whether the page comes before the code: something new is asked for, or the application wants it shown."""
    # OIDC Core 3.1.2.1: prompt=consent asks again, whatever was answered before.
    if "consent" in request.prompt:
        return True
    scopes = scopes_told(request, guest=guest)
    if mode == NONE or not (request.claims or scopes):
        return False
    if known is None or (mode == ASK and known.mode != ASK):
        return True
    needed = set(request.claims) - set(request.voluntary_claims)
    answered = known.claims | known.declined
    return not (needed <= known.claims and set(request.claims) <= answered and set(scopes) <= known.scopes)


def merged(answer: Consent, before: Consent | None) -> Consent:
    """A new answer beside what an earlier one of its kind allowed, so that two logins do not take turns in asking."""
    if before is None or before.mode != answer.mode:
        return answer
    declined = answer.declined | (before.declined - answer.claims)
    return Consent(
        mode=answer.mode,
        claims=(answer.claims | before.claims) - declined,
        declined=declined,
        scopes=answer.scopes | before.scopes,
    )


def narrowed(request: AuthorizationRequest, allowed: Collection[str]) -> AuthorizationRequest:
    """The request without the voluntary claims that are not allowed; what is needed stays."""
    back = set(request.voluntary_claims) - set(allowed)

    def kept(claims: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(claim for claim in claims if claim not in back)

    return replace(
        request,
        claims=kept(request.claims),
        id_token_claims=kept(request.id_token_claims),
        wished_claims=kept(request.wished_claims),
        voluntary_claims=kept(request.voluntary_claims),
    )
