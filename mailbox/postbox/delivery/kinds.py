"""The kinds of work in the outbox."""

from typing import Final

MAKE_AVAILABLE: Final = "make-available"
SCAN: Final = "scan"
NOTIFY: Final = "notify"
LAPSE: Final = "lapse"
