"""``verify.html``: the verifier as one page that a browser opens without a network, and its published digest."""

import hashlib
from functools import cache
from pathlib import Path


@cache
def page() -> bytes:
    """The page's bytes, the same for everybody."""
    return (Path(__file__).parent / "verify.html").read_bytes()


@cache
def page_digest() -> str:
    """Its SHA-256, hexadecimal: by it one knows that a copy is the true one."""
    return hashlib.sha256(page()).hexdigest()
