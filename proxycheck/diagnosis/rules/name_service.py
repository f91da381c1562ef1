"""DNS: does port 53 pass, over UDP and TCP, and are the answers true?

The guides ask for DNS over both from the device itself, and one of them names a public server that the device asks by
address. Behind a proxy the same guide has everything tunnelled and names are the proxy's to resolve; without a proxy
nothing works without names.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from msgspec import Struct

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.model.cause import CauseCode, Severity
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import RESOLVERS, dns_question_of
from proxycheck.wire.dns_answer import DnsHead, read_head

CHECK: Final = "network"
_NOWHERE = ("0.", "127.")
_PRIVATE_NAME = "proxycheck-"
_ENDED = {"timeout": "no answer", "refused": "refused", "unreachable": "no route", "reset": "cut", "eof": "cut"}


class NameQuestion(Struct, frozen=True, dict=True):
    """One question to one server, read from its record."""

    record: Evidence

    @cached_property
    def server(self) -> str:
        """The server's address."""
        return (self.record.endpoint or "").rpartition(":")[0].strip("[]")

    @cached_property
    def transport(self) -> str:
        """`udp` or `tcp`."""
        return dns_question_of(self.record.variant).transport

    @cached_property
    def name(self) -> str:
        """The name that was asked for."""
        return dns_question_of(self.record.variant).name

    @cached_property
    def head(self) -> DnsHead | None:
        """The answer's head; None where none came."""
        return read_head(self.record.received_bytes) if self.record.failure is None else None

    @property
    def invented(self) -> bool:
        """Whether this name cannot have an address: it was invented for this run, or is of the domain `invalid`."""
        return self.name.startswith(_PRIVATE_NAME) or self.name.endswith(".invalid")

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses in the answer."""
        return tuple(filter(None, (self.record.note or "").split(", "))) if self.head is not None else ()


class Servers(Struct, frozen=True, dict=True):
    """Every question of a run, and which servers are whose: this system's own, and those the device asks itself."""

    questions: tuple[NameQuestion, ...]
    own: tuple[str, ...]
    named: tuple[str, ...]

    def over(self, transport: str, server: str) -> list[NameQuestion]:
        """The questions to one server over one transport."""
        return [q for q in self.questions if (q.transport, q.server) == (transport, server)]

    def answers(self, transport: str, server: str) -> bool:
        """Whether anything that is DNS came back, whatever it said."""
        return any(q.head is not None for q in self.over(transport, server))

    def silent(self, transport: str) -> list[str]:
        """Servers that were asked and never answered; this system's count only where not one of them does."""
        lost = [s for s in (*self.own, *self.named) if self.over(transport, s) and not self.answers(transport, s)]
        own = [server for server in self.own if server in lost]
        spared = own if len(own) < len(self.own) else []
        return list(dict.fromkeys(s for s in lost if s not in spared or s in self.named))

    def said(self, transport: str, servers: list[str]) -> tuple[str, ...]:
        """One sentence for each server: whose it is and how it failed."""
        return tuple(f"{self._whose(s)} {s}: {self._how(transport, s)} on {transport.upper()} port 53" for s in servers)

    def _whose(self, server: str) -> str:
        return "the DNS server that the device asks itself," if server in self.named else "this network's DNS server"

    def _how(self, transport: str, server: str) -> str:
        failures = [q.record.failure for q in self.over(transport, server) if q.record.failure is not None]
        return _ENDED.get(failures[-1].name, failures[-1].detail or failures[-1].name) if failures else "no answer"


def servers_of(case: Case) -> Servers | None:
    """What was asked of which server; None where nothing was."""
    questions = tuple(NameQuestion(record) for record in case.of(CHECK, "network_dns"))
    if not questions:
        return None
    listed = next((e.note or "" for e in case.of(CHECK, "network_route") if e.variant == RESOLVERS), "")
    named = tuple(server.address for server in case.device.network.dns_servers)
    return Servers(questions, tuple(filter(None, listed.split(", "))), named)


def name_service(case: Case) -> Iterator[Finding]:
    """All that DNS can do wrong."""
    servers = servers_of(case)
    if servers is not None:
        yield from _udp(case, servers)
        yield from _tcp(case, servers)
        yield from _lies(case, servers)


def _udp(case: Case, servers: Servers) -> Iterator[Finding]:
    silent = servers.silent("udp")
    if silent:
        also = [f"{s} answers on TCP port 53" for s in silent if servers.answers("tcp", s)]
        severity: Severity = "blocker" if case.proxy is None else "degraded"
        yield _finding(case, "network.dns-udp-blocked", (*servers.said("udp", silent), *also), severity)
    elif case.proxy is None:
        needed = [q for q in servers.questions if q.transport == "udp" and q.head is not None and not q.invented]
        if needed and not any(q.addresses for q in needed):
            names = len({q.name for q in needed})
            unknown = "do not know the only needed name" if names == 1 else f"know none of {names} needed names"
            said = f"the DNS servers answer and {unknown}"
            yield _finding(case, "network.dns-udp-blocked", (said,), "blocker")


def _tcp(case: Case, servers: Servers) -> Iterator[Finding]:
    silent = [server for server in servers.silent("tcp") if servers.answers("udp", server)]
    if not silent:
        return
    cut = sorted({q.name for q in servers.questions if q.head is not None and q.head.truncated})
    words = [f"{server} answers on UDP port 53" for server in silent]
    if cut:
        words.append(f"the UDP answer for {', '.join(cut[:3])} is cut and has to be asked for again over TCP")
    severity: Severity = "blocker" if cut and case.proxy is None else "degraded"
    yield _finding(case, "network.dns-tcp-blocked", (*servers.said("tcp", silent), *words), severity)


def _lies(case: Case, servers: Servers) -> Iterator[Finding]:
    told = [q for q in servers.questions if q.invented and q.addresses]
    nowhere = [q for q in servers.questions if not q.invented and q.addresses and _leads_nowhere(q.addresses)]
    words = [f"{q.server} gives {q.addresses[0]} for {q.name}, a name that does not exist" for q in told]
    words += [f"{q.server} gives {q.addresses[0]} for {q.name}" for q in nowhere]
    if words:
        severity: Severity = "blocker" if nowhere and case.proxy is None else "degraded"
        yield _finding(case, "network.dns-hijacked", tuple(dict.fromkeys(words)), severity)


def _leads_nowhere(addresses: tuple[str, ...]) -> bool:
    return all(address.startswith(_NOWHERE) or address in ("::", "::1") for address in addresses)


def _finding(case: Case, code: CauseCode, because: tuple[str, ...], severity: Severity) -> Finding:
    return Finding(code, (), "conclusive", because, severity, detail=_BESIDE if case.proxy is not None else None)


_BESIDE = (
    "Behind a proxy the device sends names to the proxy, so most of it works without; its own connectivity test asks "
    "DNS beside the proxy."
)
