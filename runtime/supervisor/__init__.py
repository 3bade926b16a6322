"""Runs our processes together: all of them, or none; and leaves nothing behind, whichever process is killed.

It promises: one process per listener, each in its own session, dying with its parent; Ctrl-C answered by the supervisor
alone, at any moment; five seconds to end in order, then SIGKILL; a taken port named before anything starts; when one
process ends by itself, the others are ended and the reason is said; temporary folders removed even after SIGKILL.
"""

from runtime.supervisor.janitor import Janitor
from runtime.supervisor.listeners import refuse_taken
from runtime.supervisor.processes import Child
from runtime.supervisor.watch import run

__all__ = ["Child", "Janitor", "refuse_taken", "run"]
