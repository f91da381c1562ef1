"""Content that an answer announces which opens a tunnel: the device throws it away, and the tunnel begins behind it."""

import asyncio
from dataclasses import dataclass

import pytest

from proxycheck.model.evidence import Evidence
from proxycheck.net.payload import BEHIND_CONTENT_S, fetch, greet_teamviewer, handshake
from proxycheck.net.tunnel import Tunnel, open_tunnel
from tests.net.conversations import CHECK, TARGET, bench
from tests.net.test_payload import HOST, ID, MESSAGE, REQUEST, context
from tests.support.answers import answer
from tests.support.known import device
from tests.support.scripted import HEAD, RESET, STALL, Expect, Pause, Script, Step
from tests.support.simulated_time import run
from tests.support.tls_scripts import serving

LINE = b"Connection opened!\r\n"
SUCCESS = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"
OWN = answer(200, "the host's own")


@dataclass
class Talk:
    """What was recorded of the last thing said, whether it proved the far end, and how long all of it took."""

    last: Evidence
    proved: bool
    took_s: float


def say(*steps: Step, what: str = "http", grace_s: float | None = 0.5, tls: bool = False) -> Talk:
    def play() -> Script:
        for step in steps:  # noqa: UP028  a tuple's iterator takes nothing
            yield step
        if tls:
            yield from serving(context())

    async def talk() -> Talk:
        at, began = bench(play, content_grace_s=grace_s), asyncio.get_running_loop().time()
        tunnel = await open_tunnel(at.route, CHECK, TARGET)
        assert isinstance(tunnel, Tunnel)
        if what == "tls":
            proved = (await handshake(at.trace, CHECK, ID, HOST, tunnel, 10.0)).state == "established"
        elif what == "teamviewer":
            proved = await greet_teamviewer(at.trace, CHECK, ID, tunnel, 10.0)
        else:
            proved = await fetch(at.trace, CHECK, ID, REQUEST, tunnel, 10.0)
        return Talk(at.evidence[-1], proved, asyncio.get_running_loop().time() - began)

    return run(talk())


@pytest.mark.parametrize("steps", [(SUCCESS + LINE,), (SUCCESS, Pause(0.1), LINE[:5], LINE[5:])], ids=["early", "late"])
def test_the_tunnel_begins_behind_the_content(steps: tuple[Step, ...]) -> None:
    plain = say(HEAD, *steps, HEAD, OWN)
    assert (plain.proved, plain.last.received) == (True, OWN.decode())
    assert say(HEAD, *steps, what="tls", tls=True).proved
    assert say(HEAD, *steps, Expect(), MESSAGE, what="teamviewer").proved


@pytest.mark.parametrize("end", [STALL, RESET, "close"])
@pytest.mark.parametrize("what", ["http", "tls", "teamviewer"])
def test_content_and_nothing_else_is_a_page_in_place_of_the_host(what: str, end: Step) -> None:
    talk = say(HEAD, SUCCESS + LINE, Expect(), end, what=what)
    assert not talk.proved
    assert talk.last.failure is not None
    assert (talk.last.failure.name, talk.last.received) == ("malformed", LINE.decode())
    assert talk.took_s <= BEHIND_CONTENT_S + 0.1


def test_content_that_does_not_come_is_not_waited_for_long_and_nothing_is_thrown_away() -> None:
    talk = say(HEAD, SUCCESS, HEAD, OWN)
    assert (talk.proved, talk.last.received) == (True, OWN.decode())
    assert talk.took_s == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("grace_s", [0.5, 0.0, None])
def test_only_a_device_that_is_known_to_throws_it_away(grace_s: float | None) -> None:
    assert say(HEAD, SUCCESS + LINE, HEAD, OWN, grace_s=grace_s).proved is (grace_s is not None)


def test_what_is_known_of_the_devices() -> None:
    found = {name: device(name).proxy.content_grace_s for name in ("sendpro-c", "connectplus")}
    assert found == {"sendpro-c": 0.5, "connectplus": 0.0}
