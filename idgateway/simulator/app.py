"""The stand-in's pages: means → person → data and consent → the answer's form.

No cookies: a login under way is known by its handle in the address. No page needs JavaScript.
"""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idgateway.simulator import identity
from idgateway.simulator.accounts.pages import accounts_blueprint
from idgateway.simulator.answers import answer_for, stated
from idgateway.simulator.catalogue import BROKEN, FAMILIES, applicable
from idgateway.simulator.context import NAME, Simulator, simulator, wall_clock
from idgateway.simulator.direct import refused_json, wants_json
from idgateway.simulator.endpoints import endpoints
from idgateway.simulator.errors import CODES, WARNINGS, RequestRefused
from idgateway.simulator.manner import CHOICES, EIDAS_LEVELS, wished_manner
from idgateway.simulator.metadata import REDIRECT_PATH, SSO_PATH, known_entity_ids
from idgateway.simulator.names import ATTRIBUTES, BY_URN
from idgateway.simulator.offers import entrances, offered_persons, transfer
from idgateway.simulator.outcomes import OUTCOMES
from idgateway.simulator.pages import chosen_language, dress, sent_on, show
from idgateway.simulator.persons import PERSONS
from idgateway.simulator.settings import SimulatorSettings
from idgateway.simulator.staff import Staff, staff_blueprint
from idgateway.simulator.visits import Visit

_MAX_FORM = 1024 * 1024
pages = Blueprint("pages", __name__)


def create_app(settings: SimulatorSettings, *, clock: Callable[[], datetime] = wall_clock) -> Flask:
    """Build the stand-in; its keys are made on the first start. SP metadata files may appear later."""
    identity.prepare(settings.directory, settings.base_url)
    keys = identity.load(settings.directory, settings.base_url)
    here = Simulator(settings=settings, identity=keys, clock=clock)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = _MAX_FORM
    app.extensions[NAME] = here
    dress(app)
    app.register_blueprint(endpoints)
    app.register_blueprint(pages)
    app.register_blueprint(accounts_blueprint(), url_prefix="/accounts")
    app.register_blueprint(staff_blueprint(Staff.of(settings, keys, here.now)), url_prefix="/staff")
    app.register_error_handler(RequestRefused, _refused)
    return app


def _refused(error: RequestRefused) -> AnyResponse:
    # Interface description 9.6: the error page's address carries the code.
    current_app.logger.info("request refused: %s %s", error.code, error.detail)
    if wants_json():
        return refused_json(error)
    return redirect(f"{url_for('pages.error')}?idp.code={error.code}", 303)


@pages.get("/")
def index() -> tuple[str, int]:
    """Who is here, and which services are known."""
    here = simulator()
    known = known_entity_ids(here.settings.service_providers)
    values = {"persons": PERSONS, "providers": known, "now": here.now(), "settings": here.settings}
    return show("index", "de", sso=SSO_PATH, redirect=REDIRECT_PATH, count=len(BROKEN), **values)


@pages.get("/healthz")
def healthz() -> Response:
    """Alive."""
    return Response("ok\n", mimetype="text/plain")


@pages.get("/favicon.ico")
def favicon() -> Response:
    """None: browsers ask, and nothing here looks like anybody."""
    return Response(status=204)


@pages.get("/error")
def error() -> tuple[str, int]:
    """Why a request was refused; only known codes are explained, nothing is echoed."""
    code = request.args.get("idp.code", "")
    code = code if code in CODES else "sim-not-readable"
    return show("error", "de", 400, code=code, explanation=CODES[code])


@pages.get("/login/<handle>")
def means(handle: str) -> tuple[str, int]:
    """Offer the means that fit the request."""
    visit = _visit(handle)
    values = {"entrances": entrances(visit.request, visit.manner), "outcomes": OUTCOMES, "told": WARNINGS}
    return show("means", visit.language, visit=visit, codes=CODES, **values)


@pages.get("/login/<handle>/means/<entrance>")
def persons(handle: str, entrance: str) -> tuple[str, int]:
    """Offer the persons who can use this means."""
    visit = _visit(handle)
    found = offered_persons(visit.request, visit.manner, entrance)
    return show("persons", visit.language, visit=visit, entrance=entrance, persons=found)


@pages.post("/login/<handle>/person")
def person(handle: str) -> AnyResponse:
    """Log a person in, as far as a stand-in does."""
    visit, now = _visit(handle), simulator().now()
    chosen = request.form.get("person", "")
    if chosen not in {offered.key for offered in offered_persons(visit.request, visit.manner)}:
        return redirect(url_for("pages.means", handle=handle), 303)
    simulator().visits.change(handle, now, person=chosen, authenticated_at=now)
    return redirect(url_for("pages.data", handle=handle), 303)


@pages.get("/login/<handle>/data")
def data(handle: str) -> tuple[str, int] | AnyResponse:
    """Show what would go over, and ask."""
    visit = _visit(handle)
    if not visit.person:
        return redirect(url_for("pages.means", handle=handle), 303)
    given = transfer(visit.who, visit.request, simulator().identity.pairwise_secret)
    faults = applicable(stated(simulator().identity, visit, "127.0.0.1", simulator().now()), visit.request.level)
    values = {"visit": visit, "person": visit.who, "given": given, "faults": faults, "families": FAMILIES}
    choices, changed = CHOICES | {"eidas_level": _levels(visit)}, visit.manner != simulator().settings.answers
    return show(
        "data",
        visit.language,
        names=ATTRIBUTES,
        by_urn=BY_URN,
        choices=choices,
        changed=changed,
        outcomes=OUTCOMES,
        **values,
    )


@pages.post("/login/<handle>/manner")
def manner(handle: str) -> AnyResponse:
    """Change how this login's answer is built, and show the data anew."""
    visit = _visit(handle)
    wished = wished_manner(visit.manner, request.form)
    if visit.person and visit.person not in {person.key for person in offered_persons(visit.request, wished)}:
        raise RequestRefused("sim-manner-unknown", "below the level that the service asks for")
    simulator().visits.change(handle, simulator().now(), manner=wished)
    return redirect(url_for("pages.data", handle=handle), 303)


@pages.post("/login/<handle>/answer")
def answer(handle: str) -> tuple[str, int] | AnyResponse:
    """Make the answer the person decided for, once, and show the form that carries it back."""
    here, visit = simulator(), _visit(handle)
    decision, fault = request.form.get("decision", ""), request.form.get("fault", "")
    address = request.remote_addr or "127.0.0.1"
    if not visit.person and decision not in OUTCOMES:
        return redirect(url_for("pages.means", handle=handle), 303)
    answered = here.visits.finish(
        handle,
        here.now(),
        lambda seen: answer_for(here.identity, seen, decision=decision, fault=fault, address=address, now=here.now()),
    )
    return sent_on(visit, answered)


def _levels(visit: Visit) -> tuple[str, ...]:
    """The levels an eIDAS login may be switched to without falling below the request."""
    return ("", *(name for name, level in EIDAS_LEVELS.items() if level >= visit.request.level))


def _visit(handle: str) -> Visit:
    """The login behind the address; a ``?lang=`` is remembered for its later pages."""
    visit = simulator().visits.get(handle, simulator().now())
    language = chosen_language(visit.language)
    if language != visit.language:
        visit = simulator().visits.change(handle, simulator().now(), language=language)
    return visit
