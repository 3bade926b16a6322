"""The first tables."""

import sqlalchemy as sa
from alembic import op
from postbox.store import types

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them all."""
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "chores",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("due_at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chores")),
    )
    op.create_table(
        "idempotency",
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("authority", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("claim", sa.String(length=40), nullable=False),
        sa.Column("claimed_until", types.Moment(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client", "authority", "key", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"], unique=False)
    op.create_table(
        "log_nodes",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name=op.f("pk_log_nodes")),
    )
    op.create_table(
        "mailboxes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("notification_address", sa.LargeBinary(), nullable=True),
        sa.Column("notification_address_at", types.Moment(timezone=True), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailboxes")),
        sa.UniqueConstraint("subject_hash", name=op.f("uq_mailboxes_subject_hash")),
    )
    op.create_table(
        "recipients",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("authority", sa.String(length=12), nullable=False),
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("mailbox", sa.String(length=40), nullable=False),
        sa.Column("address_jti", sa.String(length=200), nullable=False),
        sa.Column("acr", sa.String(length=200), nullable=False),
        sa.Column("consent", sa.String(length=200), nullable=False),
        sa.Column("case_reference", sa.String(length=200), nullable=True),
        sa.Column("service", sa.String(length=200), nullable=True),
        sa.Column("applicant", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["mailbox"], ["mailboxes.id"], name=op.f("fk_recipients_mailbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
        sa.UniqueConstraint(
            "authority", "client", "address_jti", name=op.f("uq_recipients_authority_client_address_jti")
        ),
    )
    op.create_index(
        op.f("ix_recipients_authority_created_at_id"), "recipients", ["authority", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_recipients_mailbox"), "recipients", ["mailbox"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("mailbox", sa.String(length=40), nullable=True),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("authenticated_at", types.Moment(timezone=True), nullable=False),
        sa.Column("last_seen_at", types.Moment(timezone=True), nullable=False),
        sa.Column("idle_seconds", sa.Integer(), nullable=False),
        sa.Column("ends_at", types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["mailbox"], ["mailboxes.id"], name=op.f("fk_sessions_mailbox")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_ends_at"), "sessions", ["ends_at"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("authority", sa.String(length=12), nullable=False),
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("mailbox", sa.String(length=40), nullable=False),
        sa.Column("minimum_level", sa.String(length=12), nullable=False),
        sa.Column("procedural_law", sa.String(length=20), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("period_months", sa.Integer(), nullable=True),
        sa.Column("remedy_complete", sa.Boolean(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("accepted_at", types.Moment(timezone=True), nullable=False),
        sa.Column("available_at", types.Moment(timezone=True), nullable=True),
        sa.Column("notified_at", types.Moment(timezone=True), nullable=True),
        sa.Column("retrieved_at", types.Moment(timezone=True), nullable=True),
        sa.Column("closed_at", types.Moment(timezone=True), nullable=True),
        sa.Column("contestable", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["mailbox"], ["mailboxes.id"], name=op.f("fk_notices_mailbox")),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.id"], name=op.f("fk_notices_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(
        op.f("ix_notices_authority_accepted_at_id"), "notices", ["authority", "accepted_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_notices_mailbox_available_at_id"), "notices", ["mailbox", "available_at", "id"], unique=False
    )
    op.create_index(op.f("ix_notices_recipient_accepted_at"), "notices", ["recipient", "accepted_at"], unique=False)
    op.create_table(
        "computations",
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("computed_at", types.Moment(timezone=True), nullable=False),
        sa.Column("because", sa.String(length=60), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_computations_notice")),
        sa.PrimaryKeyConstraint("notice", "number", name=op.f("pk_computations")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("object_name", sa.String(length=80), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_documents_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("notice", "position", name=op.f("uq_documents_notice_position")),
        sa.UniqueConstraint("object_name", name=op.f("uq_documents_object_name")),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("authority", sa.String(length=12), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("object_name", sa.String(length=80), nullable=True),
        sa.Column("created_at", types.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", types.Moment(timezone=True), nullable=False),
        sa.Column("sent_as", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.id"], name=op.f("fk_drafts_recipient")),
        sa.ForeignKeyConstraint(["sent_as"], ["notices.id"], name=op.f("fk_drafts_sent_as")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("object_name", name=op.f("uq_drafts_object_name")),
    )
    op.create_index(op.f("ix_drafts_expires_at"), "drafts", ["expires_at"], unique=False)
    op.create_table(
        "events",
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("at", types.Moment(timezone=True), nullable=False),
        sa.Column("recorded_at", types.Moment(timezone=True), nullable=False),
        sa.Column("canonical", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_events_notice")),
        sa.PrimaryKeyConstraint("notice", "seq", name=op.f("pk_events")),
        sa.UniqueConstraint("log_index", name=op.f("uq_events_log_index")),
    )
    op.create_index(
        "ix_events_unlogged",
        "events",
        ["recorded_at"],
        unique=False,
        sqlite_where=sa.text("log_index IS NULL"),
        postgresql_where=sa.text("log_index IS NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("due_at", types.Moment(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("leased_until", types.Moment(timezone=True), nullable=True),
        sa.Column("done_at", types.Moment(timezone=True), nullable=True),
        sa.Column("given_up_at", types.Moment(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=60), nullable=True),
        sa.Column("created_at", types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_outbox_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("kind", "notice", name=op.f("uq_outbox_kind_notice")),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL AND given_up_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND given_up_at IS NULL"),
    )
    op.create_table(
        "receipts",
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice", "seq"], ["events.notice", "events.seq"], name=op.f("fk_receipts_notice")),
        sa.PrimaryKeyConstraint("notice", "seq", name=op.f("pk_receipts")),
    )
    op.create_table(
        "tickets",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.String(length=40), nullable=False),
        sa.Column("session_hash", sa.LargeBinary(), nullable=False),
        sa.Column("mailbox", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("expires_at", types.Moment(timezone=True), nullable=False),
        sa.Column("offered_at", types.Moment(timezone=True), nullable=True),
        sa.Column("completed_at", types.Moment(timezone=True), nullable=True),
        sa.Column("broken_at", types.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name=op.f("fk_tickets_document")),
        sa.ForeignKeyConstraint(["mailbox"], ["mailboxes.id"], name=op.f("fk_tickets_mailbox")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_tickets")),
    )
    op.create_index(op.f("ix_tickets_expires_at"), "tickets", ["expires_at"], unique=False)


def downgrade() -> None:
    """There is nothing before; evidence is not dropped by a program."""
    raise NotImplementedError("restore a backup instead")
