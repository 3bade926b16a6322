"""What others gave us: metadata of accounts, certificates and their dates, public keys of applications."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from idgateway.errors import NotConfigured, UpstreamUnavailable
from idgateway.provider.client_keys import fetch_key_set
from idgateway.registration.sector import check_sector
from idgateway.scopes import unasked
from idgateway.settings import GateSettings
from postbox.settings import PostboxSettings
from runtime.findings import Finding, good, warning, wrong
from runtime.inspection.machine import check_secret_file
from runtime.inspection.theirs import check_accounts
from runtime.settings import Settings

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})  # RFC 7518 section 6: private parts of a JWK


def check_peers(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Metadata, secrets and public keys named in the gate's configuration."""
    if settings.gate:
        yield from check_accounts(settings.gate, now)
        for account in settings.gate.oidc:
            if account.client_secret_file:
                yield check_secret_file(f"gate.oidc {account.name}", account.client_secret_file)
        yield from _jwks_files(settings.gate)
        yield from _unasked(settings.gate)
        yield from _fetched(settings.gate)
        if settings.postbox:
            yield from _ways_back(settings.gate, settings.postbox)


def _ways_back(gate: GateSettings, postbox: PostboxSettings) -> Iterator[Finding]:
    """The postbox logs out over the gate, which leads back only to what is registered."""
    pages = {postbox.citizen_client_id: "/start?ended=yes", postbox.staff_client_id: "/casework/start?ended=yes"}
    for client in gate.clients:
        back = postbox.public_url + pages.get(client.client_id, "")
        if client.client_id in pages and back not in client.post_logout_redirect_uris:
            cure = f"Add {back} to its post_logout_redirect_uris."
            yield warning(f"client {client.client_id}", "Who logs out of the postbox is not led back to it.", cure)


def _jwks_files(gate: GateSettings) -> Iterator[Finding]:
    files = [(f"client {client.client_id}", client.jwks_file) for client in gate.clients if client.jwks_file]
    if gate.postbox:
        files.append(("gate.postbox", gate.postbox.jwks_file))
    for subject, path in files:
        yield check_jwks(subject, path)


def _unasked(gate: GateSettings) -> Iterator[Finding]:
    """Claims that were agreed and that no registered scope brings: who asks by scopes alone waits for them in vain."""
    for client in gate.clients:
        for scope, claims in unasked(client.claims, client.scopes).items():
            cause = f"No scope of it brings {', '.join(claims)}: they come only where its claims parameter names them."
            yield warning(f"client {client.client_id}", cause, f'Add "{scope}" to its scopes, unless that is meant.')


def _fetched(gate: GateSettings) -> Iterator[Finding]:
    """What applications publish themselves: keys, and who shares a sector. Away for a while is no fault of ours."""
    for client in gate.clients:
        subject = f"client {client.client_id}"
        if client.jwks_uri:
            try:
                keys = fetch_key_set(client.jwks_uri, demo=gate.demo)["keys"]
                yield good(subject, f"{len(keys)} public key{'s' if len(keys) > 1 else ''} at its jwks_uri.")
            except UpstreamUnavailable as error:
                cure = "Until it can, the application cannot prove itself. Tell its operator."
                yield warning(subject, f"{client.jwks_uri} gives no keys ({error.code}).", cure)
        try:
            check_sector(client, demo=gate.demo)
        except NotConfigured as error:
            told = error.detail.partition(": ")[2]
            yield warning(subject, f"{told}.", "Its operator lists every redirect URI there (OpenID Connect Core 8.1).")


OURS = "the postbox's own comes from: idgateway keys export-public postbox."


def check_jwks(subject: str, path: Path) -> Finding:
    """A file of public keys (RFC 7517): readable, not empty, and nothing private in it."""
    try:
        keys = json.loads(path.read_text(encoding="utf-8"))["keys"]
        private = any(PRIVATE_MEMBERS & set(key) for key in keys)
    except OSError:
        return wrong(
            subject, f"{path} cannot be read.", "Ask its owner for the public JWK Set and put it there; " + OURS
        )
    except (ValueError, KeyError, TypeError):
        return wrong(subject, f"{path} is no JWK Set.", 'It must look like {"keys": [...]}.')
    if private:
        cure = "Ask its owner for a new key pair: this one is no secret any more. Put only the public half there."
        return wrong(subject, f"{path} holds a private key.", cure)
    if not keys:
        return wrong(subject, f"{path} holds no key.", "Ask its owner for the public JWK Set.")
    return good(subject, f"{len(keys)} public key{'s' if len(keys) > 1 else ''}.")
