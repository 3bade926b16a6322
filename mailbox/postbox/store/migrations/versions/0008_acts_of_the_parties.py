"""What recipient and authority may do with a notice that lies there, and the code by which others ask about it."""

import sqlalchemy as sa
from alembic import op
from postbox.store import types

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns; nothing of it has happened to the notices that are there."""
    for name in ("acknowledged_at", "refused_at", "unreadable_at", "retrieved_before", "legal_hold_at"):
        op.add_column("notices", sa.Column(name, types.Moment(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("received_on", sa.Date(), nullable=True))
    op.add_column("notices", sa.Column("renews", sa.String(length=40), nullable=True))
    op.add_column("notices", sa.Column("legal_hold_reason", sa.String(length=60), nullable=True))
    op.add_column("documents", sa.Column("code_hash", sa.LargeBinary(), nullable=True))
    op.create_index("ix_documents_code_hash", "documents", ["code_hash"], unique=True)
