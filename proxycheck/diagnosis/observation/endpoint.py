"""All that was seen of one endpoint."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct

from proxycheck.diagnosis.shape import Shape, shape
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.wire.http.reply import Reply, page_in, reply_in


def reply_of(evidence: Evidence | None) -> Reply | None:
    """The answer in a record, None when nothing was asked."""
    return None if evidence is None else reply_in(evidence)


def last_of(records: Sequence[Evidence], operations: Iterable[str]) -> Evidence | None:
    """The last record of one of these operations, None where there is none."""
    wanted = frozenset(operations)
    return next((e for e in reversed(records) if e.operation in wanted), None)


SAID_INSIDE = frozenset(("tls", "http"))
"""Operations in which something was said in an open tunnel. TeamViewer's protocol is not public."""


def silent(record: Evidence | None) -> bool:
    """Whether TLS or HTTP was said in an open tunnel, and nothing came."""
    return record is not None and record.operation in SAID_INSIDE and record.silent


class Observation(Struct, frozen=True, dict=True):
    """All that was seen of one endpoint. `connects` are its CONNECT answers in order, with credentials last; `inside`
    is a request inside TLS, sent where the chain is not public, `heard` one that only asks for bytes; `reached` is the
    connection to the host itself (or the search for its address) in a run without a proxy. `before` is how the attempt
    before the last failed, where the endpoint was measured in `attempts` of them: the rest is the last attempt.
    `forward_before` is the answer to an ordinary request that came before the last one."""

    endpoint: Endpoint
    decides: str
    tcp: Evidence | None
    connects: tuple[Evidence, ...]
    payload: Evidence | None
    forward: Evidence | None
    inside: Evidence | None = None
    heard: Evidence | None = None
    reached: Evidence | None = None
    before: Evidence | None = None
    attempts: int = 1
    forward_before: Evidence | None = None

    @cached_property
    def id(self) -> str:
        """The endpoint's `host:port`."""
        return self.endpoint.id

    @property
    def connect(self) -> Evidence | None:
        """The last CONNECT."""
        return self.connects[-1] if self.connects else None

    @cached_property
    def reply(self) -> Reply | None:
        """The answer to the last CONNECT; None when none was sent."""
        return reply_of(self.connect)

    @cached_property
    def answer(self) -> Reply | None:
        """The answer to plain HTTP inside the tunnel."""
        return reply_of(self.payload) if self.payload and self.payload.operation == "http" else None

    @cached_property
    def forward_answer(self) -> Reply | None:
        """The answer to plain HTTP in absolute form."""
        return reply_of(self.forward)

    @cached_property
    def inside_answer(self) -> Reply | None:
        """The answer inside TLS, when it is a well-formed one."""
        reply = reply_of(self.inside)
        return reply if reply is not None and reply.problem is None else None

    @cached_property
    def tunnel_page(self) -> Reply | None:
        """An HTTP answer in plain text where TLS was spoken."""
        payload = self.payload
        if payload is None or payload.operation == "http" or payload.failure is None:
            return None
        return page_in(payload)

    @cached_property
    def earlier(self) -> "Observation | None":
        """The attempt before the last, as far as the tunnel: None where there was none, or where its tunnel opened."""
        before = self.before
        if before is None or before.operation not in ("proxy_tcp", "connect", "auth"):
            return None
        if before.operation == "proxy_tcp":
            return Observation(self.endpoint, "tunnel", before, (), None, None)
        return Observation(self.endpoint, "tunnel", None, (before,), None, None)

    @property
    def measured(self) -> bool:
        """Whether what decides was tried at all."""
        if self.decides == "forward":
            return self.forward is not None
        return bool(self.connects or self.failed_tcp or self.reached is not None)

    @property
    def finished(self) -> bool:
        """Whether what decides was tried to its end: in a run that is interrupted, nothing may have been said yet in a
        tunnel that is open."""
        cut = self.decides == "tunnel" and self.opened and self.payload is None
        return self.measured and not cut

    @property
    def failed_tcp(self) -> bool:
        """Whether the proxy did not even accept the connection."""
        return self.tcp is not None and self.tcp.failure is not None and not self.connects

    @property
    def opened(self) -> bool:
        """Whether the proxy said that the tunnel is open; without a proxy, whether the host took the connection."""
        if self.reached is not None:
            return self.reached.operation == "host_tcp" and self.reached.failure is None
        return self.reply is not None and self.reply.success

    @property
    def proved(self) -> bool:
        """Whether the far end answered in kind inside the tunnel."""
        return self.opened and self.payload is not None and self.payload.failure is None

    @property
    def credentials_sent(self) -> bool:
        """Whether the last CONNECT carried credentials."""
        return self.connect is not None and (
            self.connect.operation == "auth" or "proxy-authorization" in self.connect.sent.lower()
        )

    @cached_property
    def shape(self) -> Shape | None:
        """The shape of a well-formed refusal; None when there is none."""
        reply = self.reply
        if reply is None or reply.problem is not None or reply.success:
            return None
        return shape(reply, self.endpoint.host)

    @property
    def ended(self) -> str:
        """How a CONNECT without a well-formed answer went: `empty`, `reset`, `timeout`, `malformed`, else ''."""
        connect, reply = self.connect, self.reply
        if connect is None or reply is None or reply.problem is None:
            return ""
        if connect.failure is not None and connect.failure.name in ("reset", "timeout"):
            return connect.failure.name
        return "empty" if reply.problem == "empty" else "malformed"
