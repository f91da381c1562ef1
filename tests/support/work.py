"""How much work was done, on a computer that may be busy with other things."""

import os


def children_worked_s() -> float:
    """Seconds of the processor that ended child processes have used; 0 where nobody counts them (Windows)."""
    times = os.times()
    return times.children_user + times.children_system
