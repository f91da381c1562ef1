"""The proxy lets the request through but does not reach the host: no name, no route, no answer.

The guides are years old and some hosts are gone. A few hosts that fail while their neighbours work are no verdict on
the proxy: without a control they degrade, weakly; with one they are `endpoint.down` or the proxy's own failure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import structs

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Control, Observation
from proxycheck.diagnosis.rules.behind import ports_of
from proxycheck.diagnosis.rules.connect import answers, like_control, may_be_upstream, refuses_the_form, same_answer
from proxycheck.diagnosis.rules.listener import forwarded, forwards
from proxycheck.diagnosis.upstream_words import page_begins, upstream_words
from proxycheck.model.cause import CauseCode
from proxycheck.model.text import counted, printable
from proxycheck.wire.domains import domain_of

Kind = Literal[
    "connect.dns-failure",
    "connect.upstream-refused",
    "connect.upstream-timeout",
    "connect.upstream-error",
    "connect.timeout",
    "connect.empty-reply",
    "connect.reset",
]
_MANY = 1 / 3
"""From this share of all tunnels on, the failing hosts are no longer an ageing guide's few."""
_SOME = 10
"""One in so many may be gone, and says nothing of the others."""
_WHOLE_DOMAIN = 3
_REASONS = ("X-Squid-Error", "Proxy-Status")
"""Fields in which a proxy gives its reason for a failure, in its own word (Squid; RFC 9209)."""
_REASONS_TOLD = 3
_CUT: dict[str, Kind] = {"timeout": "connect.timeout", "empty": "connect.empty-reply", "reset": "connect.reset"}
"""Tunnels that ended without a word."""


def _kind(case: Case, observation: Observation) -> Kind | None:
    if observation.ended in _CUT and (case.opened or observation.ended == "timeout"):
        return _CUT[observation.ended]
    like_no_name = like_control(observation, case.nonexistent)
    if not may_be_upstream(observation) and not like_no_name:
        return None
    named = upstream_words(observation)
    if named is not None:
        return named
    if like_no_name and not refuses_the_form(observation) and _names_are_the_matter(case, observation):
        return "connect.dns-failure"
    reply = observation.reply
    return "connect.upstream-timeout" if reply is not None and reply.status == 504 else "connect.upstream-error"


def _names_are_the_matter(case: Case, observation: Observation) -> bool:
    """Whether a target without a name gets another answer. Among neighbours that work, a proxy that words every failure
    alike says nothing of names."""
    if case.opened:
        return not like_control(observation, case.own_address)
    for own in (case.own_address, case.own_port):
        if own is None or own.reply.problem is not None or like_control(observation, own):
            continue
        if own.reply.success or own.reply.status >= 500:
            return True
    return False


def unreached(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Groups what the proxy could not reach by the reason it gives, or that comparison shows."""
    kinds: dict[Kind, list[Observation]] = defaultdict(list)
    for observation in unexplained:
        if observation.decides == "tunnel" and observation.measured and not observation.opened:
            kind = _kind(case, observation)
            if kind is not None:
                kinds[kind].append(observation)
    for kind, members in kinds.items():
        found = _among_neighbours(case, kind, members) if case.opened else (_everywhere(case, kind, members),)
        for finding in found:
            said = tuple(_reasons(finding.observations)) if finding.code == "connect.upstream-error" else ()
            yield structs.replace(finding, because=(*finding.because[:1], *said, *finding.because[1:]))


def _reasons(observations: Iterable[Observation]) -> Iterator[str]:
    """The reason in the proxy's own word, where it gives one: the status alone says nothing."""
    replies = [o.reply for o in observations if o.reply is not None]
    given = Counter(f"{name}: {value}" for reply in replies for name in _REASONS if (value := reply.value(name)))
    for said, _ in given.most_common(_REASONS_TOLD):
        yield f"the proxy's own reason: {printable(said, 80)}"


def _everywhere(case: Case, kind: Kind, members: Sequence[Observation]) -> Finding:
    because = [f"no tunnel opened: {answers(members)}"]
    because += _plain_passes(case, members)
    answered = [own for own in (case.own_address, case.own_port) if own is not None and own.reply.problem is None]
    if kind == "connect.timeout" and answered:
        return _silent_everywhere(case, members, because, answered[0])
    if kind == "connect.dns-failure" and any(own.reply.success for own in answered):
        because.append("a tunnel to an address, without a name, does open")
    if kind == "connect.dns-failure" and like_control(members[0], case.own_address):
        because.append("this proxy words every failure alike: a missing route to the internet would look the same")
        return Finding(kind, tuple(members), "weak", tuple(because))
    because += _page_of(kind, members)
    return Finding(kind, tuple(members), "strong", tuple(because))


def _plain_passes(case: Case, members: Sequence[Observation]) -> Iterator[str]:
    """What it tells that ordinary requests pass: tunnels may take another way, such as a proxy behind this one."""
    if not forwards(case):
        return
    passes = "ordinary HTTP requests pass through the same proxy"
    plain = {o.id for o in forwarded(case)}
    if any(o.id in plain for o in members):
        yield f"{passes}, even to the same host and port: tunnels take another way, such as a parent proxy"
    else:
        yield f"{passes}: it is cut off from port {ports_of(members)} alone"


def _silent_everywhere(case: Case, members: Sequence[Observation], because: list[str], own: Control) -> Finding:
    """What the answers to comparisons tell of a silence for all hosts. One that takes nearly as long as the silence
    tells nothing: the proxy waits there as well."""
    silence_s = min(o.connect.duration_s for o in members if o.connect is not None)
    unknown = case.nonexistent
    if not _prompt(own, silence_s):
        said = f"for an address without a name the answer ({own.reply.status}) takes {own.evidence.duration_s:.1f} s"
        return Finding("connect.timeout", tuple(members), "strong", (*because, said))
    because = [*because, f"for an address without a name the proxy answers at once ({own.reply.status})"]
    if unknown is not None and unknown.reply.problem is None and _prompt(unknown, silence_s):
        said = f"so it does for a name that cannot exist ({unknown.reply.status}): it waits for the hosts"
        return Finding("connect.timeout", tuple(members), "strong", (*because, said))
    return Finding("connect.dns-failure", tuple(members), "strong", tuple(because))


def _prompt(control: Control, silence_s: float) -> bool:
    return control.evidence.duration_s * _MUCH_SHORTER <= silence_s


_MUCH_SHORTER = 4
"""So many times a wait has to be shorter than a silence to be told from it."""


def _among_neighbours(case: Case, kind: Kind, members: Sequence[Observation]) -> Iterator[Finding]:
    down: list[Observation] = []
    proxys: list[Observation] = []
    unsettled: list[Observation] = []
    for observation in members:
        settled = _settle(case, kind, observation)
        (down if settled is False else proxys if settled else unsettled).append(observation)
    if down:
        said = "without the proxy these hosts fail as well, while a host that works through the proxy answers"
        yield Finding("endpoint.down", tuple(down), "strong", (answers(down), said), "info")
    if proxys:
        said = "without the proxy these hosts answer"
        yield Finding(kind, tuple(proxys), "strong", (answers(proxys), said))
    cut_off = _cut_off(case, unsettled)
    if cut_off:
        yield _at_ports(case, kind, cut_off)
    unsettled = [o for o in unsettled if o not in cut_off]
    if unsettled:
        yield _unsettled(case, kind, unsettled)


def _settle(case: Case, kind: CauseCode, observation: Observation) -> bool | None:
    """True: the proxy's failure; False: the host's; None: no control to be had."""
    name = case.outside(observation.id, "control_dns")
    if name is None:
        return None
    if name.failure is not None:
        return False if name.failure.name == "unresolvable" else None
    if kind == "connect.dns-failure":
        return True
    direct = case.outside(observation.id, "control_tcp")
    return None if direct is None else direct.failure is None


def _unsettled(case: Case, kind: Kind, members: Sequence[Observation]) -> Finding:
    opened = f"{answers(members)}; {counted(len(case.opened), 'other tunnel')} opened"
    because = (opened, *_page_of(kind, members))
    listed = kind == "connect.upstream-error" and all(_anything_but_a_gateway_error(case, o) for o in members)
    if listed and _many(case, members):
        return Finding("connect.host-denied", tuple(members), "strong", because, detail=_LISTED)
    if _many(case, members) or whole_domain(case, members):
        return Finding(kind, tuple(members), "strong", because)
    settle = "to settle it, run the test where public DNS or a direct connection is possible"
    return Finding(kind, tuple(members), "weak", (*because, settle), "degraded")


_HAVE_AN_ADDRESS = (
    "These hosts open on other ports: the proxy knows their addresses, whatever its answer says. Either a rule of the "
    "proxy refuses port {ports} in these words, or something behind it does not let the proxy out to that port. Its "
    "log tells which. The port has to be permitted by both."
)


def _at_ports(case: Case, kind: Kind, members: Sequence[Observation]) -> Finding:
    """Ports that the proxy does not reach, or refuses as if it did not: names that are found are not the matter."""
    ports = ", ".join(str(port) for port in sorted({o.endpoint.port for o in members}))
    opened = f"{answers(members)}; {counted(len(case.opened), 'other tunnel')} opened"
    said = f"the same hosts open on other ports: the proxy does not reach port {ports}"
    if kind == "connect.timeout":
        return Finding(kind, tuple(members), "strong", (opened, said))
    detail = _HAVE_AN_ADDRESS.format(ports=ports) if kind in ("connect.dns-failure", "connect.upstream-error") else None
    named: Kind = "connect.upstream-error" if kind == "connect.dns-failure" else kind
    return Finding(named, tuple(members), "strong", (opened, said), detail=detail)


_LISTED = (
    "A name that cannot exist and the proxy's own address get the same answer, which is no gateway error. So the proxy "
    "seems to permit what is on a list, and to answer like this for all the rest."
)


def _anything_but_a_gateway_error(case: Case, observation: Observation) -> bool:
    """Whether this proxy refuses by a client error what it does not know, with a name or without."""
    return not may_be_upstream(observation) and like_control(observation, case.own_address)


def _page_of(kind: Kind, members: Sequence[Observation]) -> tuple[str, ...]:
    """What the page says of a failure for which no reason is known, in its first words."""
    pages = (page_begins(o.reply) for o in members if o.reply is not None)
    words = next((words for words in pages if words), None) if kind == "connect.upstream-error" else None
    return (f"its page begins: {words}",) if words else ()


def _many(case: Case, members: Sequence[Observation]) -> bool:
    """Whether these are more than an ageing guide's few; where some fail each time they are asked for, those that
    failed once are counted with them."""
    once = sum(o.before is not None and o.opened for o in case.tunnels)
    some = len(members) * _SOME > len(case.tunnels)
    return len(members) + (once if some else 0) > _MANY * len(case.tunnels)


def whole_domain(case: Case, members: Sequence[Observation]) -> bool:
    """Whether the members are all there is of some domain, and are several hosts of it."""
    hosts, opened = {o.endpoint.host for o in members}, {o.endpoint.host for o in case.opened}
    domains = {domain_of(host) for host in hosts}
    return any(_lost(domain, hosts) >= _WHOLE_DOMAIN and not _lost(domain, opened) for domain in domains)


def _cut_off(case: Case, members: Sequence[Observation]) -> list[Observation]:
    """Those at ports on which nothing opens, although hosts among `members` open on another port. A host that has only
    such a port is one of them where it was answered as they were."""
    alive, open_ports = {o.endpoint.host for o in case.opened}, {o.endpoint.port for o in case.opened}
    closed = [o for o in members if o.endpoint.port not in open_ports]
    known = [o for o in closed if o.endpoint.host in alive]
    return [o for o in closed if any(same_answer(o, other) for other in known)]


def _lost(domain: str, hosts: set[str]) -> int:
    return sum(domain_of(host) == domain for host in hosts)
