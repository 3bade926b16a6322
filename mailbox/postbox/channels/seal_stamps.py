"""Time stamps inside seals: pyHanko asks, the configured authority answers, within the bounds set for strangers."""

import secrets
from typing import Any, Final

from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper

from keys.timestamp import QUERY_TYPE, REPLY_TYPE
from postbox.channels import outside
from postbox.channels.timestamps import Authority
from postbox.errors import ChannelDown

_OK: Final = 200
_NONCE_BITS: Final = 63


class SealStamper(TimeStamper):
    """pyHanko's time stamper over one authority."""

    def __init__(self, authority: Authority) -> None:
        """Nothing is asked yet."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = authority.url

    def request_cms(self, message_digest: bytes, md_algorithm: str) -> Any:
        """The question with a number of our own. What pyHanko compares the answer with."""
        imprint = {"hash_algorithm": {"algorithm": md_algorithm}, "hashed_message": message_digest}
        nonce = secrets.randbits(_NONCE_BITS) or 1
        return nonce, tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True})

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Ask. Raises ChannelDown."""
        reply = outside.post(self._url, req.dump(), kind=QUERY_TYPE)
        if reply.status != _OK or reply.kind != REPLY_TYPE:
            raise ChannelDown(f"The authority answered {reply.status} {reply.kind}.", code="time-stamp-no-reply")
        return tsp.TimeStampResp.load(reply.body)
