"""The checks of an authorization request, in order (RFC 6749 4.1.1, OIDC Core 3.1.2, RFC 7636, RFC 9700).

``PROOF`` comes first: who asks, and is the address his? Whatever fails there ends on a page, never in a redirect. Only
then may ``CHECKS`` answer at the client's address. Each check takes the draft and returns it with one more thing known.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from idgateway.errors import RequestRefused
from idgateway.provider import checks, wishes
from idgateway.provider.clients import RegisteredClient
from idgateway.provider.draft import Check, Sources, draft_of, finished, told_at
from idgateway.provider.request import AuthorizationRequest
from idgateway.provider.request_object import check_request_object, read_request_object

PROOF: tuple[Check, ...] = (checks.check_client, read_request_object, checks.check_redirect_uri)
CHECKS: tuple[Check, ...] = (
    checks.check_repeated,
    checks.check_response_mode,
    check_request_object,
    checks.check_pushed,
    checks.check_sizes,
    checks.check_not_offered,
    checks.check_response_type,
    checks.check_scope,
    checks.check_pkce,
    checks.check_dpop_jkt,
    checks.check_prompt,
    checks.check_max_age,
    wishes.check_claims,
    wishes.check_level,
    checks.check_hint,
    checks.check_account,
)


def examine(
    parameters: Iterable[tuple[str, str]],
    clients: Mapping[str, RegisteredClient],
    issuer: str,
    now: datetime,
    *,
    sources: Sources,
    pushed: bool = False,
) -> AuthorizationRequest:
    """Lead a request through all checks.

    ``pushed`` says that the client itself brought the request, proven.

    Raises UnknownClient or RedirectNotRegistered (for a page), RequestRefused (for the client's address).
    """
    draft = draft_of(parameters, clients, issuer, now, sources=sources, pushed=pushed)
    for check in PROOF:
        draft = check(draft)
    try:
        for check in CHECKS:
            draft = check(draft)
    except RequestRefused as error:
        raise told_at(draft, error) from None
    return finished(draft)
