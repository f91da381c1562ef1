"""Credentials that the proxy takes, and somebody behind it does not: how often they travel, and who waits for whom."""

import asyncio

from proxycheck.model.questions import SPARED
from proxycheck.model.target import Target
from proxycheck.net.authentication.turns import MOST_REFUSED, PATIENT_S
from tests.net.conversations import ASKS, CHECK, LOGIN, TARGET, Bench, Gatekeeper, on
from tests.support.scripted import HEAD, STALL, Play, Script, ScriptedNetwork
from tests.support.simulated_time import run

OWN = tuple(Target(f"host{number}.example.com", 443) for number in range(20))
OTHERS = tuple(Target(f"www.other{number}.example", 443) for number in range(40))


class Parent(Gatekeeper):
    """Asks for another login than the first proxy, whatever lies outside one domain."""

    refused = 0

    def _connection(self) -> Script:
        while True:
            head = yield HEAD
            self.requests.append(head)
            if b"Proxy-Authorization" in head and b"example.com:443 " not in head:
                self.refused += 1
                yield self.wrong
            else:
                yield self.right if b"Proxy-Authorization" in head else self.asks


def test_what_a_parent_refuses_is_sent_to_few_however_much_others_accept() -> None:
    parent = Parent()

    async def talk() -> Bench:
        at = on(ScriptedNetwork(parent.play), login=LOGIN)
        assert await at.route.open(CHECK, TARGET) is not None
        mixed = [target for pair in zip(OTHERS, (*OWN, *OWN), strict=True) for target in pair]
        opened = await asyncio.gather(*(at.route.open(CHECK, target) for target in mixed))
        assert all((tunnel is not None) == (target in OWN) for target, tunnel in zip(mixed, opened, strict=True))
        return at

    at = run(talk())
    assert parent.refused == MOST_REFUSED + 1, "one of them is answered where it asks, as the device does"
    held = {e.endpoint for e in at.evidence if e.failure is not None and e.failure.detail == SPARED}
    assert len(held) == len(OTHERS) - MOST_REFUSED


def test_no_other_host_of_a_domain_is_asked_that_refused_them() -> None:
    parent = Parent()

    async def talk() -> None:
        at = on(ScriptedNetwork(parent.play), login=LOGIN)
        assert await at.route.open(CHECK, TARGET) is not None
        hosts = [Target(f"{name}.other.example", 443) for name in ("alpha", "bravo", "charlie")]
        assert not any(await asyncio.gather(*(at.route.open(CHECK, host) for host in hosts)))

    run(talk())
    assert parent.refused == 2


def test_comparisons_leave_the_first_word_to_what_is_needed() -> None:
    parent = Parent()

    async def talk() -> Bench:
        at = on(ScriptedNetwork(parent.play), login=LOGIN)
        assert await at.route.open(CHECK, TARGET) is not None
        compared = at.route.open("hellos", OTHERS[0], variant="hello:large")
        await asyncio.gather(compared, at.route.open(CHECK, OTHERS[0]))
        return at

    at = run(talk())
    answered = {e.check for e in at.evidence if e.endpoint == OTHERS[0].id and e.received.startswith("HTTP/1.1 407")}
    assert answered == {CHECK}


def test_who_gets_no_answer_holds_nobody_back_for_long() -> None:
    keeper = Gatekeeper()

    def play(host: str, port: int, number: int) -> Play:
        return [HEAD, STALL] if 1 <= number <= 3 else keeper.play(host, port, number)

    async def talk() -> float:
        at = on(ScriptedNetwork(play), login=LOGIN)
        assert await at.route.open(CHECK, TARGET) is not None
        silent = [asyncio.create_task(at.route.open(CHECK, target)) for target in OTHERS[:3]]
        await asyncio.sleep(0.01)
        assert all(await asyncio.gather(*(at.route.open(CHECK, target) for target in OTHERS[3:])))
        took_s = asyncio.get_running_loop().time()
        await asyncio.gather(*silent)
        return took_s

    assert run(talk()) < 2 * PATIENT_S


def test_a_proxy_that_asks_once_a_connection_has_refused_nothing() -> None:
    class Twice(Gatekeeper):
        def _connection(self) -> Script:
            self.requests.append((yield HEAD))
            yield ASKS
            yield from super()._connection()

    async def talk() -> None:
        at = on(ScriptedNetwork(Twice().play), login=LOGIN)
        assert await at.route.open(CHECK, TARGET) is not None
        assert all(await asyncio.gather(*(at.route.open(CHECK, target) for target in OTHERS)))

    run(talk())
