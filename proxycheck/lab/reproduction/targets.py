"""Sets of targets in few words: by port, by domain or by name, and exactly these of those that were measured."""

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from proxycheck.model.target import Target
from proxycheck.model.text import printable
from proxycheck.wire.domains import domain_of

_LONGEST = 4000
_PLAIN = re.compile(r"[a-z0-9_.-]+")
NO_SUCH_NAME = "[.]invalid$"
"""Matches the names that cannot exist, which runs ask for."""
_WHOLE_DOMAIN = 2
"""Hosts of one domain from which on the domain is meant, where all measured ones of it behave alike."""


class Selector(Struct, frozen=True):
    """Some targets, as rules of addons name them: a regular expression for the host, '' for any, and ports, none for
    any. `origin` says in words which endpoints of the report these are."""

    hosts: str = ""
    ports: tuple[int, ...] = ()
    origin: str = ""

    def matches(self, target: Target) -> bool:
        """Whether a target is meant."""
        return re.search(self.hosts, target.host) is not None and (not self.ports or target.port in self.ports)

    @property
    def fields(self) -> dict[str, str | list[str | int]]:
        """The conditions of a rule; without any it applies to everything."""
        found: dict[str, str | list[str | int]] = {"from": self.origin} if self.origin else {}
        if self.hosts:
            found["hosts"] = self.hosts
        if self.ports:
            found["ports"] = list(self.ports)
        return found


def names_of(targets: Iterable[Target]) -> str:
    """The targets by name, for a person who reads a rule. A target whose port does not matter has none."""
    return printable(", ".join(target.id if target.port else target.host for target in targets), _LONGEST)


def selectors(chosen: Collection[Target], measured: Collection[Target]) -> tuple[Selector, ...]:
    """Selectors that together match exactly the chosen ones of the measured targets."""
    wanted, rest = frozenset(chosen), frozenset(measured) - frozenset(chosen)
    if not rest:
        return (Selector(),)
    ports = tuple(sorted({target.port for target in wanted}))
    if not any(target.port in ports for target in rest):
        return (Selector(ports=ports),)
    hosts = {target.host for target in wanted}
    if not any(target.host in hosts for target in rest):
        return (Selector(hosts_pattern(hosts, {target.host for target in rest})),)
    return tuple(_by_port(wanted, rest))


def _by_port(wanted: Collection[Target], rest: Collection[Target]) -> Iterator[Selector]:
    """Whole ports first, then the hosts that are left; ports with the same hosts together."""
    whole = {target.port for target in wanted} - {target.port for target in rest}
    if whole:
        yield Selector(ports=tuple(sorted(whole)))
    patterns: dict[str, list[int]] = {}
    for port in sorted({target.port for target in wanted} - whole):
        hosts = {target.host for target in wanted if target.port == port}
        others = {target.host for target in rest if target.port == port}
        patterns.setdefault(hosts_pattern(hosts, others), []).append(port)
    for pattern, ports in patterns.items():
        yield Selector(pattern, tuple(ports))


def hosts_pattern(hosts: Collection[str], others: Collection[str]) -> str:
    """A regular expression for these hosts and none of the others: whole domains where there are several hosts."""
    domains = {domain_of(host) for host in hosts}
    shared = {
        domain
        for domain in domains
        if sum(domain_of(host) == domain for host in hosts) >= _WHOLE_DOMAIN
        and not any(domain_of(host) == domain for host in others)
    }
    parts = [_joined("(^|[.])", sorted(shared))] if shared else []
    single = sorted(host for host in hosts if domain_of(host) not in shared)
    parts += [_joined("^", single)] if single else []
    return "|".join(parts)


def _joined(start: str, names: Iterable[str]) -> str:
    escaped = [_escaped(name) for name in names]
    return f"{start}{escaped[0]}$" if len(escaped) == 1 else f"{start}({'|'.join(escaped)})$"


def _escaped(name: str) -> str:
    return name.replace(".", "[.]") if _PLAIN.fullmatch(name) else re.escape(name)
