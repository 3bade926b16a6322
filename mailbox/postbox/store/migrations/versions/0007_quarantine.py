"""A notice that could not be checked for malware waits in quarantine, and stays there when something was found."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; what is there was taken without a scanner."""
    op.add_column("notices", sa.Column("quarantine", sa.String(length=20), nullable=True))
