"""How a network operation went wrong: a closed name, the operation, and the cause as the system told it.

A failure is a result, not an exception. The one table that turns exceptions into failures is
`proxycheck.net.failures`; an exception it does not know becomes `unknown` and stays visible in `detail`.
"""

from typing import Literal

from msgspec import Struct

FailureName = Literal[
    "unresolvable",  # the name has no address
    "refused",  # RST to SYN: nothing listens
    "unreachable",  # no route, network or host unreachable
    "timeout",  # the stage's deadline passed
    "reset",  # RST in the middle
    "eof",  # closed in the middle, with or without bytes
    "too-large",  # more bytes than the stage may bring
    "malformed",  # bytes that are not the protocol spoken
    "tls-alert",  # a TLS alert from the other side
    "tls-protocol",  # TLS that OpenSSL refuses
    "refused-by-peer",  # a well-formed answer that says no
    "cancelled",  # the run was interrupted or the check became pointless
    "unknown",  # not in the table: a bug report in the making
]

Operation = Literal[
    "proxy_dns",
    "proxy_tcp",
    "proxy_greeting",
    "host_dns",
    "host_tcp",
    "connect",
    "auth",
    "tunnel",
    "tls",
    "identity",
    "http",
    "http_forward",
    "canary",
    "control_dns",
    "control_tcp",
    "control_tls",
    "control_roots",
    "network_dns",
    "network_tcp",
    "network_http",
    "network_time",
    "network_route",
    "pac_fetch",
    "pac_names",
    "pac_problem",
    "pac_route",
    "pac_proxy",
    "settings",
]


class Failure(Struct, frozen=True):
    """`name` is from a closed list, `operation` says what was tried, `detail` is the system's or peer's word."""

    name: FailureName
    operation: Operation
    detail: str = ""
