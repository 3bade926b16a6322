"""What each code means to whoever connects or operates a service, and what to mend; all of them msgids. Pure.

The ways a login can end have rows of their own (``endings``), for people read those. Here stands every other code that
an application hears, a page shows or the log names; a test walks the source for codes that nobody explained.
"""

from collections.abc import Mapping

from idgateway.endings import ENDINGS, N_

_REQUESTS = {
    "unknown-client": N_("client_id is missing, appears twice or is not registered: compare it with the registration."),
    "redirect-not-registered": N_(
        "redirect_uri is not, character for character, a registered one: register it exactly as it is sent."
    ),
    "invalid_request": N_("The request lacks something or contradicts itself; the description names the parameter."),
    "invalid_scope": N_("scope lacks openid, or names what was not agreed: compare it with the registration."),
    "unsupported_response_type": N_("Only response_type code is offered."),
    "unauthorized_client": N_("The application is not registered for this grant: add it to grant_types."),
    "login_required": N_("prompt=none, and there is no fresh login to reuse: ask again without prompt."),
    "unmet_authentication_requirements": N_(
        "The essential level cannot be reached here, or was not: ask for one that discovery lists."
    ),
    "invalid_request_object": N_("The signed request is not valid; the description names the claim or the check."),
    "request_not_supported": N_("A request object that is not signed, or of an application without keys: sign it."),
    "request_uri_not_supported": N_(
        "The application has registered no request_uris: push the request (PAR) or register them."
    ),
    "temporarily_unavailable": N_(
        "What stands at an address of the application, or of others, is being fetched: ask again in a second."
    ),
    "invalid_request_uri": N_("request_uri is not a registered one, or cannot be fetched."),
    "registration_not_supported": N_("The parameter registration is not offered."),
    "request-unknown": N_("No such request was pushed by this application: push it again and use its own client_id."),
    "request-used": N_("The pushed request has brought a login: push a new one for each login."),
    "request-expired": N_("The pushed request is older than its expires_in: push a new one."),
    "parameter-repeated": N_("A parameter appears twice: send each one once."),
    "consent_required": N_("prompt=none, and the person has not agreed to these data yet: ask again without prompt."),
    "kept-back": N_("The person kept voluntary data back before: the login goes on without them."),
    "not-yours": N_("Something at /account that belongs to another account or no longer exists: reload the page."),
    "other-person": N_("Somebody else logged in than id_token_hint or sub mean; the application hears login_required."),
}
_TOKENS = {
    "invalid_client": N_(
        "The application did not prove itself: assertion (aud, exp, jti, key) or secret; the description says which."
    ),
    "invalid_grant": N_(
        "Code or refresh token is unknown, old, used or bound to another key, or the code_verifier does not fit."
    ),
    "unsupported_grant_type": N_("grant_type is missing or not offered: see discovery."),
    "invalid_target": N_("resource is missing or was not agreed: compare it with the registered resources."),
    "invalid_dpop_proof": N_(
        "The DPoP proof is not valid for this call: method, address, time, token or key; make a new one for each call."
    ),
    "use_dpop_nonce": N_(
        "The DPoP proof has to carry the nonce of the header DPoP-Nonce: make a new one with it and call again."
    ),
    "invalid_token": N_(
        "The access token is unknown, expired, revoked, or presented in the wrong way (Bearer or DPoP)."
    ),
    "insufficient_scope": N_("The access token was narrowed to scopes without openid."),
}
_REGISTRATION = {
    "invalid_client_metadata": N_("A setting of the registration cannot be right; the description names it."),
    "invalid_redirect_uri": N_("A redirect URI that is no https address, or has a fragment."),
    "unapproved_software_statement": N_("Software statements are not taken here: leave it out."),
}
_LOGGING = {
    "logout-malformed": N_("A parameter appears twice or is too long: send each one once."),
    "logout-unproven": N_("A way back without id_token_hint: send the ID token of the login, too."),
    "logout-hint": N_("id_token_hint is no ID token of this provider."),
    "logout-client": N_("client_id and id_token_hint name two applications."),
    "logout-way-back": N_("post_logout_redirect_uri is not, character for character, a registered one."),
    "logout-unknown": N_("An account sent a logout, but its profile knows none: check its settings."),
    "logout-replayed": N_("The account's logout request came a second time."),
}
_LOGINS = {
    "attempt-lost": N_("There is no open login for this: it was begun elsewhere, is complete, or has expired."),
    "attempt-unknown": N_("The answer or address belongs to no login of this gateway."),
    "attempt-answered": N_("Another answer to the same login came first; the first one counts."),
    "wrong-browser": N_(
        "The login came back in another browser, or its cookie is gone: cookies of this site must be allowed."
    ),
    "gate-error": N_("Something was refused without a code of its own: look at the log line of the error number."),
    "unknown-level": N_("A word that is no level of assurance."),
}
_ANSWERS = {
    "answer-refused": N_("The answer failed a check without a code of its own: look at the log line."),
    "answer-size": N_("Larger than any honest answer."),
    "answer-form": N_("Not in the form the binding asks for: field or base64."),
    "answer-xml": N_("Not well-formed XML in UTF-8."),
    "answer-dtd": N_("Carries a document type, which no honest answer does."),
    "answer-shape": N_(
        "Elements where none belong: it looks like signature wrapping. Keep the answer and ask the account's operator."
    ),
    "answer-schema": N_("Against the SAML schema."),
    "answer-algorithm": N_("An algorithm that is not allowed here for signature or encryption."),
    "response-signature": N_("A signature that does not verify with the keys of the metadata: have they changed?"),
    "assertion-signature": N_("A signature that does not verify with the keys of the metadata: have they changed?"),
    "logout-signature": N_("A signature that does not verify with the keys of the metadata: have they changed?"),
    "unsigned": N_("Neither answer nor assertion is signed."),
    "decryption": N_("The assertion does not open with our keys: does the account have our newest metadata?"),
    "assertion-not-encrypted": N_("The assertion came in the clear, and must not."),
    "assertion-encrypted": N_("The assertion is encrypted, but we gave out no key."),
    "assertion-count": N_("Not exactly one assertion."),
    "assertion-replayed": N_("The assertion was used before."),
    "version": N_("Another version of SAML."),
    "status": N_("The status is neither a success nor a known no."),
    "issuer": N_("The answer is another issuer's, or the issuer's address is wrong in the settings."),
    "audience": N_("The answer is for somebody else: compare our entityID or client_id with what the account knows."),
    "destination": N_("The answer was meant for another address of ours: compare the addresses in our metadata."),
    "recipient": N_("The assertion was meant for another address of ours: compare the addresses in our metadata."),
    "in-response-to": N_("The answer belongs to no request of ours."),
    "subject-confirmation": N_(
        "The confirmation of the subject is not exactly one, for us, for this login and in time."
    ),
    "name-id": N_("The identifier has another format than agreed."),
    "attributes": N_("An attribute appears twice, without a name, or with several levels."),
    "level-missing": N_("The level is missing where it has to be given."),
    "level-mismatch": N_("The level is given twice, with different values."),
    "level-unknown": N_("An unknown level: for accounts of your own, see their table of levels."),
    "authentication": N_("When or how the person logged in is missing or contradicts itself."),
    "authentication-old": N_("An old login where a fresh one was asked for."),
    "state": N_("The answer belongs to another login."),
    "nonce": N_("The ID token belongs to another login."),
    "subject": N_("The ID token names nobody."),
    "id-token": N_("The ID token is missing or not valid; the log says which check."),
    "access-token": N_("The access token is missing or is not the ID token's."),
    "code": N_("The answer brings no code, or the account does not take it."),
    "acr": N_("The account does not give the level as text."),
    "claims": N_("A claim has another form than the standard says."),
    "userinfo": N_("userinfo is not meant for us."),
    "userinfo-subject": N_("userinfo speaks of another person than the ID token."),
}
_UNREACHED = {
    "upstream-unavailable": N_("The account does not answer."),
    "unreachable": N_("No connection, or no answer in time: network, name service or the other side."),
    "address": N_("An address that we do not call: not https, or inside a private network."),
    "busy": N_("Too many documents of applications are being fetched at the same time, or this one is."),
    "too-large": N_("The answer is longer than we read."),
    "nonsense": N_("The answer is no JSON of the expected form, too large or too slow."),
    "key-set": N_("The address of the keys gives no JSON Web Key Set."),
    "discovery": N_("The discovery document lacks something, or names another issuer."),
    "token-endpoint": N_("The account's token endpoint refuses us: compare client_id and keys with what it knows."),
    "par": N_("The account does not take our pushed request, or the settings disagree with it."),
    "signing-key": N_("We have no key to sign the request with: see idgateway check."),
    "display-name-missing": N_("The application has no display_name, which BundID asks for."),
    "metadata": N_("The metadata cannot be used: form, certificate or key."),
    "metadata-missing": N_("No metadata have come yet: look with idgateway metadata refresh."),
    "metadata-ended": N_("validUntil of the metadata is over: the account's operator has to give out newer ones."),
    "metadata-entity": N_("The metadata are another entity's."),
    "metadata-signature": N_("The metadata are not signed by the pinned signer."),
    "metadata-address": N_("Metadata are fetched by https only."),
    "metadata-stand-in": N_("The metadata are the stand-in's, which count in the demo alone."),
}

GROUPS: Mapping[str, Mapping[str, str]] = {
    N_("Requests of applications"): _REQUESTS,
    N_("Tokens"): _TOKENS,
    N_("Registration"): _REGISTRATION,
    N_("Logging out"): _LOGGING,
    N_("Logins under way"): _LOGINS,
    N_("Answers of an account"): _ANSWERS,
    N_("Accounts that cannot be reached"): _UNREACHED,
}


def known(code: str) -> bool:
    """Whether a code is one of ours, explained here or among the ways a login can end."""
    return code in ENDINGS or any(code in codes for codes in GROUPS.values())
