"""How often one may ask: pure rules, and the memory of this process behind them.

Promises: within a window nobody gets more than a policy's quota at once and no more than its rate for long; a good
client is never kept out by what others do under another key; nothing is written to a disk, and no address is kept:
keys are hashed with a secret of this process that dies with it. Each process counts for itself.
"""

from runtime.limits.limiter import Limiter
from runtime.limits.networks import network_of
from runtime.limits.rule import Policy, Verdict

__all__ = ["Limiter", "Policy", "Verdict", "network_of"]
