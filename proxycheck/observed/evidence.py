"""What a device was seen to do, as the evidence that the rules know: they explain it as they explain a measured run.

Of each endpoint one attempt speaks, the last that was reached, else the last that failed. Nothing is made up: what was
not seen has no evidence, and no control was asked.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from proxycheck.model.evidence import Ended, Evidence, TlsEvidence
from proxycheck.model.failure import Failure, FailureName, Operation
from proxycheck.model.observed import ObservedConnection, ObservedExchange
from proxycheck.observed.attempts import Attempt, flight_of, reply_bytes, reply_of
from proxycheck.wire.certificates.facts import to_pem

_CHECK: Final = "endpoints"
_FAILURES: dict[str, FailureName] = {"silent": "timeout", "page": "malformed", "alert": "tls-alert"}


def evidence_of(identifier: str, attempt: Attempt, began: datetime) -> Iterator[Evidence]:
    """The records of one attempt at the endpoint `identifier`, after those of the 407 that it answers on the same
    connection; `began` is when the log begins."""
    asked = _asked_before(attempt)
    if asked is not None:
        yield _record(f"{identifier} asked", "connect", reply_bytes(asked).decode("latin-1"), None, identifier)
    exchange, tunnel = attempt.exchange, attempt.tunnel
    reply = exchange.reply
    started = (attempt.at - began).total_seconds()
    took = (reply.at_s if reply is not None else attempt.connection.duration_s) - exchange.at_s
    credentials = f"Proxy-Authorization: {exchange.authorization} <redacted>\r\n" if exchange.authorization else ""
    connect = exchange.method == "CONNECT"
    operation: Operation = "http_forward" if not connect else "auth" if credentials else "connect"
    answered = reply is not None
    yield Evidence(
        id=f"{identifier} {operation}",
        check=_CHECK if connect else "plain-http",
        operation=operation,
        endpoint=identifier,
        started_s=started,
        duration_s=max(0.0, took),
        sent=f"{exchange.method} {exchange.target} HTTP/1.1\r\n{credentials}\r\n",
        received=reply_bytes(exchange).decode("latin-1"),
        ended="open" if answered else _ended(attempt),
        failure=None if answered and _readable(attempt) else Failure(_failure(attempt), operation, attempt.words),
    )
    if tunnel is not None and _tells(attempt):
        yield _payload(identifier, attempt, started)


def _asked_before(attempt: Attempt) -> ObservedExchange | None:
    """The exchange just before this one, where it ended in 407 and this one brings the credentials."""
    exchanges, exchange = attempt.connection.exchanges, attempt.exchange
    place = next((number for number, each in enumerate(exchanges) if each is exchange), 0)
    before = exchanges[place - 1] if place else None
    if before is None or exchange.authorization is None or exchange.method != "CONNECT":
        return None
    reply = reply_of(before)
    return before if before.target == exchange.target and reply is not None and reply.status == 407 else None


def _tells(attempt: Attempt) -> bool:
    """Whether what was said in the tunnel is for the rules: that it opened is, in any case."""
    return attempt.kind == "answer" or (attempt.outcome != "undecided" and attempt.kind != "broken-off")


def _payload(identifier: str, attempt: Attempt, started: float) -> Evidence:
    tunnel = attempt.tunnel
    kind = tunnel.kind_up if tunnel is not None else None
    operation: Operation = {"tls": "tls", "http": "http"}.get(kind or "", "tunnel")  # type: ignore[assignment]
    answer = (tunnel.answer or "") if tunnel is not None else ""
    return Evidence(
        id=f"{identifier} inside",
        check=_CHECK,
        operation=operation,
        endpoint=identifier,
        started_s=started,
        duration_s=0.0,
        sent="",
        received=f"{answer}\r\n\r\n" if answer else "",
        ended="open" if attempt.kind == "answer" else _ended(attempt),
        failure=None if attempt.kind == "answer" else Failure(_failure(attempt), operation, attempt.words),
    )


def certificates_of(identifier: str, attempt: Attempt) -> Iterator[Evidence]:
    """The opened tunnel and the certificates that passed in it in clear; nothing where none did. Who broke off is left
    out: this is for judging the certificates alone."""
    tunnel = attempt.tunnel
    flight = flight_of(tunnel) if tunnel is not None else None
    if tunnel is None or flight is None or not flight.certificates:
        return
    opened = reply_bytes(attempt.exchange).decode("latin-1")
    yield _record(f"{identifier} connect", "connect", opened, None, identifier)
    hello = flight.hello
    tls = TlsEvidence(
        server_name=tunnel.server_name or attempt.host,
        version=hello.version_name if hello is not None else None,
        chain=tuple(to_pem(der) for der in flight.certificates),
        flight=flight.kind,
    )
    yield _record(f"{identifier} tls", "tls", "", tls, identifier)


def _record(name: str, operation: Operation, received: str, tls: TlsEvidence | None, endpoint: str) -> Evidence:
    return Evidence(name, _CHECK, operation, endpoint, 0.0, 0.0, "", received, "open", tls=tls)


def unreached(connections: Sequence[ObservedConnection]) -> Iterator[Evidence]:
    """Connections that the proxy did not take, when it took none at all."""
    refused = [each for each in connections if each.end == "proxy-unreachable"]
    if len(refused) < len(connections):
        return
    for number, each in enumerate(refused[:3]):
        detail = each.error or ""
        name: FailureName = "unreachable"
        if re.search(r"Errno (?:111|61|10061)\b|WinError 1225|refused", detail):
            name = "refused"
        elif re.search(r"Errno (?:-\d+|8|1100[1-4])\b|getaddrinfo|[Nn]ame or service", detail):
            name = "unresolvable"
        yield Evidence(
            id=f"proxy {number}",
            check="reachability",
            operation="proxy_dns" if name == "unresolvable" else "proxy_tcp",
            endpoint=None,
            started_s=0.0,
            duration_s=0.0,
            sent="",
            received="",
            ended="closed",
            failure=Failure(name, "proxy_tcp", detail),
            variant=each.proxy,
        )


def _readable(attempt: Attempt) -> bool:
    reply = reply_of(attempt.exchange)
    return reply is not None and reply.problem is None


def _ended(attempt: Attempt) -> Ended:
    if attempt.kind == "silent":
        return "timeout"
    return "reset" if attempt.connection.end == "proxy-reset" else "eof"


def _failure(attempt: Attempt) -> FailureName:
    if attempt.exchange.reply is not None and attempt.tunnel is None:
        return "malformed"
    return _FAILURES.get(attempt.kind) or ("reset" if attempt.connection.end == "proxy-reset" else "eof")
