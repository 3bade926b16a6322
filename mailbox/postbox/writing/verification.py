"""The way from paper back to the postbox: a document's code, the address where it is asked for, and both as a QR code.

The code stands in the address's fragment: a browser sends that to nobody (RFC 9110 7.1, 10.1.3), so it comes into no
log and no Referer, neither here nor at a proxy. It also stands beside the QR code, for those who type it.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

import segno

from postbox.identifiers import grouped

PATH: Final = "/verify/document"
_ERROR: Final = "m"  # ISO/IEC 18004: a stain over 15 % of it does no harm
_QUIET: Final = 4  # modules around it, as ISO/IEC 18004 asks


@dataclass(frozen=True, kw_only=True)
class Check:
    """Where and by which code a third party asks about a printed document."""

    public_url: str  # of the postbox, without trailing slash
    code: str

    @property
    def address(self) -> str:
        """Where it is asked, for people to type."""
        return f"{self.public_url}{PATH}"

    @property
    def link(self) -> str:
        """Where it is asked, with the code; nobody but the browser sees what stands behind the ``#``."""
        return f"{self.address}#{self.code}"

    def as_data(self) -> dict[str, str]:
        """What a template shows of it."""
        alt = f"QR-Code: führt zu {self.address} und bringt den Code mit, der daneben steht."
        return {"address": self.address, "code": grouped(self.code), "qr": qr_code(self.link), "alt": alt}


def qr_code(text: str) -> str:
    """A QR code (ISO/IEC 18004) as SVG. The same text gives the same code."""
    drawn = BytesIO()
    segno.make_qr(text, error=_ERROR).save(drawn, kind="svg", border=_QUIET, xmldecl=False)
    return drawn.getvalue().decode("ascii")
