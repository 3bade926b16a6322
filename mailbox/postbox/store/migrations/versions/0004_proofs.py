"""Proofs of possession that were used: each counts once (RFC 9449 11.1)."""

import sqlalchemy as sa
from alembic import op
from postbox.store import types

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "proofs",
        sa.Column("jkt", sa.String(length=43), nullable=False),
        sa.Column("jti_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("jkt", "jti_hash", name=op.f("pk_proofs")),
    )
    op.create_index(op.f("ix_proofs_expires_at"), "proofs", ["expires_at"])
