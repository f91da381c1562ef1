"""How seldom a process of this program looks for cycles of objects."""

import gc

_AFTER = 150_000


def collect_seldom() -> None:
    """Has this process look for cycles after 150,000 new objects, not after 700.

    A run makes much that lasts and few cycles: to look for them as often as usual costs a twentieth of its time. A
    process of the lab is another matter: what mitmproxy leaves behind is cycles, a hundred megabytes of them."""
    gc.set_threshold(_AFTER)
