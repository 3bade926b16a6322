"""The gate's tables. Handles, codes and tokens stand here as SHA-256 only; what a person said stands sealed."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)


class Utc(TypeDecorator[datetime]):
    """An instant: aware UTC in, aware UTC out, on engines that keep the zone and on SQLite, which does not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive times: nobody would know which hour they mean."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back that SQLite dropped."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

attempts = Table(
    "attempts",
    metadata,
    Column("handle_hash", LargeBinary(32), primary_key=True),
    Column("browser_hash", LargeBinary(32), nullable=False),
    Column("client_id", String(255), nullable=False),
    Column("request", JSON, nullable=False),  # what the application asked, already checked
    Column("provider", String(64), nullable=False),
    Column("level", Integer, nullable=False),
    Column("memory", LargeBinary, nullable=False),  # sealed: what the upstream needs to judge the answer
    Column("state", String(16), nullable=False),  # open | answered | done
    Column("asked_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
    Column("answer_hash", LargeBinary(32)),  # tells an identical second POST from another answer
    Column("continue_hash", LargeBinary(32), unique=True),
    Column("result", LargeBinary),  # sealed, at most five minutes
    Column("result_expires_at", Utc),
)

seen_assertions = Table(
    "seen_assertions",
    metadata,
    Column("provider", String(64), primary_key=True),
    Column("assertion_hash", LargeBinary(32), primary_key=True),
    Column("expires_at", Utc, nullable=False, index=True),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("provider", String(64), nullable=False),
    Column("subject_hash", LargeBinary(32), nullable=False),
    Column("subject", LargeBinary, nullable=False),  # sealed
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("provider", "subject_hash"),
)

links = Table(
    "links",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id")),  # absent for a guest: known once, never again
    Column("authority", String(12), nullable=False),  # ARS; empty for the whole installation
    Column("sector", String(255), nullable=False),
    Column("sub", String(64), nullable=False, unique=True),
    Column("key_id", String(64), nullable=False),  # the vault key the sub was derived with, once
    Column("first_level", Integer, nullable=False),
    Column("last_level", Integer, nullable=False),
    Column("last_login_at", Utc, nullable=False),
    Column("released", JSON, nullable=False),  # claim names of the last login, never values
    Column("created_at", Utc, nullable=False),
    Column("linked_at", Utc),  # when the person made it again; absent: never undone
    Column("unlinked_at", Utc),  # when the person undid it; absent while it counts
    UniqueConstraint("account_id", "authority", "sector"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("link_id", String(36), ForeignKey("links.id"), nullable=False, index=True),
    Column("client_id", String(255), nullable=False),
    Column("released", JSON, nullable=False),  # claim names
    Column("level", Integer, nullable=False),
    Column("means", String(64), nullable=False),
    Column("at", Utc, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("link_id", String(36), ForeignKey("links.id"), nullable=False),
    Column("client_id", String(255), nullable=False),
    Column("mode", String(8), nullable=False),  # ask | inform
    Column("claims", JSON, nullable=False),  # names that may be released
    Column("declined", JSON, nullable=False),  # names of voluntary claims that the person kept back
    Column("scopes", JSON, nullable=False),  # postbox, offline_access
    Column("purpose", String(1024), nullable=False),  # as the page gave it
    Column("given_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("ended_by", String(16)),  # replaced | withdrawn | unlinked | removed
    Index(None, "link_id", "client_id"),
)

grants = Table(
    "grants",
    metadata,
    Column("evidence_id", String(40), primary_key=True),  # of the login that brought it
    Column("client_id", String(255), nullable=False),
    Column("link_id", String(36), ForeignKey("links.id"), nullable=False, index=True),
    Column("sid", String(43), index=True),  # of the session it belongs to; absent for a guest
    Column("scope", String(1024), nullable=False),
    Column("nonce", String(512)),
    Column("redirect_uri", String(2048), nullable=False),
    Column("challenge", String(64), nullable=False),
    Column("code_hash", LargeBinary(32), nullable=False, unique=True),
    Column("code_expires_at", Utc, nullable=False),
    Column("code_used_at", Utc),
    Column("jkt", String(64)),  # RFC 7638 thumbprint of the key that code or tokens are bound to
    Column("released", LargeBinary, nullable=False),  # sealed claims
    Column("ends_at", Utc, nullable=False, index=True),  # nothing of it counts from then on
    Column("revoked_at", Utc),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("evidence_id", String(40), ForeignKey("grants.evidence_id"), nullable=False, index=True),
    Column("issued_at", Utc, nullable=False),
    Column("used_at", Utc),
    Column("ends_at", Utc, nullable=False, index=True),
)

revoked_tokens = Table(
    "revoked_tokens",
    metadata,
    Column("jti_hash", LargeBinary(32), primary_key=True),  # of a single access token that was taken back
    Column("expires_at", Utc, nullable=False, index=True),
)

pushed_requests = Table(
    "pushed_requests",
    metadata,
    Column("request_hash", LargeBinary(32), primary_key=True),
    Column("client_id", String(255), nullable=False),
    Column("request", JSON, nullable=False),  # already checked
    Column("expires_at", Utc, nullable=False, index=True),
    Column("used_at", Utc),
)

seen_jtis = Table(
    "seen_jtis",
    metadata,
    Column("client_id", String(255), primary_key=True),
    Column("jti_hash", LargeBinary(32), primary_key=True),
    Column("expires_at", Utc, nullable=False, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_hash", LargeBinary(32), primary_key=True),
    Column("sid", String(43), nullable=False, index=True),  # as applications know it; survives a new login
    Column("client_id", String(255), nullable=False),
    Column("link_id", String(36), ForeignKey("links.id"), nullable=False, index=True),
    Column("provider", String(64), nullable=False),
    Column("level", Integer, nullable=False),
    Column("assertion", LargeBinary, nullable=False),  # sealed: who logged in, as the provider said it
    Column("authenticated_at", Utc, nullable=False),
    Column("idle_ends_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False, index=True),
)

logout_notices = Table(
    "logout_notices",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("client_id", String(255), nullable=False),
    Column("sub", String(64), nullable=False),
    Column("sid", String(43), nullable=False),
    Column("due_at", Utc, nullable=False, index=True),  # moved on by who claims it
    Column("tries", Integer, nullable=False),
    Column("gives_up_at", Utc, nullable=False),
)

entity_ids = Table(
    "entity_ids",
    metadata,
    Column("provider", String(64), primary_key=True),
    Column("entity_id", String(1024), nullable=False),  # ours towards this provider, as of the first start
    Column("since", Utc, nullable=False),
)

peer_metadata = Table(
    "peer_metadata",
    metadata,
    Column("provider", String(64), primary_key=True),
    Column("entity_id", String(1024), nullable=False),  # theirs; empty while nothing was taken
    Column("document", LargeBinary, nullable=False),  # the last good one; empty while there is none
    Column("digest", LargeBinary(32), nullable=False),  # SHA-256 of the document
    Column("taken_at", Utc),  # when this document took another's place
    Column("looked_at", Utc),  # when its source was last read and found good
    Column("due_at", Utc, nullable=False),  # when somebody shall look again; moved on by who claims the look
    Column("fault", String(64), nullable=False),  # code of the last look, empty when it was good
)

alarms_raised = Table(
    "alarms_raised",
    metadata,
    Column("day", Utc, primary_key=True),  # its first moment
    Column("kind", String(16), primary_key=True),  # provider | certificate
    Column("name", String(64), primary_key=True),
    Column("threshold", Integer, primary_key=True),  # days before the end
)

registered_clients = Table(
    "registered_clients",
    metadata,
    Column("client_id", String(255), primary_key=True),
    Column("registration", JSON, nullable=False),  # fields of settings.Client, without the file names
    Column("bounds", JSON),  # what it may never leave when it changes itself; absent where only the operator changes it
    Column("token_hash", LargeBinary(32)),  # of its registration access token (RFC 7592)
    Column("created_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),  # of an initial access token (RFC 7591 3)
    Column("bounds", JSON, nullable=False),  # fields of settings.Client that who comes by it cannot choose
    Column("uses_left", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
)
