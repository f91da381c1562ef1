"""The check of the network in a report: its verdict, and in one sentence what was found."""

from collections.abc import Iterator

from proxycheck.diagnosis.answers.asked import Asked, reply, worst
from proxycheck.diagnosis.observation import Case
from proxycheck.model.questions import GATEWAYS
from proxycheck.model.report import CheckReport


def network(asked: Asked) -> CheckReport:
    """What came of the question, or that it was not asked."""
    if "network" not in asked.ran:
        return reply("network", "skipped", _not_asked(asked.case))
    own = [cause for cause in asked.of("network") if not cause.endpoints]
    verdict = worst((cause.severity for cause in own), "pass")
    return reply("network", verdict, "; ".join(_facts(asked.case)) or "nothing answered", own)


def _not_asked(case: Case) -> str:
    servers = ", ".join(server.host for server in case.device.network.time_servers)
    beside = f"; no HTTP proxy carries DNS or time (UDP 123 to {servers})" if servers else ""
    return f"not asked (--no-network){beside}"


def _facts(case: Case) -> Iterator[str]:
    from proxycheck.diagnosis.rules.name_service import servers_of  # noqa: PLC0415  only where the network was asked
    from proxycheck.diagnosis.rules.network import only_the_proxy, told  # noqa: PLC0415

    if case.proxy is not None and only_the_proxy(case):
        yield "nothing outside answers beside the proxy, which is normal where it is the only way out: not judged"
    servers = servers_of(case)
    for transport in ("udp", "tcp"):
        names = [] if servers is None else [*dict.fromkeys((*servers.own, *servers.named))]
        good = [server for server in names if servers is not None and servers.answers(transport, server)]
        if good:
            yield f"DNS over {transport.upper()}: {', '.join(good)}"
    times = [r.endpoint for r in case.of("network", "network_time") if r.failure is None and r.endpoint is not None]
    if times:
        yield f"time: {', '.join(endpoint.rpartition(':')[0] for endpoint in times)}"
    gateways = told(case, GATEWAYS)
    if gateways:
        yield f"gateway: {', '.join(gateways)}"
    yield from _ports(case)


def _ports(case: Case) -> Iterator[str]:
    reached: dict[int, bool] = {}
    for record in case.of("network", "network_tcp"):
        unknown = record.failure is not None and record.failure.name == "unresolvable"
        if record.variant is None and record.endpoint is not None and not unknown:
            port = int(record.endpoint.rpartition(":")[2])
            reached[port] = reached.get(port, False) or record.failure is None
    opened = [str(port) for port, good in sorted(reached.items()) if good]
    closed = [str(port) for port, good in sorted(reached.items()) if not good]
    if opened:
        yield f"open without a proxy: {', '.join(opened)}"
    if closed:
        normal = " (normal behind a proxy)" if case.proxy is not None else ""
        yield f"closed without a proxy: {', '.join(closed)}{normal}"
