"""Names of things: a prefix that says what it is, and 26 characters nobody guesses (130 bits)."""

import re
import secrets
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing to confuse on the telephone
_LENGTH: Final = 26
_MISTAKEN: Final = str.maketrans("oil", "011")

MAILBOX: Final = "mbx"
RECIPIENT: Final = "rcp"
NOTICE: Final = "ntc"
DOCUMENT: Final = "doc"
DRAFT: Final = "drf"


def new_id(prefix: str) -> str:
    """A fresh random identifier, for instance ``rcp_7k…``."""
    # 32 divides 256: the remainder of a random byte is as random as the byte.
    return f"{prefix}_{''.join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(_LENGTH))}"


def new_code() -> str:
    """A fresh code by which a third party asks about a document: 130 random bits, to be printed and typed."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(_LENGTH))


def read_code(text: str) -> str | None:
    """A code as typed, with any spaces, hyphens and capitals, and the letters that are mistaken for digits; or None."""
    typed = re.sub(r"[\s-]", "", text[:100]).lower().translate(_MISTAKEN)
    return typed if re.fullmatch(f"[{_ALPHABET}]{{{_LENGTH}}}", typed) else None


def grouped(code: str) -> str:
    """A code as people read it: in groups of five characters."""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5)).upper()


def is_id(text: object, prefix: str) -> bool:
    """Whether a text has the shape of such an identifier; says nothing about whether it exists."""
    return isinstance(text, str) and re.fullmatch(f"{prefix}_[{_ALPHABET}]{{{_LENGTH}}}", text) is not None
