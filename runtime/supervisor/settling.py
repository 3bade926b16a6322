"""A process that has started: what stands now stands to the end, and is not searched for garbage again and again."""

import gc

# Python looks for cycles after every 700 new objects, which is several times in each login; nothing of ours needs it so
# often. What waits meanwhile are some megabytes at most.
LOOK_AFTER = 10_000  # new objects


def settle() -> None:
    """Let the collector pass over what is there, and look less often at what comes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(LOOK_AFTER)
