"""Time stamps inside seals: pyHanko asks, the configured authorities answer, within the bounds set for strangers."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import cms
from pyhanko.sign.timestamps import TimeStamper

from keys.errors import TimeStampInvalid
from keys.timestamp import NONCE_BITS, Query
from postbox.channels.timestamps import Authority, answered
from postbox.errors import ChannelDown


class SealStamper(TimeStamper):
    """pyHanko's time stamper, for one seal: it keeps the certificates it was answered with, and those change."""

    def __init__(self, authorities: Sequence[Authority], now: datetime) -> None:
        """Nothing is asked yet. ``now`` is aware UTC."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._authorities = tuple(authorities)
        self._now = now

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """The token of the first authority that answers rightly. Raises ChannelDown: none does.

        What is not believed is not put into a seal: it would stand there for good.
        """
        codes = []
        for authority in self._authorities:
            asked = Query(algorithm=md_algorithm, digest=message_digest, nonce=_nonce())
            try:
                token, _ = answered(authority, asked, self._now)
            except (ChannelDown, TimeStampInvalid) as error:
                codes.append(f"{authority.name}: {error.code}")
                continue
            return cms.ContentInfo.load(token)
        raise ChannelDown(f"No time-stamping authority gave a stamp ({', '.join(codes)}).", code="timestamp-down")


def _nonce() -> int:
    return secrets.randbits(NONCE_BITS - 1) or 1
