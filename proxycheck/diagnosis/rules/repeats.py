"""What there was too much of: what failed at first was asked for again, alone and beside as many others as before.

Too many at once fail whenever there are too many. What failed once and then opens beside as many others as before was a
fault that comes and goes: see `unsteady`.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.behind import ports_of
from proxycheck.diagnosis.rules.connect import answers, same_answer, status, too_much
from proxycheck.model.cause import CauseCode, Severity
from proxycheck.model.questions import again, alone, crowd, together, tries_alone
from proxycheck.model.text import counted, was, were
from proxycheck.wire.domains import domain_of, owner_of
from proxycheck.wire.http.reply import reply_in

Variant = Callable[[str], str]


def repeated(case: Case, variant: Variant) -> list[Observation]:
    """What came of every endpoint that was asked for again in this way."""
    found = (case.repeated(o, variant(o.endpoint.host)) for o in case.observations)
    return [observation for observation in found if observation is not None]


def reopened(case: Case, observations: Sequence[Observation]) -> list[Observation]:
    """Those that opened when they were asked for again."""
    found = ((o, case.repeated(o, again(o.endpoint.host))) for o in observations)
    return [o for o, later in found if later is not None and later.opened]


def not_opened(unexplained: Sequence[Observation]) -> list[Observation]:
    """Tunnels that did not open."""
    return [o for o in unexplained if o.decides == "tunnel" and o.measured and not o.opened]


_CUT = frozenset(("empty", "reset"))
"""A close becomes a reset where something was left unread."""


def failed_alike(one: Observation, other: Observation) -> bool:
    """Whether both failed in the same way; a connection that is not accepted is no answer."""
    if _cut(one) and _cut(other):
        return True
    if one.failed_tcp or other.failed_tcp:
        return one.failed_tcp and other.failed_tcp
    return same_answer(one, other)


def _cut(observation: Observation) -> bool:
    """Whether the connection was closed without a word, be it before the request was sent."""
    failure = observation.tcp.failure if observation.failed_tcp and observation.tcp is not None else None
    return observation.ended in _CUT or (failure is not None and failure.name == "reset")


def like_any(observations: Sequence[Observation], others: Sequence[Observation]) -> list[Observation]:
    """Those that failed as one of the others did."""
    return [o for o in observations if any(failed_alike(o, other) for other in others)]


def in_a_crowd(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """What there was too much of: it shows again, or the proxy says so."""
    shown = list(_shown_again(case, unexplained))
    yield from shown
    told = {o.id for finding in shown for o in finding.observations}
    yield from _said_so(case, tuple(o for o in unexplained if o.id not in told))


def _said_so(case: Case, unexplained: Sequence[Observation]) -> Iterator[Finding]:
    """What the proxy itself refused as too much: however often it does so, that is no rule about a host or a port,
    unless it is always this port or these owners and never another. What it took when it was asked a second time
    works."""
    members = tuple(o for o in not_opened(unexplained) if too_much(case, o))
    always = _always_these(case, members)
    if always is not None:
        yield always
        return
    recovered = [o for o in unexplained if too_many_at_first(o)]
    later = [found for o in members if (found := case.repeated(o, again(o.endpoint.host))) is not None]
    taken = sum(o.opened for o in later)
    because = []
    if members:
        because.append(f"{were(len(members), 'tunnel')} refused as too many, and only for now: {answers(members)}")
        because.append(f"{counted(len(case.opened), 'other tunnel')} opened" if case.opened else "no tunnel opened")
    if later:
        because.append(f"{len(later)} of these {was(len(later))} asked for again later; {taken} opened")
    if recovered:
        because.append(f"{were(len(recovered), 'tunnel')} refused as too many at first, and opened later")
    if members:
        yield Finding("proxy.capacity", members, "strong", tuple(because), detail=_RATE)
    elif recovered:
        yield Finding("proxy.capacity", (), "strong", tuple(because), "degraded", final=False, detail=_RATE)


def _always_these(case: Case, members: Sequence[Observation]) -> Finding | None:
    """The rule about ports, owners or domains by which all of these are refused, and nothing else, however little there
    is at a time: then it is not for now, whatever the answer says."""
    if not members or not case.opened:
        return None
    later = [found for o in case.tunnels if (found := case.repeated(o, again(o.endpoint.host))) is not None]
    asked = {o.id for o in later} & {o.id for o in members}
    if not asked or any(o.opened == (o.id in asked) for o in later):
        return None
    if any(o.before is not None for o in case.tunnels if o.opened):
        return None
    kinds: tuple[tuple[CauseCode, Kind], ...] = (
        ("connect.port-denied", by_port),
        ("connect.host-denied", by_owner),
        ("connect.host-denied", by_domain),
    )
    code = next((code for code, key in kinds if _divided_by(case, members, key)), None)
    if code is None:
        return None
    domains = "all hosts of these domains, and no others"
    whole = f"port {ports_of(members)}" if code == "connect.port-denied" else domains
    because = (
        f"{whole}: {were(len(members), 'tunnel')} refused: {answers(members)}; {len(case.opened)} others opened",
        f"of these, {were(len(asked), 'tunnel')} asked for again later, beside nothing else; none opened",
    )
    return Finding(code, tuple(members), "strong", because, detail=_ALWAYS)


Kind = Callable[[Observation], Hashable]


def by_port(observation: Observation) -> Hashable:
    """The port of an endpoint."""
    return observation.endpoint.port


def by_owner(observation: Observation) -> Hashable:
    """The owner of its host."""
    return owner_of(observation.endpoint.host)


def by_domain(observation: Observation) -> Hashable:
    """The domain of its host."""
    return domain_of(observation.endpoint.host)


def grouped(case: Case, kind: Kind) -> list[list[Observation]]:
    """All tunnels, by their kind."""
    groups: dict[Hashable, list[Observation]] = defaultdict(list)
    for observation in case.tunnels:
        groups[kind(observation)].append(observation)
    return list(groups.values())


def _divided_by(case: Case, members: Sequence[Observation], kind: Kind) -> bool:
    """Whether this divides what is refused from what is not, more neatly than chance does."""
    refused = {o.id for o in members}
    groups = grouped(case, kind)
    if len(groups) * len(members) > _MOST_COUNTED or any(len({o.id in refused for o in found}) > 1 for found in groups):
        return False
    ways = [1] + [0] * len(members)  # in which so many are made up of whole groups
    for found in groups:
        for number in range(len(members), len(found) - 1, -1):
            ways[number] += ways[number - len(found)]
    return ways[-1] < BY_CHANCE * math.comb(len(case.tunnels), len(members))


_MOST_COUNTED = 1_000_000
"""Beyond this the ways are not counted: no device has so many endpoints, and each way is a number of thousands of
digits."""
BY_CHANCE = 0.00001
"""How likely chance must be to draw such a line, among many that may be drawn."""
_ALWAYS = (
    "The answer itself says that there is too much, or that it is only for now. It comes each time for these and never "
    "for others, also beside nothing else: that is a rule, whatever the answer calls it."
)
_RATE = (
    "The answer itself says that there were too many requests in a time, or that the proxy is overloaded. This test "
    "asks for all hosts within seconds; a device that asks for fewer in that time meets such a limit less often."
)
_TOO_MANY_REQUESTS = 429
ALONE = ("asked for again alone it opens", "asked for again alone they open")
"""Of one tunnel, and of several."""


def too_many_at_first(observation: Observation) -> bool:
    """Whether the proxy called the first attempt too much, and took a later one."""
    before = observation.before
    if before is None or before.operation not in ("connect", "auth") or not observation.opened:
        return False
    return reply_in(before).status == _TOO_MANY_REQUESTS


def _shown_again(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """What failed among many at once, opened by itself, and failed among as many once more."""
    left = not_opened(unexplained)
    beside = [o for o in repeated(case, crowd) if o.connects or o.failed_tcp]  # the others only waited
    opened = reopened(case, left)
    cut = like_any([o for o in beside if not o.opened], opened)  # what is denied is denied in any crowd
    quiet = repeated(case, alone)
    tries = sum(len(o.connects) for o in quiet if o.opened)
    wanted = tries_alone(len(cut), len(beside)) if cut else None
    members = like_any(left, cut)
    if not members or wanted is None or tries < wanted:
        return
    if like_any([o for o in quiet if not o.opened], opened):
        return
    # Where connections were turned away while others were taken, one that is cut without a word was one too many as
    # well: it says nothing of its port or host.
    if any(o.failed_tcp for o in members):
        members += [o for o in left if o not in members and o.connect is not None and not o.connect.received]
    tunnels = counted(len(members), "tunnel")
    said = f"{tunnels} failed among many at once ({ends(members)}); {ALONE[len(members) > 1]}"
    more = f"among {len(beside)} at once once more, {len(cut)} failed; {tries} tries of these alone all opened"
    yield Finding("proxy.capacity", tuple(members), "strong", (said, more))


def no_more(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """What opened at the beginning was refused when it was asked for once more, in the way in which others were: they
    were not refused for what they are, but for when they were asked for."""
    asked = [(o, found) for o in case.opened if (found := case.repeated(o, again(o.endpoint.host))) is not None]
    later = [(o, found) for o, found in asked if not found.opened and status(found) != _LOGIN]
    if not later or len(later) < len(asked):
        return
    # Who refuses connections has stopped; who takes them and cuts them at once is still there.
    left = (o for o in not_opened(unexplained) if not o.failed_tcp or _cut(o))
    members = tuple(o for o in left if all(failed_alike(o, found) for _, found in later))
    if len(members) < _SEVERAL:
        return
    number, worked = len(later), ", ".join(o.id for o, _ in later)
    asked_again = f"did not when {'it was' if number == 1 else 'they were'} asked for once more at the end"
    because = (
        f"{counted(len(case.opened), 'tunnel')} opened, {len(members)} did not ({ends(members)})",
        f"{worked} opened at the beginning, and {asked_again} ({ends([found for _, found in later])})",
    )
    severity: Severity | None = "blocker" if any(o.endpoint.tier == "required" for o, _ in later) else None
    yield Finding("proxy.capacity", members, "strong" if number > 1 else "weak", because, severity, detail=_NO_MORE)


def kept_open(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """Of a few tunnels that were opened and kept some got no answer, though the others were answered soon. A proxy that
    answers one after another goes on opening them."""
    beside = repeated(case, together)
    opened, silent = [o for o in beside if o.opened], [o for o in beside if o.ended == "timeout"]
    longest_s = max((o.connect.duration_s for o in opened if o.connect), default=0.0)
    waited_s = min((o.connect.duration_s for o in silent if o.connect), default=0.0)
    if len(silent) >= _SEVERAL and opened and longest_s * _SOONER <= waited_s:
        wanted = {o.id for o in silent}
        members = tuple(o for o in case.observations if o.id in wanted)
        because = (
            f"of {len(beside)} tunnels that were opened and kept, {len(opened)} opened within {longest_s:.1f} s",
            f"{len(silent)} got no answer in {waited_s:.0f} s; asked for a few at a time, and closed, they open",
        )
        yield Finding("tunnel.concurrency", members, "strong", because, "degraded", final=False)


_SOONER = 2
_SEVERAL = 2
_NO_MORE = (
    "So these hosts are not refused for what they are: from some moment on this computer is served no more. A quota of "
    "requests, of bytes or of time does so, and so does protection against scanning, which may take this test for one "
    "because it asks for many hosts within seconds. The log of the proxy, or of a firewall before it, tells which. "
    "Exempt the address of this computer from that, wait until it is served again, and repeat the test."
)


_LOGIN = 407


def ends(members: Sequence[Observation]) -> str:
    """How they failed, in words."""
    turned_away = sum(o.failed_tcp for o in members)
    told = [f"{were(turned_away, 'connection')} not accepted"] if turned_away else []
    asked = [o for o in members if not o.failed_tcp]
    return ", ".join((*told, *([answers(asked)] if asked else [])))
