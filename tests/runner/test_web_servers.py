"""A web server at the proxy's address, however it answers CONNECT: it is no proxy, and blocks nothing."""

from collections.abc import Callable

import pytest

from proxycheck.model.target import Credentials, Target
from tests.support.answers import answer
from tests.support.scripted import CLOSE, HEAD, Expect, Script, ScriptedNetwork
from tests.support.worlds import PROXY, World, causes, host_behind, report_on, told

Serves = Callable[[str, str, str], bytes]
"""What a server answers to a method, a host and a path."""
HOME = "<html><title>Welcome</title><h1>Welcome</h1></html>"
BAD = answer(400, "<h1>400 Bad Request</h1>", "Connection: close")
FORM = '<form><input type="password" name="p"></form>'


def serves(serves: Serves) -> ScriptedNetwork:
    """A server that answers whatever looks like a request, and calls everything else a bad one."""

    def connection() -> Script:
        while True:
            said = yield Expect()
            head = said.decode("latin-1")
            method, _, rest = head.partition(" ")
            if " HTTP/1." not in head.partition("\r\n")[0]:
                yield BAD
                yield CLOSE
                return
            host = next((line[6:] for line in head.split("\r\n") if line.lower().startswith("host: ")), "")
            yield serves(method, host.partition(":")[0], rest.partition(" ")[0])

    return ScriptedNetwork(lambda *_: connection)


def haproxy_200(_method: str, _host: str, _path: str) -> bytes:
    return answer(200, HOME, "Content-Type: text/html")


def empty_200(method: str, _host: str, _path: str) -> bytes:
    """A handler for every method that has a page for GET alone."""
    return answer(200, HOME if method == "GET" else "", "Server: express")


def to_https(_method: str, host: str, _path: str) -> bytes:
    return answer(308, "", f"Location: https://{host}/")


def caddy_files(method: str, _host: str, path: str) -> bytes:
    if method == "CONNECT":
        return answer(308, "", "Location: /", "Server: Caddy")
    found = path.removeprefix("http://").partition("/")[2] == "" or path == "/"
    return answer(200, HOME, "Server: Caddy") if found else answer(404, "", "Server: Caddy")


def envoy(method: str, _host: str, _path: str) -> bytes:
    return answer(426 if method == "CONNECT" else 200, "", "Server: envoy")


SERVERS: dict[str, Serves] = {
    "haproxy-200": haproxy_200,
    "empty-200": empty_200,
    "to-https": to_https,
    "caddy-files": caddy_files,
    "envoy-426": envoy,
}


@pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)
def test_a_web_server_is_no_proxy(server: Serves) -> None:
    report = report_on(serves(server))
    assert causes(report).keys() == {"proxy.not-a-proxy"}
    assert report.verdict == "incompatible"


def test_a_router_with_a_login_of_its_own_is_no_proxy_that_asks_wrongly() -> None:
    def router(_method: str, _host: str, _path: str) -> bytes:
        return answer(401, "router", 'WWW-Authenticate: Basic realm="router"')

    report = report_on(serves(router))
    assert causes(report).keys() == {"proxy.not-a-proxy"}
    assert "WWW-Authenticate" in report.causes[0].because[1]


def test_who_gives_credentials_knows_of_a_proxy_that_wants_some() -> None:
    def router(_method: str, _host: str, _path: str) -> bytes:
        return answer(401, "router", 'WWW-Authenticate: Basic realm="router"')

    assert "auth.challenge-missing" in causes(report_on(serves(router), credentials=Credentials("clerk", "secret")))


def test_a_proxy_that_asks_by_401_and_takes_credentials_is_one() -> None:
    class Asks(World):
        def _refusal(self, head: bytes) -> bytes | None:
            if b"Proxy-Authorization: Basic" in head:
                return None
            return answer(401, "log in", 'WWW-Authenticate: Basic realm="gate"')

    report = report_on(Asks(), credentials=Credentials("clerk", "secret"))
    assert causes(report).keys() == {"auth.challenge-missing"}
    assert "401" in report.causes[0].because[0]


def test_a_login_page_for_everything_is_not_taken_for_a_web_server() -> None:
    report = report_on(serves(lambda *_: answer(200, FORM, "Content-Type: text/html")))
    assert "proxy.not-a-proxy" not in causes(report)
    assert report.verdict == "incompatible"


def test_a_portal_that_sends_everybody_to_one_place_is_not_taken_for_a_web_server() -> None:
    report = report_on(serves(lambda *_: answer(302, "", "Location: https://portal.example/")))
    assert causes(report).keys() == {"connect.redirected"}


@pytest.mark.parametrize(
    ("place", "confidence"), [("/login.html", "strong"), (f"https://{PROXY.host}/ui/login", "weak")]
)
def test_a_server_that_sends_everybody_to_its_own_login_is_no_proxy(place: str, confidence: str) -> None:
    report = report_on(serves(lambda *_: answer(302, "", f"Location: {place}", "Server: web")))
    assert causes(report).keys() == {"proxy.not-a-proxy"}
    assert report.causes[0].confidence == confidence


def test_a_proxy_that_sends_who_asks_for_a_tunnel_to_its_own_login_is_one() -> None:
    """To a request for a page it says something else."""
    world = World(answers=lambda _: answer(302, "", f"Location: https://{PROXY.host}/ui/login", "Server: gate"))
    world.forwards = lambda _: answer(400, "<h1>Invalid URL</h1>", "Server: gate")
    found = causes(report_on(world))
    assert "connect.redirected" in found
    assert "proxy.not-a-proxy" not in found


BLOCKED = answer(200, "<h1>Blocked by the gate</h1>", "Server: gate")


def _blocked(target: Target) -> Script:
    return told((HEAD if target.port == 80 else Expect(), BLOCKED))


@pytest.mark.parametrize("but", [False, True])
def test_a_proxy_that_shows_a_page_in_every_tunnel_blocks(but: bool) -> None:
    """To an ordinary request it says that this is none for a proxy; or one host passes."""
    world = World(inside=lambda t: host_behind(t) if but and t.host == "microsoft.com" else _blocked(t))
    world.forwards = lambda _: answer(400, "<h1>Invalid URL</h1>", "Server: gate")
    found = causes(report_on(world))
    assert "tunnel.block-page" in found
    assert "proxy.not-a-proxy" not in found
