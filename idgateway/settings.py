"""The gate's part of the configuration, typed and frozen.

No default stands here for anything that decides about security; an unknown key stops the start (``runtime.settings``).
File paths are relative to the configuration file's folder; ``runtime.settings`` makes them absolute.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A town or other authority, known by its Amtlicher Regionalschlüssel (ARS, 12 digits)."""

    ars: str
    name: str
    land: str  # two letters, e.g. "HE": whose holidays count


@dataclass(frozen=True, kw_only=True)
class Client:
    """An application that logs people in, or calls the postbox, through the gate."""

    client_id: str
    name: str
    authority: str  # ARS; empty only for a client of the whole installation (the postbox)
    minimum_level: str  # basic | low | substantial | high
    accounts: tuple[str, ...]  # which identity providers it offers
    redirect_uris: tuple[str, ...] = ()
    home: str = ""  # where "back to the service" leads; empty: the start page of its first redirect URI's origin
    initiate_login_uri: str = ""  # where "start again" leads (OIDC Core 4): the application begins a login of its own
    explain_login: str = "first"  # always | first (in a browser session) | never: what this login means, before it
    consent: str = "inform"  # ask | inform | none: what the page before data go does; staff see none
    purpose: str = ""  # one sentence for that page: what the data are for, and by what law
    post_logout_redirect_uris: tuple[str, ...] = ()  # where a logout may lead back to, exactly
    frontchannel_logout_uri: str = ""  # loaded in a frame of our logout page, where a browser may still be reached
    backchannel_logout_uri: str = ""  # told when a session ends, whoever ended it; https, in the demo loopback too
    shares_login: bool = False  # a fresh login serves other applications of the same authority that say so too
    profile: str = "standard"  # standard | fapi2 (FAPI 2.0 Security Profile)
    authentication: str = "private_key_jwt"  # private_key_jwt | client_secret_basic | client_secret_post
    require_pkce: bool = True  # false only for a confidential client of the standard profile
    require_par: bool = False  # requests come pushed only (RFC 9126); fapi2 always
    require_dpop: bool = False  # tokens are bound to a key it proves (RFC 9449); fapi2 always
    dpop_nonce: bool = False  # its proofs carry a nonce of ours (RFC 9449 8), so that none can be made in advance
    require_request_object: bool = False  # requests come signed only (RFC 9101), with one of its keys
    request_object_algorithm: str = ""  # one of assertion.ALGORITHMS; empty: any of them
    request_uris: tuple[str, ...] = ()  # where its signed requests may be fetched from (OIDC Core 6.2), exactly
    response_modes: tuple[str, ...] = ("query", "form_post")  # also jwt, query.jwt, form_post.jwt (JARM)
    assertion_algorithm: str = ""  # of its private_key_jwt: one of assertion.ALGORITHMS; empty: any of them
    jwks_file: Path | None = None  # public keys for private_key_jwt (RFC 7523) and signed requests: from a file, …
    jwks_uri: str = ""  # … from its own address, fetched again when it changes its keys, …
    jwks: str = ""  # … or themselves, as JSON text; at most one of the three
    secret_hash: str = ""  # for client_secret_*: what `idgateway client secret` prints, never the secret itself
    grant_types: tuple[str, ...] = ("authorization_code",)
    scopes: tuple[str, ...] = ("openid",)
    claims: tuple[str, ...] = ()  # all it may ever receive, OpenID Connect claim names
    resources: tuple[str, ...] = ()  # audiences of its client credentials tokens (RFC 8707)
    audience: str = ""  # the resource this client is: it may introspect access tokens that are for it (RFC 7662)
    guests_welcome: bool = False
    sector: str = ""  # pairwise sector; empty: the host of sector_identifier_uri or else of its redirect URIs
    sector_identifier_uri: str = ""  # lists the redirect URIs of all who share its sector (OIDC Core 8.1)
    logo_uri: str = ""  # this and the two below: shown as links where the application is shown
    policy_uri: str = ""
    tos_uri: str = ""
    display_name: str = ""  # shown at BundID before data are released, at most 50 characters
    online_service_id: str = ""  # BMI-ID
    id_token_algorithm: str = "ES256"  # noqa: S105 - ES256 | RS256
    authorization_algorithm: str = ""  # ES256 | RS256: of its signed answers (JARM); empty: as its ID tokens
    userinfo_algorithm: str = ""  # ES256 | RS256: userinfo as a signed JWT; empty: as JSON


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Who runs this service provider, for our metadata's Organization and technical ContactPerson."""

    name: str
    url: str
    technical_contact: str  # a team rather than a person
    technical_email: str


@dataclass(frozen=True, kw_only=True)
class SamlProvider:
    """A SAML account. Its profile (``upstream.saml.profiles``) says how it speaks, and what of it may be set here.

    Without a profile it is BundID's, which is the strictest and lets nothing be set but ``request_signature``.
    """

    name: str
    title: str  # shown to people
    entity_id: str  # ours: an https URL without port that never changes after the first start (bPK2 hangs on its host)
    metadata_file: Path | None = None  # the identity provider's metadata, from a file …
    metadata_url: str = ""  # … or from an address, fetched on schedule; exactly one of both
    metadata_certificates: tuple[Path, ...] = ()  # PEM files of who signs them; then no unsigned document is taken
    metadata_refresh_hours: int = 6  # at most this long between two looks at metadata_url
    peer_entity_id: str = ""  # theirs; empty: metadata_url itself (SAML Metadata 4.1), or what the first file says
    operator: Operator | None = None  # who stands in our metadata
    for_whom: str = ""  # one sentence for the page where a person chooses between accounts
    request_signature: str = "rsa-sha256"  # rsa-sha256 | rsa-pss
    clock_skew_seconds: int = 60  # at most 180
    profile: str = "bundid"  # bundid | bayernid | mein-unternehmenskonto | servicekonto-sh | generic
    name_id: str = ""  # transient | persistent | unspecified; here and below, empty: as the profile says
    request_binding: str = ""  # post | redirect
    signed: str = ""  # either | response | assertion | both: what the account must sign
    assertion: str = ""  # encrypted | plain
    subject: str = ""  # whom the account is known by: name_id, or one of our attributes
    attributes: Mapping[str, str] = field(default_factory=dict)  # name on the wire to our attribute
    levels: Mapping[str, str] = field(
        default_factory=dict
    )  # the account's word to our level; another word reaches none
    vouched_level: str = ""  # the level the operator vouches for instead
    proved_attributes: tuple[str, ...] = ()  # ours, that the account proves as well as the login; others carry no level
    nested_namespace: str = ""  # of XML inside attribute values
    accept_test_accounts: bool = False  # Mein Unternehmenskonto's; never in production


@dataclass(frozen=True, kw_only=True)
class OidcProvider:
    """An OpenID Connect account, of citizens or of staff.

    Exactly one of ``level`` and ``levels`` is the source of the level; an account of citizens names its algorithm.
    """

    name: str
    title: str
    issuer: str
    client_id: str
    level: str = ""  # the level the operator vouches for, whatever the peer's acr says
    levels: Mapping[str, str] = field(default_factory=dict)  # the peer's acr to our level; another acr reaches none
    staff: bool = False  # carries authorities and roles instead of citizens' attributes
    for_whom: str = ""  # as for SAML accounts
    scopes: tuple[str, ...] = ("openid",)
    claims: Mapping[str, str] = field(default_factory=dict)  # the peer's claim to our attribute; empty: the usual names
    frameworks: Mapping[str, str] = field(default_factory=dict)  # "trust_framework assurance_level" to our level
    vouch_for_claims: bool = False  # ordinary claims carry the login's level; without it they carry none
    id_token_algorithm: str = ""  # ES256 | RS256 | PS256 | Ed25519 | EdDSA, as registered; only staff may leave it open
    par: str = "auto"  # pushed requests: auto (where offered) | required | never
    assertion_audience: str = "issuer"  # issuer | token-endpoint, where a peer insists
    client_secret_file: Path | None = None  # client_secret_basic, where a peer knows no private_key_jwt


@dataclass(frozen=True, kw_only=True)
class PostboxPeer:
    """The postbox as the gate sees it: the one reader of delivery addresses."""

    audience: str  # the postbox's public URL
    jwks_file: Path  # its public encryption key


@dataclass(frozen=True, kw_only=True)
class GateSettings:
    """Everything the gate needs to know before it starts."""

    issuer: str  # public URL without trailing slash
    keys_directory: Path
    database_url: str
    demo: bool = False  # allows the stand-in's keys and entityID
    registration: bool = False  # applications may register themselves, by the operator's invitation (RFC 7591)
    account_service_id: str = ""  # BMI-ID of /account, where BundID wants one
    postbox: PostboxPeer | None = None
    authorities: tuple[Authority, ...] = ()
    clients: tuple[Client, ...] = ()  # others come at run time and stand in the database
    saml: tuple[SamlProvider, ...] = ()
    oidc: tuple[OidcProvider, ...] = ()
