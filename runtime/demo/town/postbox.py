"""The connection to the postbox: exchange an address for a recipient reference that belongs to a case.

A postal address leads to a letter box: what is sent there goes out as a letter. The delivery address is opaque and
secret-like: it goes from the gate to the postbox and is kept no longer than that.
"""

from collections.abc import Mapping

import requests

_TIMEOUT = 20  # seconds
SCOPE = "recipients:write"


class PostboxUnavailable(Exception):
    """The postbox could not be reached, or refused the address."""


def register_recipient(
    postbox_url: str, token: str, *, address: Mapping[str, object], reference: str, service: str, applicant: str
) -> str:
    """``POST /v1/recipients``: the recipient reference (``rcp_…``) for this case. Raises PostboxUnavailable.

    ``address`` is the member that says where to: ``postbox_address`` or ``postal_address``.
    """
    body = {
        **address,
        "case": {"reference": reference, "service": service, "applicant": applicant},
    }
    try:
        answer = requests.post(
            f"{postbox_url}/v1/recipients",
            json=body,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"recipient-{reference}"},
            timeout=_TIMEOUT,
        )
        answer.raise_for_status()
        return str(answer.json()["recipient"])
    except (requests.RequestException, KeyError, ValueError) as error:
        raise PostboxUnavailable(type(error).__name__) from error
