"""A transparent proxy's port, used as an explicit one: it expects traffic that a router has diverted to it.

What such a port does with a client that names it itself: it serves a request in origin form for any host and does not
know CONNECT; or it looks up where the connection was diverted from, finds nothing, and drops it. Squid's `http_port
... intercept` cuts the first such connection and leaves all later ones without an answer; where the kernel knows the
connection, and with `tproxy`, it answers CONNECT with 409 (ERR_CONFLICT_HOST), because the address it was reached at is
not the host's. The first connection may be answered so and the next be its last.
"""

from collections.abc import Iterator

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.listener import forwards, no_http
from proxycheck.model.evidence import Evidence
from proxycheck.wire.http.reply import Reply, reply_in

_FEW_CONNECTIONS = 3


def intercept_port(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """Origin form is served, or CONNECT is refused as not diverted, or only the first connection got any reaction."""
    if case.opened or not case.tunnels or forwards(case):
        return
    served = _served(case)
    if served is not None:
        words = (served, "CONNECT, which is how the device asks, gets no tunnel for any host")
        yield Finding("setup.intercept-port", (), "conclusive", words, "blocker")
    elif conflicts := _conflicts(case):
        refused = "CONNECT is refused because the connection was not diverted from the host (409, ERR_CONFLICT_HOST)"
        others = ("other connections got no answer",) if conflicts < len(case.tunnels) else ()
        yield Finding("setup.intercept-port", (), "conclusive", (refused, *others), "blocker")
    elif _first_cut(case):
        said = "the first connection was cut and every later one was accepted and never answered"
        yield Finding("setup.intercept-port", (), "strong", (said, "Squid's intercepting port does this"), "blocker")


def _served(case: Case) -> str | None:
    record = case.greetings.get("intercepted")
    if record is None:
        return None
    reply = _page(record)
    if reply is None:
        return None
    host = next((line[6:] for line in record.sent.split("\r\n") if line.lower().startswith("host: ")), "a host")
    own = case.website
    foreign = own is None or own.problem is not None or own.status >= 400
    known = "/generate_204" in record.sent and reply.status == 204
    if (known or reply.status < 400) and foreign:
        return f"a request for {host} as a router would divert it is answered by that host ({reply.status})"
    return None


def _page(record: Evidence) -> Reply | None:
    reply = reply_in(record)
    return reply if reply.status and reply.problem != "malformed" else None


def _conflicts(case: Case) -> int:
    """How many CONNECTs were refused so, where none was answered otherwise: after the first connection that Squid
    cannot place it answers nobody any more."""
    answers = [o.reply for o in case.tunnels if o.connect is not None and o.connect.received and o.reply is not None]
    return len(answers) if all(_not_diverted(reply) for reply in answers) else 0


def _not_diverted(reply: Reply) -> bool:
    return reply.status == 409 and (reply.value("X-Squid-Error") or "").startswith("ERR_CONFLICT_HOST")


def _first_cut(case: Case) -> bool:
    """Squid stops listening to an intercepting port after the first connection that it cannot place."""
    if not no_http(case):
        return False
    said = [e for e in case.evidence if e.operation in ("connect", "auth", "proxy_greeting")]
    said = sorted(said, key=lambda record: record.started_s)
    if len(said) < _FEW_CONNECTIONS or any(record.received for record in said):
        return False
    names = [record.failure.name if record.failure is not None else "" for record in said]
    return names[0] in ("reset", "eof") and all(name == "timeout" for name in names[1:])
