"""The kinds of work in the outbox."""

from typing import Final

MAKE_AVAILABLE: Final = "make-available"
SCAN: Final = "scan"
NOTIFY: Final = "notify"
LAPSE: Final = "lapse"
PRINT: Final = "print"
ANNOUNCE: Final = "announce"
END_PERIOD: Final = "end-period"
DAYS: Final = frozenset({ANNOUNCE, END_PERIOD})  # what comes to pass by itself on its day: nobody waits for it
