"""What listens at the proxy's address, judged before anything else; one of these causes stands alone."""

import dataclasses

import pytest

from proxycheck.model.target import ProxyAddress
from tests.diagnosis.synthetic import ALL, SECURE, Answer, End, World, causes, ids, nobody, only
from tests.support.answers import OPEN, answer

ORIGIN = answer(200, "<h1>It works</h1>", Server="web")
NOTHING_CAME: tuple[End, ...] = ("timeout", "empty", "reset")


@pytest.mark.parametrize(
    ("reach", "code"),
    [
        (("unresolvable",), "proxy.unresolvable"),
        (("refused",), "proxy.refused"),
        (("reset",), "proxy.reset"),
        (("timeout",), "proxy.unreachable"),
        (("unreachable",), "proxy.unreachable"),
        (("refused", "unreachable"), "proxy.refused"),
    ],
)
def test_nobody_listens(reach: tuple[Answer, ...], code: str) -> None:
    diagnosis = World(connect=nobody, reach=reach).judged()
    assert causes(diagnosis) == {code: ("blocker", "conclusive", ids(ALL))}
    assert diagnosis.verdict == "incompatible"
    assert {(e.verdict, e.causes) for e in diagnosis.endpoints} == {("skipped", (code,))}


def test_the_second_address_of_a_proxy_will_do() -> None:
    diagnosis = World(reach=("refused", b"")).judged()
    assert causes(diagnosis) == {}
    assert diagnosis.verdict == "compatible"


def test_silence_whatever_is_said() -> None:
    world = World(connect=only(SECURE[:3], "timeout", None), greetings={"socks5": "timeout", "http": "timeout"})
    diagnosis = world.judged()
    assert causes(diagnosis) == {"proxy.silent": ("blocker", "conclusive", ids(ALL))}


@pytest.mark.parametrize("control", ["own_port", "own_address", "nonexistent"])
def test_one_answer_to_a_control_is_no_silence_and_no_other_server(control: str) -> None:
    world = World(connect=only(SECURE[:3], "timeout", None), greetings={"http": answer(400)})
    world = dataclasses.replace(world, **{control: answer(503)})  # type: ignore[arg-type]
    found = causes(world.judged())
    assert not {code for code in found if code.startswith(("proxy.", "setup."))}
    assert {cause[2] for cause in found.values()} == {ids(SECURE[:3])}


def test_one_tunnel_that_opens_is_no_silence() -> None:
    found = causes(World(connect=only(SECURE[:1], OPEN, "timeout")).judged())
    assert not {code for code in found if code.startswith("proxy.")}


@pytest.mark.parametrize("banner", [b"SSH-2.0-OpenSSH_9.6\r\n", b"220 mail.example ESMTP\r\n"])
@pytest.mark.parametrize("how", ["to-connect", "by-itself"])
def test_another_service_is_named_by_what_it_says(banner: bytes, how: str) -> None:
    said: Answer = banner if how == "to-connect" else "empty"
    world = World(connect=only(SECURE[:3], said, None), greetings={"banner": banner})
    diagnosis = world.judged()
    assert causes(diagnosis)["proxy.not-a-proxy"] == ("blocker", "conclusive", ids(ALL))
    assert banner.decode().rstrip() in " ".join(diagnosis.causes[0].because)


def test_an_unknown_service_is_quoted() -> None:
    world = World(connect=only(SECURE[:3], b"\x1b[2Jhello\x00", None), greetings={"http": "empty"})
    diagnosis = world.judged()
    assert causes(diagnosis) == {"proxy.not-a-proxy": ("blocker", "strong", ids(ALL))}
    assert "\\x1b[2Jhello" in " ".join(diagnosis.causes[0].because)


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_a_web_server_knows_pages_and_no_connect(status: int) -> None:
    world = World(connect=lambda _: answer(status, "<h1>?</h1>", Server="web"), greetings={"http": ORIGIN})
    assert causes(world.judged()) == {"proxy.not-a-proxy": ("blocker", "strong", ids(ALL))}


@pytest.mark.parametrize(
    ("greeting", "connect"),
    [
        (ORIGIN, answer(403, "<h1>denied</h1>", Server="web")),
        (answer(400, "<h1>invalid URL</h1>", Server="gate"), answer(405, "", Allow="GET")),
    ],
)
def test_a_proxy_that_refuses_is_no_web_server(greeting: bytes, connect: bytes) -> None:
    found = causes(World(connect=lambda _: connect, greetings={"http": greeting}).judged())
    assert "proxy.not-a-proxy" not in found


def test_a_server_that_forwards_plain_http_is_a_proxy() -> None:
    world = World(
        connect=lambda _: answer(405, "", Allow="GET"),
        greetings={"http": ORIGIN},
        forward=lambda what: answer(204) if what.expect else ORIGIN,
        own_page=answer(503, "<h1>?</h1>"),
    )
    assert "connect.method-denied" in causes(world.judged())


@pytest.mark.parametrize("end", NOTHING_CAME)
@pytest.mark.parametrize(
    ("scheme", "code"),
    [("socks5", "setup.socks-only"), ("socks4a", "setup.socks-only"), ("https", "setup.https-proxy")],
)
def test_a_proxy_named_otherwise_is_taken_at_its_word_when_it_says_no_http(end: End, scheme: str, code: str) -> None:
    world = World(
        connect=only(SECURE[:3], end, None), proxy=ProxyAddress(scheme, "192.0.2.1", 1080), greetings={"http": "empty"}
    )
    found = causes(world.judged())
    assert found == {code: ("blocker", "strong", ids(ALL))}


@pytest.mark.parametrize("scheme", ["socks5", "https"])
def test_a_name_decides_nothing_where_http_is_spoken(scheme: str) -> None:
    world = World(proxy=ProxyAddress(scheme, "192.0.2.1", 3128))
    assert not {code for code in causes(world.judged()) if code.startswith("setup.")}
