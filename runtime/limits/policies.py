"""The policies of one process, as configured."""

from runtime.limits.limiter import Limiter
from runtime.limits.rule import Policy
from runtime.settings import LimitSettings

# A slow hash takes some 40 ms of a core: at most two seconds of it at once, and a fifth of a core for long; of that one
# application has a fifth, so that guesses at one let the others in. Whoever proved its secret before needs none, so
# this waits only for strangers, and for good clients after a restart.
STRETCHES = (Policy(name="stretch", quota=10, window=10), Policy(name="stretch-all", quota=50, window=10))


def limiter_of(settings: LimitSettings) -> Limiter:
    """A limiter with every policy a house may name."""
    quotas = {name: getattr(settings, name) for name in ("page", "call", "check", "client", "failure")}
    return Limiter((*(Policy(name=name, quota=quota) for name, quota in quotas.items()), *STRETCHES))
