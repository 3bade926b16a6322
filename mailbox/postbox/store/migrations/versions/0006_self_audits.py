"""The self-audits, and checkpoints by their day."""

import sqlalchemy as sa
from alembic import op
from postbox.store import types

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table; no audit has run yet."""
    op.create_table(
        "audits",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("began_at", types.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", types.Moment(timezone=True), nullable=True),
        sa.Column("cursor", sa.String(length=40), nullable=False),
        sa.Column("notices", sa.BigInteger(), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("log_size", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audits")),
        sa.UniqueConstraint("log_index", name=op.f("uq_audits_log_index")),
    )
    op.create_index(op.f("ix_checkpoints_signed_at"), "checkpoints", ["signed_at"], unique=False)
