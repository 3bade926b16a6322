"""The postbox's tables (data). One MetaData; the migrations bring a database to exactly this.

Sealed columns hold AES-256-GCM (``keys.sealing``). What belongs to a notice is sealed under its own data key:
destroying ``notices.wrapped_key`` erases it. The rest lies under the field sealing key. Events hold commitments only.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from postbox.store import log_tables  # noqa: F401 - the log's tables stand in the same MetaData
from postbox.store.schema import metadata as metadata  # noqa: PLC0414 - told to whoever asks the tables
from postbox.store.types import Moment

# SQLite counts only an INTEGER primary key up by itself.
_Number = BigInteger().with_variant(Integer, "sqlite")

# One person's postbox in all towns of this installation (DESIGN: the postbox is one pairwise sector); or a letter box
# of one authority: who has no postbox gets everything there by post, and nobody ever logs in.
mailboxes = Table(
    "mailboxes",
    metadata,
    Column("id", String(40), primary_key=True),  # mbx_…
    Column("subject_hash", LargeBinary, nullable=False, unique=True),  # HMAC of the gate's subject for this sector
    Column("notification_address", LargeBinary),  # e-mail, sealed; none: nobody can be notified
    Column("notification_address_at", Moment),  # when the gate vouched for it
    Column("postal_address", LargeBinary),  # of a letter box, sealed; none: a postbox
    Column("language", String(2), nullable=False),
    Column("created_at", Moment, nullable=False),
)

# What a delivery address was exchanged for. Only this authority can use it.
recipients = Table(
    "recipients",
    metadata,
    Column("id", String(40), primary_key=True),  # rcp_…
    Column("authority", String(12), nullable=False),
    Column("client", String(200), nullable=False),
    Column("mailbox", ForeignKey("mailboxes.id"), nullable=False),
    Column("address_jti", String(200), nullable=False),
    Column("acr", String(200), nullable=False),  # level of the login at which the address was released
    Column("consent", String(200), nullable=False),  # the gate's evidence id
    Column("case_reference", String(200)),
    Column("service", String(200)),
    Column("applicant", LargeBinary),  # how the authority calls the person, sealed
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("authority", "client", "address_jti"),
    Index(None, "authority", "created_at", "id"),
    Index(None, "mailbox"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", String(40), primary_key=True),  # ntc_…
    Column("authority", String(12), nullable=False),
    Column("client", String(200), nullable=False),
    Column("actor", String(200), nullable=False),  # client id, or pseudonym of the caseworker
    Column("recipient", ForeignKey("recipients.id"), nullable=False),
    Column("mailbox", ForeignKey("mailboxes.id"), nullable=False),
    Column("minimum_level", String(12), nullable=False),
    Column("procedural_law", String(20), nullable=False),
    Column("issued_on", Date),  # § 122a AO: which version of the law counts
    Column("form", String(20), nullable=False),
    Column("language", String(8), nullable=False),
    Column("period_months", Integer),  # of the legal remedy; none: there is none
    Column("remedy_complete", Boolean, nullable=False),  # § 58(2) VwGO: otherwise one year
    Column("wrapped_key", LargeBinary),  # the notice's data key; none: erased
    Column("words", LargeBinary, nullable=False),  # title, summary, remedy, sender's reference: sealed JSON
    Column("accepted_at", Moment, nullable=False),
    Column("available_at", Moment),  # none: nobody sees it yet
    Column("notified_at", Moment),  # handed to the mail server
    Column("retrieved_at", Moment),  # first complete handover
    Column("publish_at", Moment),  # not before this instant; none: at once
    Column("held_at", Moment),  # stopped by the sender, not available yet
    Column("quarantine", String(20)),  # code of why nobody may see it: not checked for malware yet, or found infected
    Column("withdrawn_at", Moment),
    Column("withdrawal_reason", String(60)),
    Column("replaces", String(40)),  # the notice this one takes the place of
    Column("replaced_by", String(40)),
    Column("closed_at", Moment),  # § 41(2a) VwVfG: not retrieved in time
    Column("acknowledged_at", Moment),  # § 5(7) VwZG: when the recipient's acknowledgement came
    Column("received_on", Date),  # and the day written in it
    Column("refused_at", Moment),  # the recipient refused to acknowledge
    Column("unreadable_at", Moment),  # § 3a(4) VwVfG: the recipient cannot open it
    Column("letter_at", Moment),  # a letter of it was ordered and did not come back
    Column("letter", LargeBinary),  # where to: sealed JSON
    Column("printed_at", Moment),  # its print job was handed over
    Column("posted_on", Date),  # and it was posted, as the authority says
    Column("returned_at", Moment),  # a letter came back
    Column("renews", String(40)),  # the notice that this one announces again
    Column("retrieved_before", Moment),  # § 9(1) s. 7 OZG: first retrieval before the renewed announcement
    Column("legal_hold_at", Moment),  # retention waits: a court or a claim needs it
    Column("legal_hold_reason", String(60)),
    Column("contestable", String(60)),  # code of a defect that puts the announcement in doubt
    Index(None, "mailbox", "available_at", "id"),
    Index(None, "authority", "accepted_at", "id"),
    Index(None, "recipient", "accepted_at"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(40), primary_key=True),  # doc_…
    Column("notice", ForeignKey("notices.id"), nullable=False),
    Column("position", Integer, nullable=False),  # 1 is the main document
    Column("media_type", String(100), nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes of plaintext
    Column("object_name", String(80), nullable=False, unique=True),
    Column("commitment", LargeBinary, nullable=False),
    Column("words", LargeBinary, nullable=False),  # file name, SHA-256, salt and code: sealed JSON
    Column("code_hash", LargeBinary),  # what a third party's code leads here by; none: erased, or from before codes
    UniqueConstraint("notice", "position"),
    Index(None, "code_hash", unique=True),
)

# Append only. ``canonical`` is what was hashed, byte for byte.
events = Table(
    "events",
    metadata,
    Column("notice", ForeignKey("notices.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("type", String(60), nullable=False),
    Column("at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("canonical", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("log_index", BigInteger, unique=True),  # none: not in the log yet
)
# The sequencer finds what is new without reading what is old.
Index(
    "ix_events_unlogged",
    events.c.recorded_at,
    sqlite_where=text("log_index IS NULL"),
    postgresql_where=text("log_index IS NULL"),
)

# Signed by us: commitments only. The first is there with the notice, the others follow their events.
receipts = Table(
    "receipts",
    metadata,
    Column("notice", String(40), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("token", Text, nullable=False),
    ForeignKeyConstraint(["notice", "seq"], ["events.notice", "events.seq"]),
)

# A later rule never rewrites an old computation: it adds one.
computations = Table(
    "computations",
    metadata,
    Column("notice", ForeignKey("notices.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("computed_at", Moment, nullable=False),
    Column("because", String(60), nullable=False),
    Column("content", Text, nullable=False),  # JSON of law.periods.Computation
)

# The only queue. A row is written in the transaction that makes its work necessary.
outbox = Table(
    "outbox",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("notice", ForeignKey("notices.id"), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", String(40)),  # who works on it
    Column("leased_until", Moment),
    Column("done_at", Moment),
    Column("given_up_at", Moment),
    Column("last_error", String(60)),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("kind", "notice"),
)
Index(
    "ix_outbox_open",
    outbox.c.due_at,
    sqlite_where=text("done_at IS NULL AND given_up_at IS NULL"),
    postgresql_where=text("done_at IS NULL AND given_up_at IS NULL"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("client", String(200), primary_key=True),
    Column("authority", String(12), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # HMAC of the request: a plain digest would confirm a guess
    Column("claim", String(40), nullable=False),  # who is working on it
    Column("claimed_until", Moment, nullable=False),
    Column("answer", Text),  # JSON; none: still running
    Column("created_at", Moment, nullable=False),
    Index(None, "created_at"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("document", ForeignKey("documents.id"), nullable=False),
    Column("session_hash", LargeBinary, nullable=False),
    Column("mailbox", ForeignKey("mailboxes.id"), nullable=False),
    Column("level", String(12), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("offered_at", Moment),  # its evidence is single, its use is not
    Column("completed_at", Moment),
    Column("broken_at", Moment),
    Index(None, "expires_at"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("kind", String(12), nullable=False),  # citizen | staff
    Column("mailbox", ForeignKey("mailboxes.id")),  # citizens only
    Column("level", String(12), nullable=False),
    Column("person", LargeBinary, nullable=False),  # claims worth keeping, sealed JSON
    Column("authenticated_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("idle_seconds", Integer, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Index(None, "ends_at"),
)

# Proofs of possession that were used (RFC 9449 11.1): kept for as long as a clock might accept them again.
proofs = Table(
    "proofs",
    metadata,
    Column("jkt", String(43), primary_key=True),
    Column("jti_hash", LargeBinary, primary_key=True),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
)

# What a caseworker has composed and not sent: sealed like a notice.
drafts = Table(
    "drafts",
    metadata,
    Column("id", String(40), primary_key=True),  # drf_…
    Column("authority", String(12), nullable=False),
    Column("author", String(200), nullable=False),
    Column("recipient", ForeignKey("recipients.id"), nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),  # the form's fields, sealed JSON
    Column("object_name", String(80), unique=True),  # the document, sealed; none yet
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("sent_as", ForeignKey("notices.id")),
    Index(None, "expires_at"),
)

# Work that returns: when each chore is due next.
chores = Table(
    "chores",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("due_at", Moment, nullable=False),
)
