"""Who shares a sector proves it: a document at the sector's own host lists every redirect URI (OIDC Core 8.1)."""

import json

from idgateway.errors import LinesBusy, NotConfigured, UpstreamUnavailable
from idgateway.provider import reach
from idgateway.settings import Client


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


def _refused(client: Client, told: str) -> NotConfigured:
    return NotConfigured(f"client {client.client_id}: sector_identifier_uri {told}")
