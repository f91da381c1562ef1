"""The one table from exceptions to failures."""

import errno
import socket

import pytest

from proxycheck.net.failures import ended_by, failure_of


@pytest.mark.parametrize(
    ("error", "name", "ended"),
    [
        (socket.gaierror(-2, "Name or service not known"), "unresolvable", "closed"),
        (UnicodeError("label too long"), "unresolvable", "closed"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "refused", "closed"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "reset", "reset"),
        (ConnectionAbortedError(errno.ECONNABORTED, "aborted"), "reset", "reset"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "reset", "reset"),
        (TimeoutError(), "timeout", "timeout"),
        (OSError(errno.ETIMEDOUT, "Connection timed out"), "timeout", "timeout"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "unreachable", "closed"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "unreachable", "closed"),
        (OSError(errno.EACCES, "Permission denied"), "unreachable", "closed"),
        (EOFError(), "eof", "eof"),
        (OSError(errno.EMFILE, "Too many open files"), "unknown", "closed"),
        (OSError("without a number"), "unknown", "closed"),
    ],
)
def test_every_exception_has_its_name(error: BaseException, name: str, ended: str) -> None:
    failure = failure_of(error, "connect")
    assert (failure.name, failure.operation) == (name, "connect")
    assert str(error) in failure.detail
    assert ended_by(failure) == ended


@pytest.mark.parametrize(
    ("number", "name"),
    [(10051, "unreachable"), (10065, "unreachable"), (10060, "timeout"), (121, "timeout"), (1231, "unreachable")],
)
def test_windows_has_numbers_of_its_own(number: int, name: str) -> None:
    error = OSError(0, "in the words of Windows")
    error.winerror = number  # type: ignore[attr-defined,unused-ignore]
    assert failure_of(error, "connect").name == name


def test_what_nobody_knows_keeps_its_own_words() -> None:
    assert failure_of(RuntimeError("odd"), "tls").detail == "RuntimeError: odd"


def test_without_a_failure_the_connection_is_open() -> None:
    assert ended_by(None) == "open"
