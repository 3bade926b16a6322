"""The gate as an application of its own: ``/account``, where a person looks up and takes back what was passed on.

It receives no code and no data, only a session; nobody can ask for it from outside (no ``authorization_code``).
"""

from dataclasses import fields

from idgateway.assurance import Level
from idgateway.provider.clients import NEVER, NONE, RegisteredClient
from idgateway.settings import Client, GateSettings
from idgateway.upstream.saml.profiles import profile_of

OWN = "idgateway-account"
_NAME = "Kontoübersicht"
ENGLISH = {_NAME: "Account overview"}  # as the configuration's own names: German here, English on English pages


def own_client(settings: GateSettings) -> RegisteredClient:
    """The account page as the login knows it. Accounts of organisations are left out: colleagues share them."""
    saml = (one.name for one in settings.saml if not profile_of(one).shared)
    oidc = (one.name for one in settings.oidc if not one.staff)
    client = Client(
        client_id=OWN,
        name=_NAME,
        authority="",
        minimum_level="basic",
        accounts=(*saml, *oidc),
        redirect_uris=(f"{settings.issuer}/account",),
        grant_types=(),
        scopes=(),
        response_modes=("query",),
        sector=OWN,
        consent=NONE,
        online_service_id=settings.account_service_id,
        display_name=_NAME,
    )
    names = {field.name for field in fields(RegisteredClient)}
    as_written = {field.name: getattr(client, field.name) for field in fields(client) if field.name in names}
    own = {"minimum_level": Level.BASIC, "home": "", "restart": "", "explain": NEVER, "jwks": {"keys": []}}
    # Pushed requests only, as discovery is not to say that somebody need not.
    return RegisteredClient(**{**as_written, **own, "require_par": True})
