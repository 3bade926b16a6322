"""What outsiders attest of the log: time stamps on its checkpoints, and witnesses' cosignatures."""

import sqlalchemy as sa
from alembic import op
from postbox.store import types

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create both; checkpoints that are there have none yet."""
    op.create_table(
        "time_stamps",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("at", types.Moment(timezone=True), nullable=False),
        sa.Column("received_at", types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["size"], ["checkpoints.size"], name=op.f("fk_time_stamps_size")),
        sa.PrimaryKeyConstraint("size", "service", name=op.f("pk_time_stamps")),
    )
    op.create_table(
        "cosignatures",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.String(length=200), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("at", types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["size"], ["checkpoints.size"], name=op.f("fk_cosignatures_size")),
        sa.PrimaryKeyConstraint("size", "witness", name=op.f("pk_cosignatures")),
    )
