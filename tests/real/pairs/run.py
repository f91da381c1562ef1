"""The check of a scenario, made of its real set-up and of the simulated one."""

import contextlib
from collections.abc import Iterator

from proxycheck.lab.check_line import probe_options
from proxycheck.model.files.scenario import Scenario as Played
from tests.real.checkrun import Outcome, check
from tests.real.engines import Engine, running
from tests.real.namespaces import CUSTOMER_RESOLVER
from tests.real.pairs import Pair
from tests.real.scenarios import Login, Scenario
from tests.real.world import World


def check_real(world: World, pair: Pair, played: Played) -> tuple[Outcome, str]:
    """The scenario's own check, made of the real set-up, and what the engines logged."""
    world.network.client.use_resolver(CUSTOMER_RESOLVER)
    with set_up(world, pair) as engines:
        outcome = check_with(world, pair, played)
        return outcome, "\n".join(engine.logs() for engine in engines)


def check_with(world: World, pair: Pair, played: Played) -> Outcome:
    """The scenario's own check of what is set up."""
    return check(world, _asked(pair, played))


@contextlib.contextmanager
def set_up(world: World, pair: Pair) -> Iterator[list[Engine]]:
    """The pair's engines, running, with its firewall rules."""
    hosts = world.hosts
    rules = (
        *pair.firewall,
        *(f"ip daddr {hosts[host]} meta l4proto tcp reject with tcp reset" for host in pair.refusing),
        *(f"ip daddr {hosts[host]} drop" for host in pair.dead),
    )
    with contextlib.ExitStack() as stack:
        wanted = [software for software in (pair.behind, pair.software) if software is not None]
        engines = [stack.enter_context(running(world, software)) for software in wanted]
        if rules:
            stack.enter_context(world.network.proxy.firewall(*rules))
        yield engines


def _asked(pair: Pair, played: Played) -> Scenario:
    """The check that the scenario asks for, as a command line."""
    client = played.client
    agent = () if client.user_agent is None else ("--user-agent", client.user_agent)
    limits = ("--timeout", f"{client.timeout:g}", "--concurrency", str(client.concurrency), "--tier", client.tier)
    return Scenario(
        pair.name,
        pair.software,
        played.expect.verdict,
        device=played.device,
        scheme=client.scheme,
        login=None if client.user is None else Login(client.user, client.password or ""),
        arguments=("--no-compare-direct", *limits, *agent, *probe_options(client.probes)),
    )
