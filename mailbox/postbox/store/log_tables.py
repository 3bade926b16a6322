"""The transparency log's tables (data): the tree, the signed states of it, and what outsiders attest of those."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from postbox.store.schema import metadata
from postbox.store.types import Moment

# The Merkle tree's complete subtrees: (0, i) is leaf i, (l, i) covers the leaves i·2^l up to (i+1)·2^l.
log_nodes = Table(
    "log_nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

# The nightly self-audits; a finished one is an entry of the log. ``found``: JSON pairs of notice id and code.
audits = Table(
    "audits",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("cursor", String(40), nullable=False),  # the notice looked at last
    Column("notices", BigInteger, nullable=False),
    Column("documents", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("log_size", BigInteger, nullable=False),
    Column("found", Text, nullable=False),
    Column("log_index", BigInteger, unique=True),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("signed_at", Moment, nullable=False),
    Index(None, "signed_at"),
)

# What an outsider attests of a checkpoint: a token over its signed note (RFC 3161) ...
time_stamps = Table(
    "time_stamps",
    metadata,
    Column("size", ForeignKey("checkpoints.size"), primary_key=True, autoincrement=False),
    Column("service", String(60), primary_key=True),  # its name in the configuration
    Column("token", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),  # the authority's moment
    Column("received_at", Moment, nullable=False),
)

# ... and a witness's line under it (C2SP tlog-cosignature).
cosignatures = Table(
    "cosignatures",
    metadata,
    Column("size", ForeignKey("checkpoints.size"), primary_key=True, autoincrement=False),
    Column("witness", String(200), primary_key=True),
    Column("line", Text, nullable=False),
    Column("at", Moment, nullable=False),  # the witness's moment
)
