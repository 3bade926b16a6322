"""A process that ends when its parent ends, however that happened (prctl(2), PR_SET_PDEATHSIG; Linux)."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the parent ends, and leave at once when it is gone already.

    The request is lost at fork, so each generation makes its own. Elsewhere than on Linux only the second half works.

    Args:
        parent: the process id the caller's parent had when it was meant to be our parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have ended between our birth and the request.
    if os.getppid() != parent:
        os._exit(0)


def hand_on() -> None:
    """Make every process forked from this one die with it too, and forget our signal handlers.

    A forked worker that kept its parent's handlers would swallow a SIGTERM sent before it has its own.
    """
    parent = os.getpid()

    def begin() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        die_with_parent(parent)

    os.register_at_fork(after_in_child=begin)
