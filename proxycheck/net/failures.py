"""The one table from exceptions to failures. What it does not know becomes `unknown` and keeps its own words."""

import errno
import socket

from proxycheck.model.evidence import Ended
from proxycheck.model.failure import Failure, FailureName, Operation

_UNREACHABLE = frozenset(
    code
    for name in ("ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EHOSTDOWN", "EADDRNOTAVAIL", "EACCES", "EPERM")
    if (code := getattr(errno, name, None)) is not None
)
# Windows answers with its own numbers: of sockets (WSAENETUNREACH, WSAEHOSTUNREACH, WSAETIMEDOUT) and, where asyncio
# waits on completion ports, of the system (ERROR_NETWORK_UNREACHABLE, ERROR_HOST_UNREACHABLE, ERROR_SEM_TIMEOUT).
_WINDOWS: dict[int, FailureName] = {
    **dict.fromkeys((10051, 10065, 1231, 1232), "unreachable"),
    **dict.fromkeys((10060, 121), "timeout"),
}
_TYPES: tuple[tuple[type[BaseException], FailureName], ...] = (
    (socket.gaierror, "unresolvable"),
    (UnicodeError, "unresolvable"),  # the idna codec refuses what getaddrinfo cannot ask for
    (ConnectionRefusedError, "refused"),
    (ConnectionResetError, "reset"),
    (ConnectionAbortedError, "reset"),
    (BrokenPipeError, "reset"),
    (TimeoutError, "timeout"),
    (EOFError, "eof"),
)
_ENDED: dict[FailureName, Ended] = {"reset": "reset", "timeout": "timeout", "eof": "eof", "too-large": "limit"}


def failure_of(error: BaseException, operation: Operation) -> Failure:
    """The failure that `error` means for `operation`; `detail` is the system's own sentence."""
    for kind, name in _TYPES:
        if isinstance(error, kind):
            return Failure(name, operation, str(error))
    number = getattr(error, "errno", None)
    if number in _UNREACHABLE:
        return Failure("unreachable", operation, str(error))
    windows = getattr(error, "winerror", None) or number
    if isinstance(windows, int) and windows in _WINDOWS:
        return Failure(_WINDOWS[windows], operation, str(error))
    return Failure("unknown", operation, f"{type(error).__name__}: {error}")


def ended_by(failure: Failure | None) -> Ended:
    """How a failure leaves the connection; without one it is still open."""
    if failure is None:
        return "open"
    return _ENDED.get(failure.name, "closed")
