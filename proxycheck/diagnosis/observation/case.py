"""A run as the rules see it: every endpoint, every comparison, and what is known beforehand."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from proxycheck.diagnosis.observation.endpoint import Observation, last_of, reply_of, silent
from proxycheck.diagnosis.observation.hearing import Hearing, hearing
from proxycheck.diagnosis.shape import alike, shape
from proxycheck.model.device import Device
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.questions import (
    NONEXISTENT,
    OWN_ADDRESS,
    OWN_PAGE,
    OWN_PORT,
    PAGE_FOR_NO_NAME,
    SPARED,
    CheckId,
    at_open_port,
    nonexistent_at,
)
from proxycheck.model.target import ProxyAddress
from proxycheck.wire.domains import owner_of
from proxycheck.wire.http.denials import denies_by_a_rule, leads_to_a_denial
from proxycheck.wire.http.leads import leads_to
from proxycheck.wire.http.reply import Reply, page_in

_UNRELATED = 3
_LONGER_TIMES = 1.25
_NEARLY_ALL = 0.9
"""How many times as long as nearly all ordinary handshakes take here a silence has to last."""
_DENIALS = frozenset((403, 451))
"""Statuses that deny what was asked for (RFC 9110 section 15.5.4, RFC 7725)."""
_OPENS = frozenset(("HTTP/1.1 200", "HTTP/1.0 200"))
"""How most answers begin: they need not be read to know that they are no 407."""


def _sent_to(reply: Reply | None) -> str:
    """The host that a redirect leads to (RFC 9110 section 15.4); empty where an answer is none or names no host."""
    if reply is None or not 300 <= reply.status < 400:
        return ""
    return leads_to(reply) or ""


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
    def handshakes_s(self) -> Mapping[str, float]:
        """How many seconds each ordinary handshake took that completed, by endpoint."""
        return {
            o.id: o.payload.duration_s
            for o in self.observations
            if o.endpoint.speaks == "tls" and o.proved and o.payload is not None
        }

    def says_something(self, silence: Evidence, *, beside_s: float = 0.0) -> bool:
        """Whether a silence lasted longer than nearly all ordinary handshakes take here, and than `beside_s`: a shorter
        one may only be slow."""
        return silence.duration_s >= _LONGER_TIMES * max(self._usual_handshake_s, beside_s)

    @cached_property
    def silent_share(self) -> float:
        """The share of attempts in open tunnels that brought nothing, where some were answered when they were made
        again: the chance of a silence that says nothing of its host. 0 where no silence came and went."""
        tries = [o for o in self.tunnels if o.opened and o.payload is not None]
        went = [o for o in tries if o.proved and silent(o.before)]
        lost = sum(o.attempts - 1 for o in went) + sum(o.attempts for o in tries if silent(o.payload))
        return lost / sum(o.attempts for o in tries) if went else 0.0

    @cached_property
    def _usual_handshake_s(self) -> float:
        taken = sorted(self.handshakes_s.values())
        return taken[int(_NEARLY_ALL * len(taken))] if taken else 0.0

    @cached_property
    def denied_inside(self) -> frozenset[str]:
        """The endpoints inside whose TLS somebody else denies, where every foreign certificate of the run was shown
        only for that, and hosts that are reached do not answer so."""
        return self._denied_alike or self.denied_in_words

    @cached_property
    def _denied_alike(self) -> frozenset[str]:
        """Those where hosts of unrelated owners give one and the same denial, or send to one place that is none of
        theirs. A login to an inspecting proxy sends everybody there."""
        asked, reached = self._asked_inside, self._reached_inside
        owners = {owner_of(o.endpoint.host) for o in asked}
        given = [shape(answer, o.endpoint.host) for o in asked if (answer := o.inside_answer) is not None]
        if not given or len(given) < len(asked) or not all(alike(given[0], g) for g in given):
            return frozenset()
        if len(owners) >= _UNRELATED and given[0].status in _DENIALS:
            status = f"HTTP/1.1 {given[0].status} "
            denied = bool(reached) and not any(o.heard.received.startswith(status) for o in reached if o.heard)
        else:
            denied = len(owners) > 1 and len(reached) > len(asked) and self._sent_away(asked, reached)
        return frozenset(o.id for o in asked if denied)

    @cached_property
    def denied_in_words(self) -> frozenset[str]:
        """Those where each page says in words that a rule denies which is none of a host's, or leads to a place of
        nobody's of the catalogue that is called so. One host is enough: who reads its TLS passes on what it says. What
        comes without the proxy as well is not the proxy's."""
        asked = self._asked_inside
        answers = [answer for o in asked if (answer := o.inside_answer) is not None]
        others = [reply for o in self._reached_inside if (reply := reply_of(o.heard)) is not None]
        denied = all(map(self._denies, answers)) and not any(map(self._denies, others))
        denied = denied and len(answers) == len(asked) < len(others)
        return frozenset(o.id for o in asked if denied and not self._also_without(o))

    @cached_property
    def _asked_inside(self) -> Sequence[Observation]:
        return [o for o in self.observations if o.inside is not None]

    @cached_property
    def _reached_inside(self) -> Sequence[Observation]:
        return [o for o in self.observations if o.heard is not None and o.heard.received]

    def _also_without(self, observation: Observation) -> bool:
        """Whether a chain with the same end comes without the proxy."""
        direct, shown = self.outside(observation.id, "control_tls"), observation.payload
        chains = [record.tls.chain for record in (direct, shown) if record is not None and record.tls is not None]
        return len(chains) > 1 and all(chains) and chains[0][-1] == chains[1][-1]

    def _denies(self, answer: Reply) -> bool:
        place = _sent_to(answer)
        led = bool(place) and owner_of(place) not in self._owners and leads_to_a_denial(answer)
        return led or denies_by_a_rule(answer)

    @cached_property
    def _owners(self) -> frozenset[str]:
        return frozenset(owner_of(endpoint.host) for endpoint in self.device.endpoints)

    def _sent_away(self, asked: Sequence[Observation], reached: Sequence[Observation]) -> bool:
        """Whether all who were asked are sent to one place that is no owner's of the catalogue, and nobody who is
        reached is."""
        places = {_sent_to(o.inside_answer) for o in asked}
        place = places.pop() if len(places) == 1 else ""
        others = {_sent_to(reply_of(o.heard)) for o in reached}
        return place not in ("", *others) and owner_of(place) not in self._owners

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
        return reply_of(found) if found is not None else None

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

    def compared(self, variant: str, operation: str) -> tuple[Evidence, ...]:
        """Records of one operation of the comparisons of that name."""
        return tuple(e for e in self._controls.get(variant, ()) if e.operation == operation)

    def control(self, variant: str) -> Control | None:
        """The control tunnel of that name."""
        found = self._controls.get(variant, ())
        connects = [e for e in found if e.operation in ("connect", "auth")]
        reply = reply_of(connects[-1]) if connects else None
        if reply is None:
            return None
        payload = next((e for e in found if e.operation == "tls"), None)
        return Control(connects[-1], reply, (connects[-1].endpoint or "").rsplit(":", 1)[0], payload)

    @cached_property
    def nonexistent(self) -> Control | None:
        """How this proxy answers CONNECT for a name that cannot exist."""
        return self.control(NONEXISTENT)

    def nonexistent_at(self, port: int) -> Control | None:
        """How it does at a port at which nothing opened; None where that was not asked."""
        return self.control(nonexistent_at(port))

    def at_open_port(self, observation: Observation) -> Control | None:
        """How it does for the same host at a port that is open; None where that was not asked."""
        return self.control(at_open_port(observation.endpoint.host))

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
        reply = reply_of(found)
        if found is None or reply is None or reply.problem is not None:
            return None
        return Control(found, reply, (found.endpoint or "").rsplit(":", 1)[0])

    @cached_property
    def one_page_for_everything(self) -> bool:
        """Whether every ordinary request that decides brought the page of a name that cannot exist."""
        own = self.own_page
        if own is None:
            return False
        page = shape(own.reply, f"{own.host}/")
        forwarded = [(o.endpoint, o.forward_answer) for o in self.observations if o.decides == "forward"]
        said = ((endpoint, answer) for endpoint, answer in forwarded if answer is not None and answer.problem is None)
        return all(alike(shape(answer, endpoint.host + endpoint.path), page) for endpoint, answer in said)

    @cached_property
    def page_for_no_name(self) -> tuple[Reply, str] | None:
        """What came in a tunnel to port 80 of a name that cannot exist, with that name; None where none opened."""
        found = next((e for e in self.of("controls", "http") if e.variant == PAGE_FOR_NO_NAME), None)
        reply = reply_of(found)
        if found is None or reply is None or reply.problem is not None:
            return None
        return reply, (found.endpoint or "").rsplit(":", 1)[0]

    @cached_property
    def asked_for_no_name(self) -> bool:
        """Whether plain HTTP was asked of a name that cannot exist in the way that decides, as today's runs do: in a
        tunnel, or as an ordinary request."""
        if self.device.proxy.plain_http == "forward":
            return any(e.variant == OWN_PAGE for e in self.of("plain-http", "http_forward"))
        return any(
            e.variant == PAGE_FOR_NO_NAME for e in (*self.of("controls", "connect"), *self.of("controls", "auth"))
        )

    @cached_property
    def spared(self) -> frozenset[str]:
        """The endpoints to which no credentials were sent, so that the account is not locked."""
        held = (e for e in self.evidence if e.failure is not None and e.failure.detail == SPARED)
        return frozenset(e.endpoint for e in held if e.endpoint is not None and e.check != "controls")

    @cached_property
    def inside(self) -> Hearing:
        """What was heard inside TLS."""
        return hearing(self.observations, self.of("outside", "http"))

    def challenge(self, record: Evidence) -> Reply | None:
        """The 407 in a record, if it is one; interim answers may stand before it."""
        if record.operation not in ("connect", "auth", "http_forward") or record.received[:12] in _OPENS:
            return None
        reply = reply_of(record)
        return reply if reply is not None and reply.status == 407 else None

    def repeated(self, observation: Observation, variant: str) -> Observation | None:
        """What came of the same endpoint in a repeat of that variant; None where it was not asked for."""
        asked = [e for e in self._controls.get(variant, ()) if e.endpoint == observation.id]
        if not asked:
            return None
        connects = tuple(e for e in asked if e.operation in ("connect", "auth"))
        return Observation(observation.endpoint, "tunnel", last_of(asked, ("proxy_tcp",)), connects, None, None)

    def outside(self, endpoint: str, operation: str, variant: str | None = None) -> Evidence | None:
        """The control beside the proxy for one endpoint: `control_dns`, `control_tcp` or `control_tls`."""
        return self._outside.get((endpoint, operation, variant))
