"""Recorded evidence, sorted by what it was about: the view that the rules look at. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from proxycheck.diagnosis.shape import Shape, alike, shape
from proxycheck.model.device import Device, Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.questions import (
    ANSWER_INSIDE,
    BEYOND_THE_PACE,
    INSIDE_TLS,
    NONEXISTENT,
    OWN_ADDRESS,
    OWN_PAGE,
    OWN_PORT,
    PAGE_FOR_NO_NAME,
    CheckId,
)
from proxycheck.model.target import ProxyAddress
from proxycheck.wire.domains import owner_of
from proxycheck.wire.http.reply import Reply, page_in, reply_in

_MEASURED = "endpoints"
_UNRELATED = 3
_DENIALS = frozenset((403, 451))
"""Statuses that deny what was asked for (RFC 9110 section 15.5.4, RFC 7725)."""
_OPENS = frozenset(("HTTP/1.1 200", "HTTP/1.0 200"))
"""How most answers begin: they need not be read to know that they are no 407."""


def _reply(evidence: Evidence | None) -> Reply | None:
    """The answer in a record, None when nothing was asked."""
    return None if evidence is None else reply_in(evidence)


class Observation(Struct, frozen=True, dict=True):
    """All that was seen of one endpoint. `connects` are its CONNECT answers in order, with credentials last; `inside`
    is a request inside TLS, sent where the chain is not public, `heard` one that only asks for bytes; `reached` is the
    connection to the host itself (or the search for its address) in a run without a proxy. `before` is how the attempt
    before the last failed, where the endpoint was measured in `attempts` of them: the rest is the last attempt."""

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
        return _reply(self.connect)

    @cached_property
    def answer(self) -> Reply | None:
        """The answer to plain HTTP inside the tunnel."""
        return _reply(self.payload) if self.payload and self.payload.operation == "http" else None

    @cached_property
    def forward_answer(self) -> Reply | None:
        """The answer to plain HTTP in absolute form."""
        return _reply(self.forward)

    @cached_property
    def inside_answer(self) -> Reply | None:
        """The answer inside TLS, when it is a well-formed one."""
        reply = _reply(self.inside)
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


Place = tuple[str, int]
"""An owner of hosts, and a port."""


class Hearing(Struct, frozen=True):
    """Where bytes came out of TLS. `asked` are the places at which hosts were asked for some, `answered` those where
    one answered, `excused` those where the hosts asked are as silent without the proxy, `owed` those where one that
    answers without the proxy does not answer through it."""

    asked: frozenset[Place] = frozenset()
    answered: frozenset[Place] = frozenset()
    excused: frozenset[Place] = frozenset()
    owed: frozenset[Place] = frozenset()

    def proves(self, observation: "Observation") -> bool:
        """Whether it is known that bytes pass inside TLS to hosts like this one. A report from before this was asked
        is judged by what it has."""
        return not self.asked or place_of(observation) in self.answered | self.excused

    def cut_short(self, observation: "Observation") -> bool:
        """Whether the run ended before this was asked of any host like this one."""
        speaks = observation.endpoint.speaks == "tls" and observation.proved and observation.inside is None
        return speaks and bool(self.asked) and place_of(observation) not in self.asked


def place_of(observation: "Observation") -> Place:
    """The owner of an endpoint's host, and its port."""
    return owner_of(observation.endpoint.host), observation.endpoint.port


def hearing(observations: Sequence["Observation"], outside: Sequence[Evidence]) -> Hearing:
    """Reads what hosts said when they were asked for bytes inside TLS, and what they say without the proxy."""
    asked = {o.id: o for o in observations if o.heard is not None}
    answered = {place_of(o) for o in asked.values() if o.heard is not None and o.heard.failure is None}
    directly = [(place_of(asked[e.endpoint]), e) for e in outside if e.endpoint in asked and e.variant == ANSWER_INSIDE]
    owed = {place for place, record in directly if record.failure is None} - answered
    return Hearing(
        asked=frozenset(place_of(o) for o in asked.values()),
        answered=frozenset(answered),
        excused=frozenset(place for place, _ in directly) - owed - answered,
        owed=frozenset(owed),
    )


class Control(Struct, frozen=True, dict=True):
    """A comparison that was measured: its CONNECT or request, the answer, and what was said in the tunnel."""

    evidence: Evidence
    reply: Reply
    host: str
    payload: Evidence | None = None

    @cached_property
    def tunnel_page(self) -> Reply | None:
        """An HTTP answer in plain text where TLS was spoken."""
        if self.payload is None or self.payload.failure is None:
            return None
        return page_in(self.payload)


class Case(Struct, frozen=True, dict=True):
    """Everything a rule may look at."""

    device: Device
    proxy: ProxyAddress | None
    observations: tuple[Observation, ...]
    evidence: tuple[Evidence, ...]
    knowledge: Knowledge

    @cached_property
    def tunnels(self) -> tuple[Observation, ...]:
        """Measured endpoints for which the tunnel decides."""
        return tuple(o for o in self.observations if o.decides == "tunnel" and o.measured)

    @cached_property
    def opened(self) -> tuple[Observation, ...]:
        """Endpoints (whatever decides for them) whose tunnel the proxy opened."""
        return tuple(o for o in self.observations if o.opened)

    @cached_property
    def denied_inside(self) -> frozenset[str]:
        """The endpoints inside whose TLS somebody else denies, where every foreign certificate of the run was shown
        only for that: hosts of unrelated owners give one and the same denial, and hosts that are reached give none."""
        asked = [o for o in self.observations if o.inside is not None]
        if len({owner_of(o.endpoint.host) for o in asked}) < _UNRELATED:
            return frozenset()
        given = [shape(answer, o.endpoint.host) for o in asked if (answer := o.inside_answer) is not None]
        if len(given) < len(asked) or given[0].status not in _DENIALS or not all(alike(given[0], g) for g in given):
            return frozenset()
        status = f"HTTP/1.1 {given[0].status} "
        reached = [o.heard.received for o in self.observations if o.heard is not None and o.heard.received]
        if not reached or any(words.startswith(status) for words in reached):
            return frozenset()
        return frozenset(o.id for o in asked)

    def of(self, check: CheckId, operation: str) -> tuple[Evidence, ...]:
        """Records of one operation of one check."""
        return tuple(e for e in self.evidence if (e.check, e.operation) == (check, operation))

    @cached_property
    def greetings(self) -> dict[str, Evidence]:
        """What the listener answered to first words, by protocol."""
        return {e.variant or "": e for e in self.of("greeting", "proxy_greeting")}

    @cached_property
    def website(self) -> Reply | None:
        """The answer to a request as a web server gets it, when that was tried."""
        found = self.greetings.get("http")
        return _reply(found) if found is not None else None

    @cached_property
    def _controls(self) -> Mapping[str, Sequence[Evidence]]:
        """The records of the comparisons by variant: rules ask for them once for each endpoint."""
        found: dict[str, list[Evidence]] = {}
        for record in self.evidence:
            if record.check == "controls" and record.variant is not None:
                found.setdefault(record.variant, []).append(record)
        return found

    @cached_property
    def _outside(self) -> Mapping[tuple[str | None, str, str | None], Evidence]:
        """The first record beside the proxy of each endpoint, operation and variant."""
        found: dict[tuple[str | None, str, str | None], Evidence] = {}
        for record in self.evidence:
            if record.check == "outside":
                found.setdefault((record.endpoint, record.operation, record.variant), record)
        return found

    def control(self, variant: str) -> Control | None:
        """The control tunnel of that name."""
        found = self._controls.get(variant, ())
        connects = [e for e in found if e.operation in ("connect", "auth")]
        reply = _reply(connects[-1]) if connects else None
        if reply is None:
            return None
        payload = next((e for e in found if e.operation == "tls"), None)
        return Control(connects[-1], reply, (connects[-1].endpoint or "").rsplit(":", 1)[0], payload)

    @cached_property
    def nonexistent(self) -> Control | None:
        """How this proxy answers CONNECT for a name that cannot exist."""
        return self.control(NONEXISTENT)

    @cached_property
    def own_address(self) -> Control | None:
        """How this proxy answers CONNECT to port 443 of its own address: no name is involved."""
        return self.control(OWN_ADDRESS)

    @cached_property
    def own_port(self) -> Control | None:
        """How this proxy answers CONNECT to itself."""
        return self.control(OWN_PORT)

    @cached_property
    def own_page(self) -> Control | None:
        """The proxy's own page: its answer to a plain request for a name that cannot exist."""
        found = next((e for e in self.of("plain-http", "http_forward") if e.variant == OWN_PAGE), None)
        reply = _reply(found)
        if found is None or reply is None or reply.problem is not None:
            return None
        return Control(found, reply, (found.endpoint or "").rsplit(":", 1)[0])

    @cached_property
    def page_for_no_name(self) -> tuple[Reply, str] | None:
        """What came in a tunnel to port 80 of a name that cannot exist, with that name; None where none opened."""
        found = next((e for e in self.of("controls", "http") if e.variant == PAGE_FOR_NO_NAME), None)
        reply = _reply(found)
        if found is None or reply is None or reply.problem is not None:
            return None
        return reply, (found.endpoint or "").rsplit(":", 1)[0]

    @cached_property
    def asked_for_no_name(self) -> bool:
        """Whether a tunnel to port 80 of a name that cannot exist was asked for, as today's runs do."""
        return any(
            e.variant == PAGE_FOR_NO_NAME for e in (*self.of("controls", "connect"), *self.of("controls", "auth"))
        )

    @cached_property
    def inside(self) -> Hearing:
        """What was heard inside TLS."""
        return hearing(self.observations, self.of("outside", "http"))

    def challenge(self, record: Evidence) -> Reply | None:
        """The 407 in a record, if it is one; interim answers may stand before it."""
        if record.operation not in ("connect", "auth", "http_forward") or record.received[:12] in _OPENS:
            return None
        reply = _reply(record)
        return reply if reply is not None and reply.status == 407 else None

    def repeated(self, observation: Observation, variant: str) -> Observation | None:
        """What came of the same endpoint in a repeat of that variant; None where it was not asked for."""
        asked = [e for e in self._controls.get(variant, ()) if e.endpoint == observation.id]
        if not asked:
            return None
        connects = tuple(e for e in asked if e.operation in ("connect", "auth"))
        return Observation(observation.endpoint, "tunnel", _pick(asked, ("proxy_tcp",)), connects, None, None)

    def outside(self, endpoint: str, operation: str, variant: str | None = None) -> Evidence | None:
        """The control beside the proxy for one endpoint: `control_dns`, `control_tcp` or `control_tls`."""
        return self._outside.get((endpoint, operation, variant))


def _pick(records: Sequence[Evidence], operations: Iterable[str]) -> Evidence | None:
    wanted = frozenset(operations)
    return next((e for e in reversed(records) if e.operation in wanted), None)


def _finished(records: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The requests of one endpoint, none when the run was interrupted before the last one was answered: a 407 to which
    no credentials followed says nothing of them then."""
    cut = any(e.failure is not None and e.failure.name == "cancelled" for e in records)
    return () if cut else tuple(records)


_OF_AN_ATTEMPT = frozenset(("proxy_tcp", "connect", "auth", "tls", "http", "tunnel"))


def _ends_an_attempt(record: Evidence, following: str) -> bool:
    """Whether nothing follows this record but a second attempt: it failed, and the request that follows is no answer to
    a login that was asked for."""
    failure = record.failure
    if failure is None or record.operation not in _OF_AN_ATTEMPT:
        return False
    if failure.detail.startswith("407") and following == "auth":
        return False
    return failure.name != "cancelled" and record.variant not in (INSIDE_TLS, ANSWER_INSIDE)


def _last_attempt(own: Sequence[Evidence]) -> tuple[Sequence[Evidence], tuple[Evidence, ...]]:
    """The records of the last time that an endpoint was measured, and how the times before failed."""
    last, failed = own, list[Evidence]()
    for index, record in enumerate(own):
        following = next((e.operation for e in own[index + 1 :] if e.operation in ("connect", "auth")), None)
        if following is not None and _ends_an_attempt(record, following):
            last = own[index + 1 :]
            failed.append(record)
    return last, tuple(failed)


def _observe(endpoint: Endpoint, device: Device, records: Sequence[Evidence]) -> Observation:
    own, failed = _last_attempt([e for e in records if e.check == _MEASURED and e.variant != BEYOND_THE_PACE])
    straight = any(e.operation in ("host_dns", "host_tcp") for e in own)
    tunnels = endpoint.speaks != "http" or endpoint.port != 80 or device.proxy.plain_http == "tunnel"
    plain = [e for e in records if e.check == "plain-http" and e.operation in ("http_forward", "auth")]
    return Observation(
        endpoint=endpoint,
        decides="tunnel" if tunnels or straight else "forward",
        tcp=_pick(own, ("proxy_tcp",)),
        connects=_finished([e for e in own if e.operation in ("connect", "auth")]),
        payload=_pick([e for e in own if e.variant is None], ("tls", "http", "tunnel")),
        forward=_pick(_finished(plain), ("http_forward", "auth")),
        inside=next((e for e in own if e.variant == INSIDE_TLS), None),
        heard=next((e for e in reversed(own) if e.variant == ANSWER_INSIDE), None),
        reached=_pick(own, ("host_dns", "host_tcp")),
        before=failed[-1] if failed else None,
        attempts=len(failed) + 1,
    )


def open_case(
    device: Device,
    endpoints: Sequence[Endpoint],
    proxy: ProxyAddress | None,
    evidence: Sequence[Evidence],
    knowledge: Knowledge,
) -> Case:
    """Sorts the evidence of a run by endpoint."""
    by_endpoint: dict[str, list[Evidence]] = {}
    for record in evidence:
        if record.endpoint is not None:
            by_endpoint.setdefault(record.endpoint, []).append(record)
    observations = tuple(_observe(e, device, by_endpoint.get(e.id, ())) for e in endpoints)
    return Case(device, proxy, observations, tuple(evidence), knowledge)
