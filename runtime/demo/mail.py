"""The mail catcher: an SMTP server for the demo that delivers nothing and keeps every message as a file."""

import asyncio
import secrets
import signal
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from runtime import logs
from runtime.demo.board.mails import SUFFIX
from runtime.demo.town.settings import TownSettings
from runtime.settings import load, load_part
from runtime.wiring import config_path


class Catcher:
    """Keeps each message under a name of moment and chance, whole or not at all."""

    def __init__(self, directory: Path) -> None:
        """Name the directory; it is made where it is missing."""
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer to the DATA command, once the file is there."""
        content = envelope.original_content or b""
        name = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}"[:17] + f"-{secrets.token_hex(4)}{SUFFIX}"
        draft = self._directory / f".{name}"
        draft.write_bytes(content)
        draft.replace(self._directory / name)
        return "250 kept, not delivered: this is a demo"


async def serve(host: str, port: int, directory: Path) -> None:
    """Catch mails until SIGTERM. Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()
    catcher = Catcher(directory)
    server = await loop.create_server(lambda: SMTP(catcher, enable_SMTPUTF8=True), host, port)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with server:
        await stop.wait()


def main() -> None:
    """The process: listens where the configuration's postbox sends to, keeps where the town reads."""
    logs.configure("mail")
    config = config_path()
    postbox = load(config).postbox
    if postbox is None:
        raise SystemExit("The configuration has no [postbox]: nobody would send a mail.")
    directory = load_part(config, TownSettings, "town").mail_directory
    asyncio.run(serve(postbox.smtp.host, postbox.smtp.port, directory))


if __name__ == "__main__":
    main()
