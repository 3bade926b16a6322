"""Pushed authorization requests, until the login they are for (RFC 9126)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "pushed_requests",
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("request_hash", name=op.f("pk_pushed_requests")),
    )
    op.create_index(op.f("ix_pushed_requests_expires_at"), "pushed_requests", ["expires_at"])
