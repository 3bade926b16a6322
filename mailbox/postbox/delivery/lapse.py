"""§ 41(2a) VwVfG: what was not retrieved in time is closed and was not announced; the authority chooses another way."""

from typing import Final

from postbox.context import Postbox
from postbox.delivery import deadlines
from postbox.delivery.life import Step, refusal
from postbox.delivery.make_available import ACTOR, Job
from postbox.proof.commitments import computation_digest
from postbox.proof.events import EventType
from postbox.store import events, notices, outbox
from postbox.store.events import Happening

NOT_RETRIEVED: Final = "not-retrieved"


def lapse(postbox: Postbox, job: Job) -> bool:
    """Close the job's notice unless its main document was handed over; False if the job is not ours any more."""
    with postbox.database.write() as connection:
        at = postbox.clock()
        if not outbox.finish(connection, job.id, job.lease, at):
            return False
        notice = notices.lock(connection, job.notice)
        # Judged under the lock: a retrieval in the last second wins or loses as a whole.
        if notice is None or refusal(Step.LAPSE, notice) is not None:
            return True
        notices.change(connection, job.notice, closed_at=at)
        computation = deadlines.computed_for(postbox, notice)
        payload = {"computation": computation_digest(computation)}
        happening = Happening(type=EventType.LAPSED, at=at, actor=ACTOR, reason=NOT_RETRIEVED, payload=payload)
        events.append(connection, job.notice, happening)
        deadlines.keep(connection, job.notice, computation, because="lapsed", at=at)
    return True
