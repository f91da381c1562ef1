"""The vocabulary between measuring and diagnosing: the questions of a run, and the variants of what was asked.

A check records under one of the ids of `CheckId`, and the diagnosis reads it by the same id. Where a check asks the
same thing in several ways, the record's `variant` says in which. A variant that carries a value is written and read
by a pair of functions that stand together here, so that neither side of the wall spells it by itself.

To add a question: one id and one sentence here, a module in `proxycheck.checks`, an answer in
`proxycheck.diagnosis.answers`. To add a variant: a constant here, or a constructor with its parser.
"""

import math
from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

CheckId = Literal[
    "reachability",
    "first-contact",
    "greeting",
    "hellos",
    "endpoints",
    "plain-http",
    "device-tls",
    "controls",
    "outside",
    "authentication",
    "canary",
    "dialect",
    "pac",
    "system-settings",
    "network",
]
"""What evidence is recorded for. The names stand in saved reports: add, never rename."""


Phase = Literal[
    "setup",
    "pac-file",
    "reach",
    "listener",
    "first-tunnel",
    "login",
    "endpoints",
    "device-tls",
    "comparison",
    "outside",
    "canary",
    "crowd",
    "repeats",
    "rehearsal",
]
"""What is being done at the moment, for whoever watches; the texts have the words."""


class Question(Struct, frozen=True):
    """A question as a person reads it; whether it is asked in a run without a proxy as well."""

    text: str
    without_proxy: bool = False


QUESTIONS: Final[Mapping[CheckId, Question]] = {
    "reachability": Question("Does the proxy's address accept connections?"),
    "first-contact": Question("Does it answer CONNECT as an HTTP proxy?"),
    "greeting": Question("What listens at the proxy's port?"),
    "hellos": Question(
        "Does the device's own TLS greeting pass, and do others: newer, larger, cut in two?", without_proxy=True
    ),
    "endpoints": Question(
        "Does a tunnel to every needed host open, and does the host itself answer in it?", without_proxy=True
    ),
    "plain-http": Question("Does plain HTTP pass as an absolute-form request?"),
    "device-tls": Question(
        "Do all hosts answer the device's own TLS greeting as they answer ours?",
        without_proxy=True,
    ),
    "controls": Question(
        "How does this proxy answer for a name that cannot exist, and for an address without a name?",
        without_proxy=True,
    ),
    "outside": Question("Do the hosts in question exist, and what do they answer without the proxy?"),
    "authentication": Question("Which authentication does the proxy want, and are user name and password right?"),
    "canary": Question(
        "Do bytes reach a server of your own as they were sent, fast enough, and for long enough?",
        without_proxy=True,
    ),
    "dialect": Question("Does the device's own software read the proxy's answers as this test does?"),
    "pac": Question("Which hosts would the PAC file send elsewhere than to one HTTP proxy?", without_proxy=True),
    "system-settings": Question("Do this computer's settings send needed hosts around the proxy?", without_proxy=True),
    "network": Question(
        "Does the network give the device what no proxy carries: names, time, and a gateway of its own?",
        without_proxy=True,
    ),
}
"""Every question, in the order in which a report answers them."""

INSIDE_TLS: Final = "inside-tls"
"""A request inside TLS, or a greeting of the listener inside TLS to the proxy itself."""
ANSWER_INSIDE: Final = "answer-inside-tls"
"""A request inside TLS with a public chain, whose answer proves that bytes pass there; the same without the proxy."""
OWN_PAGE: Final = "own-page"
"""`plain-http`: a request for a name that cannot exist, which the proxy answers by itself."""

NONEXISTENT: Final = "nonexistent-name"
"""`controls`: CONNECT to a name that cannot exist (RFC 6761 section 6.4)."""
PAGE_FOR_NO_NAME: Final = "page-for-no-name"
"""`controls`: CONNECT to port 80 of a name that cannot exist, and a plain request in the tunnel if one opens."""
OWN_ADDRESS: Final = "own-address"
"""`controls`: CONNECT to port 443 of the proxy's own address."""
OWN_PORT: Final = "own-port"
"""`controls`: CONNECT to the proxy itself."""

RESOLVERS: Final = "resolvers"
GATEWAYS: Final = "gateways"
GATEWAYS6: Final = "gateways6"
ADDRESSES6: Final = "addresses6"
"""`network_route`: what this computer says of its own way out, in the record's note, separated by commas."""

UNASKED: Final = "unasked"
"""`authentication`: the given credentials by Basic, though the proxy names no scheme."""
NOT_ASKED_FOR: Final = "not-asked-for"
"""`authentication`: credentials that the proxy accepted for another kind of request, with a CONNECT that it refuses
without them and for which it never asks for them."""
BARE: Final = "bare"
"""`authentication`: no credentials, on a new connection, though those given are accepted: what a device is answered
that sends none unasked. The note of a 407 says what became of its connection, unless it stays usable."""
NONE_AFTER: Final = "none-after"
"""`authentication`: no credentials, on a new connection, after a login."""
STAYED_OPEN: Final = "the connection of the 407 was still open when the credentials went out on it"
"""The note of a record of credentials that were not answered by a connection which had been closed before."""
SPARED: Final = "user name and password were not sent, so that the account is not locked"
"""The failure of a record of credentials that were held back, because the proxy took them and then refused them."""
CUT_SHORT: Final = "the connection ended before the content that the answer announces"
"""The note of a record of plain HTTP, or of a 407 to CONNECT, of which that is true. What is kept of the content cannot
tell it: secrets are taken out of it, and long content is not kept whole."""
NEVER_CAME: Final = "the content that the answer announces did not come"
"""The note of a 407 of which that is true, however long it was waited for; where the connection ended, `CUT_SHORT`."""
BAD_PASSWORD: Final = "bad-password"  # noqa: S105  the name of a probe
OTHER_ENCODING: Final = "encoding"
OTHER_CASE: Final = "user-case"
OTHER_FORM: Final = "domain-form"
"""`authentication`: the credentials varied, because a person asked for it."""

WPAD: Final = "wpad"
PAC_IN_A_FILE: Final = "file"
"""`pac_fetch`: where the script came from, if not from a URL."""


BEYOND_THE_PACE: Final = "beyond-the-pace"
"""`endpoints`, `plain-http`: a first time that was turned away while the run had more tunnels open than it was asked
for at a time. The fault may be that of the run; what counts is the second time, which follows it."""


REFUSED_WITH: Final = "refused-with-credentials"
"""`endpoints`: refused with credentials that were sent unasked, while it opens without them. A device that sends none
before it is asked gets what follows."""


def nonexistent_at(port: int) -> str:
    """The variant of `controls` that asks for a name that cannot exist at a port at which nothing opened."""
    return f"{NONEXISTENT}:{port}"


def at_open_port(host: str) -> str:
    """The variant of `controls` that asks at an open port for `host`, refused at a port at which nothing opened."""
    return f"open-port:{host}"


def again(host: str) -> str:
    """The variant of `controls` that asks for `host` once more, in the same way."""
    return f"again:{host}"


def inside_again(host: str) -> str:
    """The variant of `controls` that says the same once more in a tunnel to `host`, which was silent before."""
    return f"inside-again:{host}"


def crowd(host: str) -> str:
    """The variant of `controls` that asks for `host` beside as many others as were asked for at once before."""
    return f"crowd:{host}"


def alone(host: str) -> str:
    """The variant of `controls` that asks for `host` by itself, after it failed in a crowd."""
    return f"alone:{host}"


def together(host: str) -> str:
    """The variant of `controls` that asks for `host` beside a few others, of which none is closed."""
    return f"together:{host}"


def server_name(host: str) -> str:
    """The variant of `controls` that says `host` as the server name in another host's tunnel."""
    return f"server-name:{host}"


def working_name(host: str) -> str:
    """The variant of `controls` that says the name of a host that answers as the server name in the tunnel of `host`,
    where a name that cannot exist is cut in the tunnel of a host that answers."""
    return f"working-name:{host}"


def no_such_name(host: str) -> str:
    """The variant of `controls` that says a name that cannot exist as the server name in the tunnel of `host`."""
    return f"no-such-name:{host}"


MOST_ALONE: Final = 40
"""Tries by themselves at most, of what failed in a crowd."""
_BY_CHANCE = 0.01


def tries_alone(failed: int, asked: int) -> int | None:
    """How many tries must open by themselves before it is no chance any more that so many of those asked for in a crowd
    failed there; None where more were wanted than are made."""
    wanted = 1 if failed >= asked else math.ceil(math.log(_BY_CHANCE) / math.log(1 - failed / asked))
    return wanted if wanted <= MOST_ALONE else None


ControlKind = Literal["again", "crowd", "alone", "together", "server-name", "no-such-name"]
_CONTROLS: Final[Mapping[str, ControlKind]] = {
    "again": "again",
    "crowd": "crowd",
    "alone": "alone",
    "together": "together",
    "server-name": "server-name",
    "no-such-name": "no-such-name",
}


def control_of(variant: str | None) -> tuple[ControlKind, str] | None:
    """The kind and the host of a control that is about a host; None for every other variant."""
    name, colon, host = (variant or "").partition(":")
    kind = _CONTROLS.get(name)
    return (kind, host) if kind is not None and colon else None


Left = Literal["open", "announced", "closed", "unread"]
"""What a 407 left of its connection: usable; to be closed, as it said itself, or because its end cannot be told; closed
without a word; with bytes on it that do not belong to the answer, or with more content than is read here."""


def after_407(left: Left) -> str:
    """The variant of a new connection for the credentials: what became of the one that brought the 407."""
    return f"after-407:{left}"


_HELLO, _SPLIT = "hello:", "/split"


class HelloVariant(Struct, frozen=True):
    """A ClientHello: the name of its profile, and whether it went out in two TCP segments."""

    profile: str
    split: bool = False

    @property
    def label(self) -> str:
        """Both in one word, as reports show it."""
        return f"{self.profile}{_SPLIT if self.split else ''}"


def hello(profile: str, *, split: bool = False) -> str:
    """The variant of a greeting with the ClientHello `profile`."""
    return f"{_HELLO}{HelloVariant(profile, split).label}"


def hello_of(variant: str | None) -> HelloVariant | None:
    """The greeting that a variant names; None for every other variant."""
    if variant is None or not variant.startswith(_HELLO):
        return None
    name = variant.removeprefix(_HELLO)
    return HelloVariant(name.removesuffix(_SPLIT), name.endswith(_SPLIT))


class LoginVariant(Struct, frozen=True):
    """One message of a login by another scheme than Basic. `scheme` is its name in small letters."""

    scheme: str
    step: str


def login(scheme: str, step: str) -> str:
    """The variant of one message of a login."""
    return f"{scheme}:{step}"


def login_of(variant: str | None) -> LoginVariant | None:
    """The message of a login that a variant names; None for every other variant."""
    scheme, colon, step = (variant or "").partition(":")
    return LoginVariant(scheme, step) if colon else None


class DnsVariant(Struct, frozen=True):
    """One question to a DNS server: over `udp` or `tcp`, the type of record, the name."""

    transport: str
    record_type: str
    name: str


def dns_question(transport: str, record_type: str, name: str) -> str:
    """The variant of one question to a DNS server."""
    return f"{transport}:{record_type}:{name}"


def dns_question_of(variant: str | None) -> DnsVariant:
    """The question that a variant names; its parts are empty for every other variant."""
    transport, _, rest = (variant or "").partition(":")
    record_type, _, name = rest.partition(":")
    return DnsVariant(transport, record_type, name)
