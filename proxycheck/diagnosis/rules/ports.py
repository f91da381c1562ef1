"""Ports at which no tunnel opens while tunnels to others do."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Control, Observation
from proxycheck.diagnosis.rules.behind import ports_of
from proxycheck.diagnosis.rules.connect import (
    answered,
    answers,
    cannot_connect,
    like_control,
    may_be_upstream,
    refused,
    refuses_the_form,
    same_answer,
    says_unreached,
    too_much,
)
from proxycheck.diagnosis.shape import alike, shape
from proxycheck.model.cause import Confidence
from proxycheck.model.text import counted
from proxycheck.wire.domains import domain_of

_FORM_AT_443 = (
    "This answer refuses the form of the request ({status}). At port 443 the device leaves the port out of the Host "
    "field, as this test does; at other ports it writes it. What insists on it there (Jetty does) refuses the device "
    "by that. The commands below write the port: if they open the tunnel, it is the form, and no rule about ports."
)


def port_denied(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """A port on which nothing opens while another port opens. Hosts that have no other port may be refused for what
    they are as well: then the rules about hosts look at them, too."""
    denied, alone = _closed_ports(case, {o.id for o in unexplained})
    certain: Confidence = "conclusive" if denied else "strong"
    besides: list[Observation] = []
    for members in alone:
        if _uniform_policy(case, members, denied):
            also = _refused_for_itself(case, members) or _refused_as_neighbours(case, members)
            (besides if also else denied).extend(o for o in members if refused(o))
    besides = [o for o in besides if denied or _name_refused_too(case, o)]
    if besides:
        ports = ports_of(besides)
        said = f"port {ports}: {answers(besides)}; at open ports they, or others of their domain, got the same"
        yield Finding("connect.port-denied", tuple(besides), "strong", (said,), final=False)
    if denied:
        none = "the only tunnel did not open" if len(denied) == 1 else f"none of {len(denied)} tunnels opened"
        words = (
            f"port {ports_of(denied)}: {none}: {answers(denied)}",
            f"port {ports_of(case.opened)}: {counted(len(case.opened), 'tunnel')} opened",
            *(f"{o.endpoint.host} itself is not refused: at port 443 it opens" for o in denied if _opens(case, o)),
        )
        if all(_at_443_by_its_form(case, o) for o in denied):
            form = _FORM_AT_443.format(status=answered(denied[0]))
            yield Finding("connect.port-denied", tuple(denied), "weak", words, "blocker", detail=form)
        else:
            yield Finding("connect.port-denied", tuple(denied), certain, words)


def _at_443_by_its_form(case: Case, observation: Observation) -> bool:
    """Whether the refusal of a tunnel to port 443 may be about the one thing that is written otherwise there."""
    otherwise = not case.device.proxy.connect.host_port_443 and observation.endpoint.port == _HTTPS
    return otherwise and refuses_the_form(observation)


_HTTPS = 443


def _closed_ports(case: Case, free: Collection[str]) -> tuple[list[Observation], list[list[Observation]]]:
    """What is refused at ports where nothing opens: all of those where a host opens on another port, and, port by port,
    those whose hosts have no other. Silence is no refusal: a firewall behind the proxy looks the same."""
    by_port: dict[int, list[Observation]] = defaultdict(list)
    for observation in case.tunnels if case.opened else ():
        by_port[observation.endpoint.port].append(observation)
    open_hosts = {o.endpoint.host for o in case.opened}
    certain: list[Observation] = []
    alone: list[list[Observation]] = []
    for members in by_port.values():
        left = [o for o in members if o.id in free and refused(o) and not _no_matter_of_ports(case, o)]
        if not left or any(o.opened for o in members):
            continue
        if any(o.endpoint.host in open_hosts for o in left):
            certain += left
        else:
            alone.append(left)
    return certain, alone


def _no_matter_of_ports(case: Case, observation: Observation) -> bool:
    return cannot_connect(case, observation) or says_unreached(observation) or too_much(case, observation)


def _refused_as_neighbours(case: Case, members: Sequence[Observation]) -> bool:
    """Whether hosts of the same domain were refused in the same way at a port that is open."""
    ports = {o.endpoint.port for o in case.opened}
    domains = {domain_of(o.endpoint.host) for o in members}
    others = (o for o in case.tunnels if o.endpoint.port in ports and not o.opened)
    return any(domain_of(o.endpoint.host) in domains and same_answer(members[0], o) for o in others)


def _name_refused_too(case: Case, observation: Observation) -> bool:
    """Whether a name that cannot exist is refused at the same port in the same way, and otherwise elsewhere."""
    here = case.nonexistent_at(observation.endpoint.port)
    return like_control(observation, here) and not like_control(observation, case.nonexistent)


def _opens(case: Case, observation: Observation) -> bool:
    """Whether its host opens at a port that is open: so it is not refused for what it is."""
    control = case.at_open_port(observation)
    return control is not None and control.reply.success


def _refused_for_itself(case: Case, members: Sequence[Observation]) -> bool:
    """Whether a host gets the same answer at a port that is open."""
    return any(like_control(o, case.at_open_port(o)) for o in members)


def _uniform_policy(case: Case, members: Sequence[Observation], denied: Sequence[Observation]) -> bool:
    """Whether hosts that have no other port are refused by policy: in the words of a denied port, in those with which a
    name is refused there that cannot exist, or by a client error where that name tells nothing. Where it is told there
    what it is told elsewhere, which is not what these hosts were told, the port is open."""
    first = members[0]
    if not refused(first) or not all(same_answer(first, o) for o in members):
        return False
    if any(_opens(case, o) for o in members) and not may_be_upstream(first):
        return True
    if like_control(first, case.nonexistent) or (first.shape is None and _cuts_unknown_names(case)):
        return False  # what an unknown name gets as well says nothing of the port
    here = case.nonexistent_at(first.endpoint.port)
    if _name_refused_too(case, first):
        return True
    if _refused_for_itself(case, members):
        return False
    if here is not None and any(_name_refused_too(case, o) for o in denied):
        return False  # this proxy looks at ports first
    if any(same_answer(first, o) for o in denied):
        return True
    if here is not None and _told_alike(here, case.nonexistent):
        return False
    return first.shape is not None and not may_be_upstream(first)


def _told_alike(one: Control, other: Control | None) -> bool:
    return other is not None and alike(shape(one.reply, one.host), shape(other.reply, other.host))


def _cuts_unknown_names(case: Case) -> bool:
    return case.nonexistent is not None and case.nonexistent.reply.problem is not None
