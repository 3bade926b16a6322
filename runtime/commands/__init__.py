"""The commands of the command line, one function ``add_…`` each that declares it and names what runs.

They promise to load nothing until they run, so that ``--help`` and a wrong word are answered at once.
"""

from runtime.commands.bench import add_bench
from runtime.commands.check import add_check
from runtime.commands.client import add_client
from runtime.commands.deadline import add_deadline
from runtime.commands.demo import add_demo
from runtime.commands.metadata import add_metadata
from runtime.commands.migrate import add_migrate
from runtime.commands.retention import add_retention
from runtime.commands.serve import add_serve, add_worker
from runtime.commands.simulator import add_simulator
from runtime.commands.sp_check import add_sp_check
from runtime.commands.vault import add_keys
from runtime.commands.verify import add_verify
from runtime.commands.witness import add_witness

COMMANDS = (
    add_demo,
    add_serve,
    add_worker,
    add_migrate,
    add_check,
    add_keys,
    add_metadata,
    add_client,
    add_simulator,
    add_sp_check,
    add_deadline,
    add_retention,
    add_verify,
    add_witness,
    add_bench,
)
