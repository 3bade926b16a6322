"""What may happen to a notice besides arriving: later, held, withdrawn, replaced."""

import sqlalchemy as sa
from alembic import op
from postbox.store import types

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; nothing of it has happened to the notices that are there."""
    for name in ("publish_at", "held_at", "withdrawn_at"):
        op.add_column("notices", sa.Column(name, types.Moment(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("withdrawal_reason", sa.String(length=60), nullable=True))
    op.add_column("notices", sa.Column("replaces", sa.String(length=40), nullable=True))
    op.add_column("notices", sa.Column("replaced_by", sa.String(length=40), nullable=True))
