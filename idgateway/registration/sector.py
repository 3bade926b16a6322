"""Who shares a sector proves it: a document at the sector's own host lists every redirect URI (OIDC Core 8.1).

Without such a document the sector is the host of the redirect URI, where nobody else receives an answer. What the
configuration names is not to be had either way by an application of another authority: two towns behind one host have
different identifiers all the same, but who reads a sector in the configuration shall find its own clients behind it.
"""

import json

from idgateway.errors import LinesBusy, NotConfigured, UpstreamUnavailable
from idgateway.own import OWN
from idgateway.provider import hosts, reach
from idgateway.provider.clients import POSTBOX_SECTOR, sector_of
from idgateway.settings import Client, GateSettings


def check_sector(client: Client, *, demo: bool, turn: str = "") -> None:
    """Fetch ``sector_identifier_uri``, where there is one; all redirect URIs stand in it.

    One at a time for each ``turn``. Raises NotConfigured or LinesBusy.
    """
    if not client.sector_identifier_uri:
        return
    try:
        listed = json.loads(reach.get(client.sector_identifier_uri, demo=demo, accept="application/json", turn=turn))
    except LinesBusy:
        raise
    except UpstreamUnavailable as error:
        raise _refused(client, f"cannot be fetched ({error.code})") from None
    except (ValueError, RecursionError):
        raise _refused(client, "is no JSON") from None
    # OIDC Registration 5: an array with every one of them.
    if not isinstance(listed, list) or not {*client.redirect_uris} <= {one for one in listed if isinstance(one, str)}:
        raise _refused(client, "does not list every redirect URI")


def check_unreserved(client: Client, settings: GateSettings) -> None:
    """No sector that the configuration or the gate itself uses is another authority's. Raises NotConfigured."""
    sector = sector_of(client)
    # On this machine every developer is at home, and it is nobody's name.
    if sector in hosts.LOOPBACK:
        return
    others = {sector_of(one) for one in settings.clients if one.authority != client.authority}
    if sector in others | {POSTBOX_SECTOR, OWN}:
        raise NotConfigured(f"client {client.client_id}: its sector is reserved for a client of another authority")


def _refused(client: Client, told: str) -> NotConfigured:
    return NotConfigured(f"client {client.client_id}: sector_identifier_uri {told}")
