"""Runs the postbox's migrations on the connection and with the version table that the front door hands in."""

from alembic import context
from postbox.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
