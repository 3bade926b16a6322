"""Runs inside the connection that ``runtime.migration`` opened; knows no file and no URL of its own."""

from alembic import context

from idgateway.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
