"""Plugs the postbox together: ``build`` makes what use cases need, ``create_app`` puts the web in front of it.

The shell (languages, headers, error pages) is put around by whoever serves the app.
"""

from datetime import UTC, datetime

from flask import Flask

from keys.keyring import Keyring
from postbox import routes
from postbox.api import log as log_routes
from postbox.api import routes as api_routes
from postbox.channels.gate import GateKeys
from postbox.channels.timestamps import authorities
from postbox.context import Clock, Postbox
from postbox.pages import entrance
from postbox.settings import PostboxSettings
from postbox.store import Database
from postbox.store.objects import FileObjects
from postbox.web import EXTENSION, MemoryRequest

ROOMS = (routes.blueprint, log_routes.blueprint, api_routes.blueprint)
_FORM_OVERHEAD = 256 * 1024  # bytes of a request besides its documents
_MOST_PARTS = 40


def utc_now() -> datetime:
    """The clock of a running service: aware, in UTC."""
    return datetime.now(UTC)


def build(settings: PostboxSettings, database: Database, keyring: Keyring, clock: Clock = utc_now) -> Postbox:
    """What every use case is given; the worker needs no more than this. Raises SetupWrong."""
    return Postbox(
        settings=settings,
        database=database,
        keyring=keyring,
        clock=clock,
        gate_keys=GateKeys(settings.issuer),
        objects=FileObjects(settings.objects_directory),
        stamping=authorities(settings.time_stamp_services),
    )


def create_app(settings: PostboxSettings, database: Database, keyring: Keyring, *, clock: Clock = utc_now) -> Flask:
    """The WSGI application of the postbox, undressed."""
    app = Flask(__name__)
    app.request_class = MemoryRequest
    app.config["MAX_CONTENT_LENGTH"] = settings.max_document_bytes * 2 + _FORM_OVERHEAD
    app.config["MAX_FORM_MEMORY_SIZE"] = _FORM_OVERHEAD
    app.config["MAX_FORM_PARTS"] = _MOST_PARTS
    app.extensions[EXTENSION] = build(settings, database, keyring, clock)
    for room in ROOMS:
        app.register_blueprint(room)
    entrance.install(app, app.extensions[EXTENSION])
    return app
