"""Origins that misbehave on request: a host of the box is led to one of these names, and gets that manner.

Each manner is a host name below `manner.invalid` that exists in every simulated proxy's network; the addon `names`
leads connections there.
"""

import dataclasses
import datetime
from collections.abc import Callable
from functools import cache

from proxycheck.lab.internet.authority import Authority, Leaf
from proxycheck.lab.internet.certificates import Issue
from proxycheck.lab.internet.origin import Voice

DOMAIN = "manner.invalid"
_HALF_A_YEAR = datetime.timedelta(days=180)


def certificates(authority: Authority) -> dict[str, Issue]:
    """The manners that differ from an honest origin by their certificates alone."""
    own = cache(Authority.private)
    elsewhere = cache(lambda: authority.issue("blocked.filter.example"))
    return {
        "expired": lambda host: authority.issue(host, age=_HALF_A_YEAR),
        "not-yet-valid": lambda host: authority.issue(host, age=-_HALF_A_YEAR),
        "incomplete": lambda host: dataclasses.replace(authority.issue(host), intermediates=()),
        "another-name": lambda _host: elsewhere(),
        "private": lambda host: _with_root(own(f"{host} root"), host),
        "umbrella": lambda host: _with_root(own("Cisco Umbrella Root CA", "Cisco"), host),
    }


def _with_root(authority: Authority, host: str) -> Leaf:
    return dataclasses.replace(authority.issue(host), intermediates=(authority.root,))


class Silent:
    """Accepts, and never says a word."""

    finished = False

    def receive(self, _data: bytes) -> bytes:
        """Reads and never answers."""
        return b""


class Closing:
    """Closes at the first words."""

    def __init__(self) -> None:
        self.finished = False

    def receive(self, _data: bytes) -> bytes:
        """Answers nothing and closes."""
        self.finished = True
        return b""


class Alert:
    """Ends TLS with a fatal handshake_failure (RFC 8446 section 6.2), as a host does that wants a client's certificate
    and gets none from an inspecting proxy."""

    def __init__(self) -> None:
        self.finished = False

    def receive(self, _data: bytes) -> bytes:
        """Returns the alert and closes."""
        self.finished = True
        return bytes([0x15, 3, 3, 0, 2, 2, 40])


VOICES: dict[str, Callable[[], Voice]] = {"silent": Silent, "closing": Closing, "alert": Alert}
"""The manners that never come to a certificate."""
