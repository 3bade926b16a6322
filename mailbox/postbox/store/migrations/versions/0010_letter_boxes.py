"""Recipients without a postbox: a letter box, to which everything goes by post."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; every mailbox that is there is a postbox."""
    op.add_column("mailboxes", sa.Column("postal_address", sa.LargeBinary(), nullable=True))
