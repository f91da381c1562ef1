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
    if sys.platform == "win32":
        return concurrency
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ceiling = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < ceiling:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
            soft = ceiling
    if soft == resource.RLIM_INFINITY:
        return concurrency
    if soft < _FEWEST:
        raise UsageError(f"this process may open {soft} files only; allow it more, with ulimit -n 256 for example")
    return min(concurrency, max(1, (soft - _OTHERS) * 2 // 3))
