"""How names are written in a PDF: any character may stand as ``#`` and two hexadecimal digits (ISO 32000-1, 7.3.5)."""

import re
from functools import cache


@cache
def written(name: str) -> re.Pattern[bytes]:
    """Finds a name (``/ByteRange``) in raw bytes, however it is written; longer names that begin so are found too."""
    letters = (b"(?:%s|#(?i:%02x))" % (re.escape(letter.encode()), ord(letter)) for letter in name.removeprefix("/"))
    return re.compile(b"/" + b"".join(letters))
