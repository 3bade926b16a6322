"""Whether the configuration's parts fit each other: pure rules over the settings, used at start and by ``check``.

What does not fit stops the start, all of it named at once.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from idgateway.attributes import CLAIMS
from idgateway.errors import GateError, NotConfigured
from idgateway.peers.terms import check_source
from idgateway.provider.clients import CONSENT, LONGEST_PURPOSE
from idgateway.provider.profiles import check_addresses, check_logout, check_profile, has_keys
from idgateway.settings import Client, GateSettings, OidcProvider
from idgateway.upstream.oidc.claims import DELIVERABLE
from idgateway.upstream.oidc.client import AUDIENCES
from idgateway.upstream.oidc.identity import ALGORITHMS
from idgateway.upstream.oidc.provider import PUSHED
from idgateway.upstream.oidc.transport import is_protected
from idgateway.upstream.saml.profiles import profile_of
from postbox.settings import PostboxSettings
from runtime.errors import SettingsError
from runtime.findings import Finding, wrong
from runtime.keeping import check_retention
from runtime.sealing import check_remote_seals
from runtime.settings import Settings

LEVELS = ("basic", "low", "substantial", "high")
LANDS = ("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH")
GRANTS = ("authorization_code", "refresh_token", "client_credentials")
DISPLAY_NAME_LIMIT = 50  # the AKDB extension's own limit
SKEW_LIMIT_SECONDS = 180
WELL_KNOWN = "/.well-known/"  # OpenID Connect Discovery 1.0 section 4
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def refuse_incoherent(settings: Settings) -> None:
    """Stop the start when parts of the configuration contradict each other.

    Raises:
        SettingsError: naming every contradiction with its cure.
    """
    findings = list(contradictions(settings))
    if findings:
        raise SettingsError("\n".join(f"{found.subject}: {found.cause} {found.cure}" for found in findings))


def contradictions(settings: Settings) -> Iterator[Finding]:
    """Everything in the settings that cannot be right; reads no file and no clock."""
    if settings.gate is None and settings.postbox is None:
        yield wrong("configuration", "Neither [gate] nor [postbox] is there.", "Configure at least one house.")
    yield from check_listeners(settings)
    yield from check_limits(settings)
    if settings.gate:
        for rule in GATE_RULES:
            yield from rule(settings.gate)
    if settings.postbox:
        for check in POSTBOX_RULES:
            yield from check(settings.postbox)
    if settings.gate and settings.postbox:
        yield from check_both(settings.gate, settings.postbox)


def check_listeners(settings: Settings) -> Iterator[Finding]:
    """Each house listens on an address and port of its own."""
    used = []
    for house in ("gate", "postbox"):
        listen = getattr(settings.server, f"{house}_listen")
        if not re.fullmatch(r"(\[[0-9a-f:]+\]|[^:\s]+):\d{1,5}", listen):
            yield wrong(f"server.{house}_listen", f"{listen!r} is no address:port.", 'Write e.g. "127.0.0.1:8080".')
        if getattr(settings, house):
            used.append(listen)
    if len(used) != len(set(used)):
        yield wrong("server", "Both houses want the same port.", "Give each its own.")


def check_limits(settings: Settings) -> Iterator[Finding]:
    """No quota and no number of proxies is negative."""
    for name, value in vars(settings.limits).items():
        if value < 0:
            yield wrong(f"limits.{name}", f"{value} is no number of requests or proxies.", "Write 0 or more.")


def check_issuer(gate: GateSettings) -> Iterator[Finding]:
    """The issuer is a public URL applications can pin (OpenID Connect Discovery 1.0 section 3)."""
    yield from _public_url("gate.issuer", gate.issuer)


def check_towns(gate: GateSettings | PostboxSettings) -> Iterator[Finding]:
    """Authorities have an ARS, a Land, and stand once."""
    for town in gate.authorities:
        if not re.fullmatch(r"\d{12}", town.ars):
            yield wrong(
                "authority", f"The ARS {town.ars!r} has not 12 digits.", "See the list of the Länder's offices."
            )
        if town.land not in LANDS:
            yield wrong(f"authority {town.ars}", f"{town.land!r} is no Land.", f"One of {', '.join(LANDS)}.")
    yield from _repeated("authority", (town.ars for town in gate.authorities))


def check_names(gate: GateSettings) -> Iterator[Finding]:
    """Client ids and provider names are used once."""
    yield from _repeated("gate.client", (client.client_id for client in gate.clients))
    yield from _repeated("gate.saml and gate.oidc", _providers(gate))
    for name in _providers(gate):
        if not re.fullmatch(r"[A-Za-z0-9._~-]+", name):
            cure = "Use letters, digits and hyphens: it is part of the addresses registered at the account."
            yield wrong(f"gate.saml or gate.oidc {name}", f"{name!r} cannot be a name.", cure)


def check_saml(gate: GateSettings) -> Iterator[Finding]:
    """Our entityID has no port, the clocks may differ little, and the account's profile is whole."""
    for provider in gate.saml:
        parts = urlsplit(provider.entity_id)
        subject = f"gate.saml {provider.name}"
        if parts.scheme != "https" or not parts.hostname or parts.netloc != parts.hostname:
            cure = "Write https://host/path without a port; it never changes after the first login."
            yield wrong(subject, f"The entity_id {provider.entity_id!r} is not fit for BundID.", cure)
        if not 0 <= provider.clock_skew_seconds <= SKEW_LIMIT_SECONDS:
            yield wrong(
                subject, "clock_skew_seconds is out of range.", f"At most {SKEW_LIMIT_SECONDS}; mend the clock."
            )
        if provider.request_signature not in ("rsa-sha256", "rsa-pss"):
            yield wrong(subject, "request_signature is unknown.", "rsa-sha256 or rsa-pss.")
        for rule in (profile_of, check_source):
            try:
                rule(provider)
            except GateError as error:
                yield wrong(subject, f"{error.detail}.", "See the examples of [[gate.saml]] in config.example.toml.")


def check_oidc(gate: GateSettings) -> Iterator[Finding]:
    """Each OpenID Connect account has one source of its level, and every word in its settings is known."""
    for provider in gate.oidc:
        subject = f"gate.oidc {provider.name}"
        for rule in (_oidc_level, _oidc_maps, _oidc_words):
            yield from rule(provider, subject)


def check_clients(gate: GateSettings) -> Iterator[Finding]:
    """Every client fits what else is configured."""
    for client in gate.clients:
        for rule in (_client_references, _client_redirects, _client_words, _client_profile):
            yield from rule(gate, client, f"client {client.client_id}")


def check_postbox_urls(postbox: PostboxSettings) -> Iterator[Finding]:
    """The postbox and its gate have public URLs."""
    yield from _public_url("postbox.public_url", postbox.public_url)
    yield from _public_url("postbox.issuer", postbox.issuer)


def check_both(gate: GateSettings, postbox: PostboxSettings) -> Iterator[Finding]:
    """When both houses run here, they mean each other."""
    if postbox.issuer != gate.issuer:
        yield wrong("postbox.issuer", "It is not the gate of this file.", f"Write {gate.issuer}.")
    if gate.postbox and gate.postbox.audience != postbox.public_url:
        yield wrong("gate.postbox.audience", "It is not the postbox of this file.", f"Write {postbox.public_url}.")
    known = {client.client_id for client in gate.clients}
    for client_id in (postbox.citizen_client_id, postbox.staff_client_id):
        if client_id not in known:
            yield wrong("postbox", f"The gate has no client {client_id!r}.", "Add a [[gate.client]] for it.")
    if gate.database_url == postbox.database_url:
        yield wrong("postbox.database_url", "Both houses name the same database.", "Give each its own.")


GATE_RULES: tuple[Callable[[GateSettings], Iterator[Finding]], ...] = (
    check_issuer,
    check_towns,
    check_names,
    check_saml,
    check_oidc,
    check_clients,
)
POSTBOX_RULES: tuple[Callable[[PostboxSettings], Iterator[Finding]], ...] = (
    check_postbox_urls,
    check_towns,
    check_retention,
    check_remote_seals,
)


def _oidc_level(provider: OidcProvider, subject: str) -> Iterator[Finding]:
    if bool(provider.level) == bool(provider.levels):
        cure = "Write level where you vouch for every login, or [gate.oidc.levels] where its acr tells."
        yield wrong(subject, "The level has no source, or two.", cure)
    words = {"level": provider.level} if provider.level else {}
    words |= {f"levels {acr!r}": word for acr, word in provider.levels.items()}
    words |= {f"frameworks {name!r}": word for name, word in provider.frameworks.items()}
    for where, word in words.items():
        if word not in LEVELS:
            yield wrong(subject, f"{where}: {word!r} is no level.", f"One of {', '.join(LEVELS)}.")


def _oidc_maps(provider: OidcProvider, subject: str) -> Iterator[Finding]:
    for claim, attribute in provider.claims.items():
        if attribute not in DELIVERABLE:
            cure = f"One of {', '.join(sorted(DELIVERABLE))}."
            yield wrong(subject, f"claims {claim!r}: {attribute!r} is no attribute an application can receive.", cure)
    if provider.staff and (provider.claims or provider.frameworks or provider.vouch_for_claims):
        cure = "Leave claims, frameworks and vouch_for_claims out."
        yield wrong(subject, "Staff bring name, authorities and roles, and nothing else.", cure)


def _oidc_words(provider: OidcProvider, subject: str) -> Iterator[Finding]:
    if not is_protected(provider.issuer):
        yield wrong(subject, f"{provider.issuer!r} cannot be an issuer.", "https (http on the loopback only).")
    if WELL_KNOWN in provider.issuer:
        cure = f"Write {provider.issuer.partition(WELL_KNOWN)[0]}: the gate adds the rest."
        yield wrong(subject, "The issuer is the address of its description.", cure)
    if "openid" not in provider.scopes:
        yield wrong(subject, "scopes lack openid.", "Without it there is no ID token.")
    if provider.id_token_algorithm not in (*ALGORITHMS, *([""] if provider.staff else [])):
        cure = f"The one registered with the provider: {', '.join(ALGORITHMS)}."
        yield wrong(subject, "id_token_algorithm is missing or unknown.", cure)
    if provider.par not in PUSHED:
        yield wrong(subject, f"par: {provider.par!r} is unknown.", f"One of {', '.join(PUSHED)}.")
    if provider.assertion_audience not in AUDIENCES:
        yield wrong(subject, "assertion_audience is unknown.", f"One of {', '.join(AUDIENCES)}.")


def _client_references(gate: GateSettings, client: Client, subject: str) -> Iterator[Finding]:
    if client.authority and client.authority not in {town.ars for town in gate.authorities}:
        yield wrong(subject, f"No [[authority]] has the ARS {client.authority!r}.", "Add it, or correct the digits.")
    if not client.authority and not client.sector:
        yield wrong(subject, "A client of the whole installation needs a sector.", 'e.g. sector = "postbox".')
    for account in client.accounts:
        if account not in _providers(gate):
            yield wrong(subject, f"No account is called {account!r}.", "Add a [[gate.saml]] or [[gate.oidc]] for it.")
    for provider in gate.oidc:
        if provider.name in client.accounts and not _reaches(provider, client.minimum_level):
            cure = "Lower minimum_level, or take the account away from it."
            yield wrong(subject, f"The account {provider.name!r} never reaches {client.minimum_level}.", cure)


def _reaches(provider: OidcProvider, level: str) -> bool:
    """Whether some login of this account is strong enough; a word that is no level is another check's matter."""
    ranks = [LEVELS.index(word) for word in (provider.level, *provider.levels.values()) if word in LEVELS]
    return level not in LEVELS or not ranks or max(ranks) >= LEVELS.index(level)


def _providers(gate: GateSettings) -> list[str]:
    return [*(provider.name for provider in gate.saml), *(provider.name for provider in gate.oidc)]


def _client_redirects(_gate: GateSettings, client: Client, subject: str) -> Iterator[Finding]:
    if "authorization_code" in client.grant_types and not client.redirect_uris:
        yield wrong(subject, "It has no redirect_uris.", "Name each one exactly; they are compared as text.")
    for uri in client.redirect_uris:
        parts = urlsplit(uri)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        # RFC 6749 3.1.2: absolute and without a fragment.
        if not secure or not parts.hostname or parts.fragment:
            yield wrong(subject, f"{uri!r} cannot be a redirect URI.", "https (http on the loopback), no fragment.")
    if "client_credentials" in client.grant_types and not (has_keys(client) and client.resources and client.authority):
        cure = "Give jwks_file or jwks_uri, resources and authority."
        yield wrong(subject, "client_credentials without key, resource or authority.", cure)


def _client_words(_gate: GateSettings, client: Client, subject: str) -> Iterator[Finding]:
    if client.minimum_level not in LEVELS:
        yield wrong(subject, f"{client.minimum_level!r} is no level.", f"One of {', '.join(LEVELS)}.")
    if client.explain_login not in ("always", "first", "never"):
        yield wrong(subject, f"explain_login {client.explain_login!r} is unknown.", "always, first or never.")
    if client.consent not in CONSENT:
        yield wrong(subject, f"consent {client.consent!r} is unknown.", "ask, inform or none.")
    if len(client.purpose) > LONGEST_PURPOSE:
        yield wrong(subject, "purpose is too long to be read.", f"One sentence, at most {LONGEST_PURPOSE} characters.")
    for claim in sorted(set(client.claims) - set(CLAIMS)):
        yield wrong(subject, f"There is no claim {claim!r}.", f"One of {', '.join(CLAIMS)}.")
    for grant in set(client.grant_types) - set(GRANTS):
        yield wrong(subject, f"The grant {grant!r} is not offered.", f"One of {', '.join(GRANTS)}.")
    if len(client.display_name) > DISPLAY_NAME_LIMIT:
        yield wrong(subject, "display_name is too long for BundID.", f"At most {DISPLAY_NAME_LIMIT} characters.")


def _client_profile(gate: GateSettings, client: Client, subject: str) -> Iterator[Finding]:
    try:
        check_profile(client)
        check_addresses(client, demo=gate.demo)
        check_logout(client, demo=gate.demo)
    except NotConfigured as error:
        yield wrong(subject, f"{error.detail.partition(': ')[2]}.", "See [[gate.client]] in config.example.toml.")


def _public_url(subject: str, url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not secure or not parts.hostname or parts.query or parts.fragment:
        yield wrong(subject, f"{url!r} is no public URL.", "https://host (http on the loopback only).")
    elif url.endswith("/"):
        yield wrong(subject, "It ends with a slash.", "Leave it out: it is compared as text.")


def _repeated(subject: str, names: Iterable[str]) -> Iterator[Finding]:
    for name, count in Counter(names).items():
        if count > 1:
            yield wrong(subject, f"{name!r} stands {count} times.", "Keep one.")
