"""What identity providers say of themselves: the last good metadata of each, and which ends were told today."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create both tables; the next start or look fills them."""
    op.create_table(
        "peer_metadata",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("entity_id", sa.String(length=1024), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.Column("looked_at", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_peer_metadata")),
    )
    op.create_table(
        "alarms_raised",
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "name", "threshold", name=op.f("pk_alarms_raised")),
    )
