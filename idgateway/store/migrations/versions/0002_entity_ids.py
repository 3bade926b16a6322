"""Which entityID this installation shows to each SAML account: kept from the first start on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table; an installation from before it pins what it is configured with at its next start."""
    op.create_table(
        "entity_ids",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("entity_id", sa.String(length=1024), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_entity_ids")),
    )
