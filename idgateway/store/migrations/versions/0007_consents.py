"""Consents: what a person was told before data went to an application; and links that were undone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table, and let a link be undone."""
    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("link_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("declined", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=1024), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.String(length=16)),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_consents_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_link_id_client_id"), "consents", ["link_id", "client_id"])
    op.add_column("links", sa.Column("linked_at", sa.DateTime(timezone=True)))
    op.add_column("links", sa.Column("unlinked_at", sa.DateTime(timezone=True)))
    op.create_index(op.f("ix_grants_link_id"), "grants", ["link_id"])
    op.create_index(op.f("ix_sessions_link_id"), "sessions", ["link_id"])
