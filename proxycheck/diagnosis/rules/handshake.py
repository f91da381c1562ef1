"""A handshake that does not come to its end in a tunnel that opened: for its name, for its greeting, or by chance."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.behind import hosts_of_its_domain
from proxycheck.diagnosis.rules.ends import DEAD, ambiguous, decided, directly, ends, failure_of, is_down, names_pass
from proxycheck.diagnosis.rules.hellos import greeted
from proxycheck.model.cause import Confidence
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.knowledge import ToldAs
from proxycheck.model.questions import HelloVariant, no_such_name, server_name, working_name
from proxycheck.model.text import counted
from proxycheck.wire.domains import domain_of


def cut(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """A handshake that is cut for some hosts while it completes for others; or for all, while other things pass."""
    members = [o for o in decided(unexplained) if o.endpoint.speaks == "tls" and failure_of(o)]
    if not members:
        return
    proved = sum(o.proved and o.endpoint.speaks == "tls" for o in case.observations)
    everywhere = not proved and len({o.endpoint.host for o in members}) > 1
    neighbours = f"{counted(proved, 'other handshake')} completed" if proved else "no handshake completed"
    unlisted = _unlisted(case, members)
    named = _as_compared(case, [o for o in members if o not in unlisted], lambda o: _cut_by_name(case, o))
    told = (*unlisted, *named)
    answering = [o for o in members if o not in told and directly(case, o) is True]
    down = [o for o in members if o not in told and is_down(case, o)]
    left = [o for o in members if o not in (*told, *answering, *down)]
    slow = [o for o in left if failure_of(o) == "timeout" and o.payload and not case.says_something(o.payload)]
    left = [o for o in left if o not in slow]
    cleared = _as_compared(case, left, lambda o: failure_of(o) in DEAD and names_pass(case, [o]))
    several = [o for o in cleared if hosts_of_its_domain(o, cleared) and proved and not ambiguous(case)]
    # A lone host of another domain that ends in the same way is cut by the same, as far as anybody can tell.
    several = [o for o in cleared if failure_of(o) in {failure_of(other) for other in several}]
    cleared = [o for o in cleared if o not in several]
    left = [o for o in left if o not in (*cleared, *several)]
    ours = left if _answers_the_device(case, left) else []
    left = [o for o in left if o not in ours]
    certain = [o for o in left if everywhere or (proved and failure_of(o) in DEAD and not ambiguous(case))]
    yield from _blocked(unlisted, _ONLY_LISTED, neighbours)
    yield from _blocked(named, "as server name it is cut in a working host's connection too", neighbours)
    yield from _blocked(answering, "without the proxy the handshake completes", neighbours, everywhere=everywhere)
    eager = _OR_NOT_LET_OUT if everywhere and case.proxy is not None and ambiguous(case) else None
    yield from _blocked(certain, "", neighbours, everywhere=everywhere, detail=eager)
    yield from _blocked(several, "", neighbours, detail=_BY_HOST)
    yield from _no_filter_of_names(cleared, neighbours)
    yield from _refused_to_this_test(ours)
    if down:
        said = "without the proxy these hosts fail as well, while a host that works through the proxy answers"
        yield Finding("endpoint.down", tuple(down), "strong", (said,), "info")
    if slow:
        yield _slow(case, slow)
    unsettled = [o for o in left if o not in certain]
    if unsettled:
        said = f"the handshake failed ({ends(unsettled)}); a host that is gone would look the same"
        yield Finding("tls.blocked", tuple(unsettled), "weak", (said, neighbours), "degraded")


def _as_compared(case: Case, members: Sequence[Observation], holds: Callable[[Observation], bool]) -> list[Observation]:
    """Those of which it holds. A few names are compared: of others it holds where it does for all of their domain that
    were and that ended in the same way."""
    compared = [o for o in members if case.compared(server_name(o.endpoint.host), "tls")]
    settled: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for observation in compared:
        settled[_way(observation)].append(holds(observation))
    return [o for o in members if (holds(o) if o in compared else all(settled.get(_way(o), (False,))))]


def _way(observation: Observation) -> tuple[str, str]:
    return domain_of(observation.endpoint.host), failure_of(observation)


def _slow(case: Case, members: Sequence[Observation]) -> Finding:
    """Silences no longer than what the hosts take here that do answer."""
    waited_s = max(o.payload.duration_s for o in members if o.payload is not None)
    longest_s = max(case.handshakes_s.values())
    said = f"{counted(len(members), 'handshake')} had not ended after {waited_s:.0f} s"
    others = f"{counted(len(case.handshakes_s), 'other')} completed, after up to {longest_s:.0f} s each"
    return Finding("tunnel.slow", tuple(members), "weak", (said, others), "degraded", detail=_HOW_SLOW)


_HOW_SLOW = (
    "These hosts may be cut off, or only slower still than the others. --canary measures the speed with a server of "
    "your own; --timeout 60 waits longer."
)


_ONLY_LISTED = (
    "its tunnel is answered under the name of a host that works, and the tunnel of that one is cut under this name and "
    "under one that cannot exist: only listed names pass"
)
_OR_NOT_LET_OUT = (
    "This proxy opens a tunnel before it knows whether it reaches the host. So a firewall behind it that does not let "
    "it out to these ports looks the same: its log, or the firewall's, tells."
)
_BY_HOST = (
    "Several hosts of one domain do not refuse by themselves. Their names alone are not cut, said as server name in a "
    "working host's connection: what cuts TLS knows these hosts by the tunnel asked for, or by their addresses."
)
_CLEARED = (
    "So no filter reads this name in TLS. Either the host itself refuses, or something stands before its address, "
    "behind the proxy: try it from elsewhere before anybody changes the proxy."
)
_OURS = (
    "So the device may well get through. Something tells TLS clients apart by their greeting and refuses the one that "
    "this test completes handshakes with; whether it lets the device's own pass to the end could not be told. Exempt "
    "the address of this computer from it, and repeat the test."
)


def _no_filter_of_names(members: list[Observation], neighbours: str) -> Iterator[Finding]:
    if members:
        said = f"the handshake ended without an answer ({ends(members)})"
        because = (said, "the name itself is not cut, said as server name in a working host's connection", neighbours)
        yield Finding("tunnel.dead", tuple(members), "weak", because, "degraded", detail=_CLEARED)


def _refused_to_this_test(members: list[Observation]) -> Iterator[Finding]:
    if members:
        said = f"the handshakes of this test ended without an answer ({ends(members)})"
        because = (said, "the same hosts answer the device's own greeting")
        yield Finding("tls.blocked", tuple(members), "weak", because, "degraded", detail=_OURS)


def _answers_the_device(case: Case, members: Sequence[Observation]) -> bool:
    """Whether the device's own greeting was answered by every one of these hosts that got it, and by some, and that of
    this test by none."""
    if any(_answered(o) for o in members):
        return False
    own = HelloVariant(case.device.client_hello.profile)
    asked = [host for host in greeted(case) if host.observation in members and own in host.answers]
    return len(asked) >= _SOME and all(host.passes(own) for host in asked)


_SOME = 2


def _blocked(
    members: list[Observation], proof: str, neighbours: str, *, everywhere: bool = False, detail: str | None = None
) -> Iterator[Finding]:
    if not members:
        return
    when = "during the handshake" if any(_answered(o) for o in members) else "right after the ClientHello"
    said = f"the connection ended {when} ({ends(members)})"
    proofs = (f"{members[0].endpoint.host}: {proof}",) if proof else ()
    confidence: Confidence = "conclusive" if proof else "strong"
    told: ToldAs | None = "everywhere" if everywhere else None
    because = (said, *proofs, neighbours)
    yield Finding("tls.blocked", tuple(members), confidence, because, told_as=told, detail=detail)


def _answered(observation: Observation) -> bool:
    """Whether the server said something in TLS before the handshake ended, and not only why it ends."""
    return observation.payload is not None and observation.payload.received.startswith(_HANDSHAKE)


_HANDSHAKE = "\x16\x03"
"""A record of the handshake (RFC 8446 section 5.1)."""


def _cut_by_name(case: Case, observation: Observation) -> bool:
    """Whether the host's name alone, in the tunnel of a host that answers, ends the handshake as well."""
    record = next(iter(case.compared(server_name(observation.endpoint.host), "tls")), None)
    if record is None or record.failure is None or _strangers_are_cut(case, record):
        return False
    if record.failure.name in DEAD:
        return failure_of(observation) in DEAD and not record.received
    own = observation.payload.tls if observation.payload is not None else None
    if own is None or own.alert is None or record.tls is None:
        return False
    return own.alert == record.tls.alert and "unrecognized" not in own.alert  # a host may not know a stranger's name


def _unlisted(case: Case, members: Sequence[Observation]) -> list[Observation]:
    """Hosts that answer in their own tunnels as soon as another name is said there, where any name but those of some
    hosts is cut. A few are compared; what ended as they did, ended for the same reason."""
    compared = [o for o in members if case.compared(working_name(o.endpoint.host), "tls")]
    if not compared or not all(_answers_renamed(case, o) for o in compared):
        return []
    ways = {failure_of(o) for o in compared}
    return [o for o in members if failure_of(o) in ways and not _answered(o)]


def _answers_renamed(case: Case, observation: Observation) -> bool:
    renamed = case.compared(working_name(observation.endpoint.host), "tls")
    as_stranger = case.compared(server_name(observation.endpoint.host), "tls")
    cut = all(e.failure is not None and e.failure.name in DEAD for e in as_stranger)
    return failure_of(observation) in DEAD and bool(as_stranger) and cut and all(e.failure is None for e in renamed)


def _strangers_are_cut(case: Case, record: Evidence) -> bool:
    """Whether a name that cannot exist ends with the same tunnel's host as well: then no name but its own passes."""
    host = (record.endpoint or "").rpartition(":")[0]
    said = case.compared(no_such_name(host), "tls")
    return any(e.failure is not None and e.failure.name in DEAD for e in said)
