"""The demo's site, undressed: the online service at ``/urkunde``, and the board around it that explains the story."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask

from runtime.demo.board import pages as board
from runtime.demo.town import routes, trade
from runtime.demo.town.gate import Gate
from runtime.demo.town.routes import EXTENSION, Town
from runtime.demo.town.settings import TownSettings
from runtime.demo.town.store import Book

MOST_BYTES = 64 * 1024 * 1024  # a proof bundle with its documents


def now_utc() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def create_app(settings: TownSettings, *, clock: Callable[[], datetime] = now_utc) -> Flask:
    """Build the application; ``runtime.shell.dress`` gives it its frame. Raises FileNotFoundError without its key."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    book = Book(settings.database_file)
    app.extensions[EXTENSION] = Town(
        settings=settings, gate=Gate(settings), trade=Gate(settings, trade.CALLBACK), book=book, clock=clock
    )
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(trade.blueprint)
    app.register_blueprint(board.blueprint)
    return app
