"""The day of issue of a tax notice: it decides between old and new § 122a AO."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it; notices from before follow laws that do not ask for it."""
    op.add_column("notices", sa.Column("issued_on", sa.Date(), nullable=True))
