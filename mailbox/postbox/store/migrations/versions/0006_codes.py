"""A code for each document, for third parties who ask whether it is genuine; documents of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column and find documents by it."""
    op.add_column("documents", sa.Column("code_hash", sa.LargeBinary(), nullable=True))
    op.create_index("ix_documents_code_hash", "documents", ["code_hash"], unique=True)
