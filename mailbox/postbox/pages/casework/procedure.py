"""What a caseworker says about the law of a notice and its moment, read from the form: which procedure, from when."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import RowMapping

from postbox.context import Postbox
from postbox.delivery import deadlines
from postbox.errors import NoRule
from postbox.law.calendar import BERLIN, legal_day
from postbox.law.regimes import FORMAL_SERVICE
from postbox.pages.casework.drafts import Fields

LAWS: Final = ("VwVfG", "AO", "SGB X", FORMAL_SERVICE)
TAX_LAW: Final = "AO"


def check_procedure(postbox: Postbox, case: RowMapping, fields: Fields, now: datetime) -> dict[str, str]:
    """What is wrong with it, by field: a stable code that the page turns into a sentence."""
    wrong: dict[str, str] = {}
    if fields.procedural_law not in LAWS:
        wrong["procedural_law"] = "law-missing"
    if fields.publish_at and publish_at(fields) is None:
        wrong["publish_at"] = "moment-malformed"
    if fields.procedural_law == TAX_LAW and not _issued_until(fields, legal_day(now)):
        wrong["issued_on"] = "issued-on-missing"
    return wrong or _ruled(postbox, case, fields, now)


def publish_at(fields: Fields) -> datetime | None:
    """Not before when, in German time; None: at once."""
    try:
        moment = datetime.fromisoformat(fields.publish_at)
    except ValueError:
        return None
    return moment.replace(tzinfo=BERLIN) if moment.tzinfo is None else None


def issued_on(fields: Fields) -> date | None:
    """§ 122a AO counts by the day of issue; elsewhere it decides nothing and is not asked for."""
    return date.fromisoformat(fields.issued_on) if fields.procedural_law == TAX_LAW else None


def members(fields: Fields) -> dict[str, Any]:
    """The members of a submission that say it."""
    moment, day = publish_at(fields), issued_on(fields)
    return {
        "procedural_law": fields.procedural_law,
        "issued_on": day.isoformat() if day else None,
        "publish_at": moment.isoformat() if moment else None,
        "replaces": fields.replaces or None,
    }


def _issued_until(fields: Fields, today: date) -> bool:
    try:
        return date.fromisoformat(fields.issued_on) <= today
    except ValueError:
        return False


def _ruled(postbox: Postbox, case: RowMapping, fields: Fields, now: datetime) -> dict[str, str]:
    """Whether the tables hold a rule: what is not known is refused here, before somebody composes for nothing."""
    try:
        law = (fields.procedural_law, max(now, publish_at(fields) or now), issued_on(fields))
        deadlines.rule_of(postbox, case["authority"], *law, channel=deadlines.channel_of(case))
    except NoRule:
        return {"procedural_law": "no-rule"}
    return {}
