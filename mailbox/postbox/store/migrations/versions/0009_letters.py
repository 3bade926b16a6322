"""What could not be delivered in the postbox, or was asked for on paper, goes out as a letter."""

import sqlalchemy as sa
from alembic import op
from postbox.store import types

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns; no letter of the notices that are there was ordered."""
    for name in ("letter_at", "printed_at", "returned_at"):
        op.add_column("notices", sa.Column(name, types.Moment(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("letter", sa.LargeBinary(), nullable=True))
    op.add_column("notices", sa.Column("posted_on", sa.Date(), nullable=True))
