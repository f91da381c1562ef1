"""Proxy auto-configuration: what is asked of a PAC script, and what it answers.

URLs are given the way browsers give them today: `https` URLs without path and query (Chrome since 52, Firefox by
default), `http` URLs whole; no default port, user name or fragment. Host names are in lower case and without a
trailing dot. Anything that is not HTTP (a `tcp` endpoint) is asked about as `https://host:port/`, because CONNECT is
how it would travel.
"""

from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

RouteKind = Literal["direct", "http", "https", "socks", "socks4", "socks5", "quic", "unrecognised"]
"""`http` is a proxy that speaks HTTP (the keywords PROXY and HTTP); `https` wants TLS to the proxy itself."""

PacProblemKind = Literal[
    "empty",  # nothing in the file
    "too-large",
    "undecodable",  # not text
    "html",  # a web page in its place: an error page, a login page
    "syntax",
    "no-function",  # no FindProxyForURL
    "error",  # an exception at the top level of the script
    "time",
    "memory",
    "crash",  # the evaluating process died
    "no-engine",  # no JavaScript engine on this machine: says nothing about the file
    "busy",  # this machine gave the script too little of its time: says nothing about the file
]

NO_FAULT: Final[frozenset[PacProblemKind]] = frozenset(("no-engine", "busy"))
"""Problems of this machine: nothing is known about the file then."""
_WEB_PORTS: Final = {"https": 443, "http": 80}


class PacProblem(Struct, frozen=True):
    """Why a PAC file cannot be used: a clause about "it", the file; `line` is the line of the script it points at."""

    kind: PacProblemKind
    reason: str
    line: int | None = None


class PacScript(Struct, frozen=True):
    """The text of a PAC file, and the encoding it was read with."""

    source: str
    encoding: str = "utf-8"


class PacEnvironment(Struct, frozen=True, kw_only=True):
    """All that a script can learn about the machine and the moment.

    `now` carries its zone. `addresses` maps names to their addresses, best first; a name that is not in it does not
    resolve, which is also what a device without that DNS view would see. `own_addresses` are this machine's; without
    any, `myIpAddress()` is 127.0.0.1, as in browsers."""

    now: datetime
    addresses: dict[str, tuple[str, ...]] = {}
    own_addresses: tuple[str, ...] = ()


class PacQuestion(Struct, frozen=True):
    """One call of FindProxyForURL."""

    host: str
    port: int
    url: str


class Route(Struct, frozen=True, order=True):
    """One way a script offers. `text` is the part as written where it is unrecognised."""

    kind: RouteKind
    host: str | None = None
    port: int | None = None
    text: str = ""


class PacAnswer(Struct, frozen=True):
    """What the script said for one host.

    `raw` is its text (cut at 8,192 characters). `error` says why there is no usable route: an exception, a value that
    is no string, a text that names no proxy, or a script that was stopped. `consulted` names what the answer depended
    on besides the URL: `dns:NAME`, `own-address`, `clock`, `random`. With `unknown`, `error` says why nobody knows what
    the script would say: it was not asked, or it rests on a name that was not looked up."""

    host: str
    port: int
    url: str
    routes: tuple[Route, ...]
    raw: str
    error: str | None = None
    consulted: tuple[str, ...] = ()
    unknown: bool = False


class PacEvaluation(Struct, frozen=True):
    """One answer for every question, in order, and what is wrong with the script as a whole.

    A script that was stopped half-way keeps the answers it gave. `alerts` is what it said with `alert()`."""

    answers: tuple[PacAnswer, ...]
    problem: PacProblem | None = None
    alerts: tuple[str, ...] = ()

    @property
    def unreadable(self) -> str | None:
        """Why the file as a whole is of no use, or None: no answer is usable, for its problem or for errors."""
        if not all(answer.error for answer in self.answers):
            return None
        if self.problem is not None:
            return self.problem.reason if self.problem.kind not in NO_FAULT else None
        errors = [answer.error for answer in self.answers if not answer.unknown]
        return errors[0] if errors and len(errors) == len(self.answers) else None

    @property
    def stopped(self) -> PacProblem | None:
        """Why the script was stopped half-way, where some of its answers are usable."""
        return None if all(answer.error for answer in self.answers) else self.problem


def question(scheme: str, host: str, port: int, path: str = "/") -> PacQuestion:
    """What a browser would ask about `host`; see the top of this module for the form of the URL."""
    web = scheme if scheme in _WEB_PORTS else "https"
    name = host.strip("[]").rstrip(".").lower()
    authority = f"[{name}]" if ":" in name else name
    if port != _WEB_PORTS[web]:
        authority += f":{port}"
    return PacQuestion(host=name, port=port, url=f"{web}://{authority}{path if web == 'http' else '/'}")
