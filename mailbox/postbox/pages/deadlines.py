"""The public calculator as a page: a form that asks in its address, so that a colleague can be sent the link.

Nothing is stored and nobody is asked who they are; the facts are days and places, no personal data.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, render_template, request

from postbox.errors import NoRule, Problem, Unacceptable
from postbox.law.calculator import edited, read_case
from postbox.law.computation import Computation
from postbox.law.periods import compute
from postbox.law.words import explain
from postbox.pages import failures
from postbox.pages.failures import N_
from postbox.web import current

blueprint = Blueprint("deadlines", __name__, template_folder="../templates")
failures.answer_with_pages(blueprint, home="deadlines.calculator", login="citizen.start")

_WORDS = (
    "channel",
    "procedural_law",
    "part_of_user_account",
    "available_at",
    "notified_at",
    "retrieved_at",
    "sent_at",
    "received_at",
    "ack_date",
    "ack_received_at",
    "issued_on",
    "authority_land",
    "recipient_land",
)
_FLAGS = ("notification_proven", "fiction_announced", "abroad")


_DAY = N_("Write a day like 2026-11-23.")
_CHOOSE = {
    "channel": N_("Choose how the act went out."),
    "procedural_law": N_("Choose the procedural law."),
    "authority_land": N_("Choose the authority's Land."),
}
# Where no rule decides: the field to look at, and what to do.
_REFUSED = {
    "facts-missing": ("available_at", N_("The day from which this rule counts is missing.")),
    "issued-on-missing": ("issued_on", N_("Tax law needs the day of issue.")),
    "ack-date-impossible": ("ack_date", N_("The acknowledgement is dated before the sending.")),
}
_NO_RULE = ("channel", N_("No rule is known for this combination. It is not guessed: please ask your legal office."))


@blueprint.get("/deadlines")
def calculator() -> tuple[str, int]:
    """The empty form, or the answer to what the address asks, above the form that asked it."""
    given = {name: text.strip() for name, text in request.args.items() if text.strip() and name != "lang"}
    if not given:
        return _page({}), 200
    try:
        computation = compute(edited(read_case(_question(given)), current().calendar_changes))
    except Unacceptable as error:
        return _page(given, wrong=dict(pair for one in error.problems for pair in _explained(one, given))), 422
    except NoRule as error:
        return _page(given, wrong=dict([_unruled(error.code, given)])), 422
    return _page(given, computation=computation), 200


def _question(given: Mapping[str, str]) -> dict[str, Any]:
    """The form's words as members of a question; an unticked box is not sent, an empty field is not known."""
    question: dict[str, Any] = {name: given[name] for name in _WORDS if name in given}
    question |= {name: True for name in _FLAGS if name in given}
    question["remedy_ok"] = "remedy_missing" not in given
    question["period_months"] = None if "no_remedy" in given else 1
    return question


def _explained(problem: Problem, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """The fields behind a problem of the question, each with what to do."""
    name = problem.pointer.lstrip("/")
    if name == "regime":  # the form asks for what it follows from
        return [(field, _CHOOSE[field]) for field in ("channel", "procedural_law") if field not in given]
    return [(name, _CHOOSE.get(name, _DAY))]


def _unruled(code: str, given: Mapping[str, str]) -> tuple[str, str]:
    field, message = _REFUSED.get(code, _NO_RULE)
    sent = given.get("channel") not in ("own", "zbp")
    return ("sent_at" if sent and field == "available_at" else field), message


def _page(
    given: Mapping[str, str], *, wrong: Mapping[str, str] | None = None, computation: Computation | None = None
) -> str:
    language = str(g.get("language", "de"))
    return render_template(
        "postbox/deadlines.html",
        given=given,
        wrong=wrong or {},
        result=computation,
        reasons=explain(computation, language) if computation else (),
    )
