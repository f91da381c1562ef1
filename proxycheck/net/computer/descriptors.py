"""How many connections this process may have open at once: each takes a file descriptor, and so does what is read."""

import contextlib
import sys

from proxycheck.errors import UsageError

if sys.platform != "win32":
    import resource

_WANTED = 512
_OTHERS = 24
"""Descriptors that the process needs besides its connections: standard streams, the event loop, modules being read."""
_FEWEST = 32


def affordable(concurrency: int) -> int:
    """As many of `concurrency` tunnels at once as the system's limit allows, half as many connections waiting for their
    turn included. The limit is raised first, where this process may raise it.

    Raises UsageError where next to nothing can be opened."""
    limit = _limit()
    if limit is None:
        return concurrency
    if limit < _FEWEST:
        raise UsageError(f"this process may open {limit} files only; allow it more, with ulimit -n 256 for example")
    return min(concurrency, max(1, (limit - _OTHERS) * 2 // 3))


def _limit() -> int | None:
    """The number of descriptors that this process may have, raised as far as it needs and may; None for no limit."""
    limit: int | None = None
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        ceiling = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
        if soft != resource.RLIM_INFINITY and soft < ceiling:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
                soft = ceiling
        limit = None if soft == resource.RLIM_INFINITY else soft
    return limit
