"""Tunnels that a proxy opens before it has a connection, and that what stands behind it cuts by port or by domain."""

from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.ends import DEAD, ambiguous, decided, ends, failure_of, is_down
from proxycheck.model.text import counted
from proxycheck.wire.domains import domain_of

_SEVERAL = 2
_WHOLE_DOMAIN = 3
"""So many hosts of one domain are not all gone at once."""
BY_PORT = (
    "It is the port that decides: the same hosts answer on other ports. A firewall behind the proxy does not let the "
    "proxy out to port {ports}, or the proxy itself ends what goes there: whichever it is has to let port {ports} pass."
)


def dead_ports(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """200, and then nothing, in every tunnel to some ports, while tunnels to others bring answers. Where TLS alone
    passes, it passes at any port, and nothing else at any: so TLS that died has to pass elsewhere. What is no TLS may
    be cut for that at one port alone, unless the proxy says yes before it knows whether that port can be reached."""
    dying = [o for o in decided(unexplained) if failure_of(o) in DEAD and not is_down(case, o)]
    dying = [o for o in dying if o.endpoint.speaks != "teamviewer" or failure_of(o) != "timeout"]
    members = at_lost_ports(case, dying)
    said, proved = {o.endpoint.speaks for o in members}, {o.endpoint.speaks for o in case.observations if o.proved}
    eager = case.proxy is not None and ambiguous(case)
    if ("tls" in said & proved) or ("http" in said and "tls" not in said and eager and proved - {"tls"}):
        ports = ports_of(members)
        words = f"port {ports}: {counted(len(members), 'tunnel')} opened and all ended ({ends(members)})"
        because = (
            words + (", with TLS and without" if len(said) > 1 and "tls" in said else ""),
            *others(case, members),
        )
        yield Finding(
            "tunnel.dead", tuple(members), "strong", because, detail=BY_PORT.format(ports=ports), any_host=True
        )


def others(case: Case, members: Sequence[Observation]) -> Iterator[str]:
    """What tunnels to other ports bring, in words."""
    lost = {o.endpoint.port for o in members}
    answered = [o for o in case.observations if o.proved and o.endpoint.port not in lost]
    yield f"port {ports_of(answered)}: {counted(len(answered), 'tunnel')} brought an answer"


def ports_of(observations: Sequence[Observation]) -> str:
    """Their ports, in words."""
    return ", ".join(str(port) for port in sorted({o.endpoint.port for o in observations}))


def at_lost_ports(case: Case, members: Sequence[Observation]) -> list[Observation]:
    """Those at ports where every tunnel that opened is one of them, although several of their hosts answer on another
    port. A port whose hosts have no other counts where it ends in the same way."""
    opened = [o for o in case.tunnels if o.opened and o.finished]
    spared = {o.endpoint.port for o in opened if o not in members}
    alive = {o.endpoint.host for o in case.observations if o.proved and o not in members}
    lost = [o for o in members if o.endpoint.port not in spared]
    known = [o for o in lost if o.endpoint.host in alive]
    if len({o.endpoint.host for o in known}) < _SEVERAL:
        return []
    ports, ways = {o.endpoint.port for o in known}, {_way(o) for o in known}
    return [o for o in lost if o.endpoint.port in ports or _way(o) in ways]


def _way(observation: Observation) -> str:
    """How it failed. A page answers plain HTTP in kind, and nothing else."""
    return failure_of(observation) or "malformed"


def of_whole_domains(case: Case, members: Sequence[Observation]) -> list[Observation]:
    """Those of domains of which every tunnel that opened is one of them, and several hosts are."""
    opened = [o for o in case.tunnels if o.opened and o.finished]
    spared = {domain_of(o.endpoint.host) for o in opened if o not in members}
    return [o for o in members if domain_of(o.endpoint.host) not in spared and hosts_of_its_domain(o, members)]


def hosts_of_its_domain(observation: Observation, members: Sequence[Observation]) -> bool:
    """Whether `members` are of so many hosts of its domain that not all of them can be gone."""
    domain = domain_of(observation.endpoint.host)
    return len({o.endpoint.host for o in members if domain_of(o.endpoint.host) == domain}) >= _WHOLE_DOMAIN
