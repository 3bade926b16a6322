"""Where everything of the demo listens: eight neighbouring ports, one of them the reader's. Pure."""

from dataclasses import dataclass
from typing import Final

COUNT: Final = 8  # how many belong together
READERS: Final = 6  # the one that nothing of ours takes
OWN: Final = tuple(offset for offset in range(COUNT) if offset != READERS)


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The first port decides about all. The stand-in lives under another host, so that its answers are cross-site."""

    first: int

    @property
    def gate(self) -> str:
        """The gate's address."""
        return f"http://localhost:{self.first}"

    @property
    def simulator(self) -> str:
        """The stand-in's address."""
        return f"http://127.0.0.1:{self.first + 1}"

    @property
    def postbox(self) -> str:
        """The postbox's address."""
        return f"http://localhost:{self.first + 2}"

    @property
    def town(self) -> str:
        """The address of the town and the story board."""
        return f"http://localhost:{self.first + 3}"

    @property
    def smtp(self) -> int:
        """The mail catcher's port."""
        return self.first + 4

    @property
    def stamps(self) -> str:
        """The address of the time-stamping authority."""
        return f"http://127.0.0.1:{self.first + 5}"

    @property
    def first_application(self) -> str:
        """Where the reader's own first application is to listen; nothing of ours does."""
        return f"http://localhost:{self.first + READERS}"

    @property
    def witness(self) -> str:
        """The address of the neighbouring town's witness."""
        return f"http://127.0.0.1:{self.first + 7}"

    def listen(self, offset: int) -> str:
        """Where the process at ``offset`` listens: on this machine only."""
        return f"127.0.0.1:{self.first + offset}"
