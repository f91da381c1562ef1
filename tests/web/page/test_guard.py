"""Whoever else is on this computer, or shows a page in the same browser, does not get in."""

import asyncio
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

import httpx
import pytest
from msgspec import structs
from starlette.types import Message, Receive

from proxycheck.catalogue.devices import load_device
from proxycheck.model.report import Report
from proxycheck.model.target import Credentials
from proxycheck.report.json import encode
from proxycheck.report.texts import texts
from proxycheck.routes.system.settings import SystemSettings
from proxycheck.web.order import Order, ProgressEvent
from proxycheck.web.page import sent
from proxycheck.web.page.application import LocalPage, application
from proxycheck.web.page.guard import Guard
from proxycheck.web.page.runs import Runs
from proxycheck.web.process import RunFailedError, Watch
from tests.report import factory
from tests.report.hostile import hostile

PORT = 4711
FORM_TYPE = "application/x-www-form-urlencoded"
ORIGIN = f"http://127.0.0.1:{PORT}"
FORM = {"device": "sendpro-c", "host": "proxy.example", "port": "8080", "user": "clerk", "password": "hunter2-hunter2"}


class World:
    """The page over runs that are made up; `orders` are those that came, `quits` how often the end was asked for."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.quits = 0
        self.report: Report = factory.port_denied()
        self.failure: str | None = None
        self.hang = False
        self.steps: tuple[ProgressEvent, ...] = ()
        self.found: tuple[SystemSettings, ...] = ()
        self.loop = asyncio.Runner()
        self.runs = runs = Runs(self._made)

        def end() -> None:
            self.quits += 1

        self.guard = Guard(application(LocalPage(runs, quit_now=end, found=lambda: self.found), runs), PORT)

    async def _made(self, order: Order, _: tuple[str, ...], watch: Watch) -> tuple[Report, bytes]:
        self.orders.append(order)
        watch.step(ProgressEvent(phase="endpoints", total=1))
        for each in self.steps:
            watch.step(each)
        if self.hang:
            await watch.stopped()
        if self.failure is not None:
            raise RunFailedError(self.failure)
        return self.report, encode(self.report)

    def client(self) -> "Browser":
        """A browser that has not been here."""
        return Browser(self)

    def close(self) -> None:
        """Ends what is under way."""
        self.loop.run(self.runs.close())
        self.loop.close()


class Browser:
    """Asks the page without a network, and follows nothing by itself."""

    def __init__(self, world: World) -> None:
        transport = httpx.ASGITransport(world.guard)
        self._client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
        self._loop = world.loop
        self.headers, self.cookies = self._client.headers, self._client.cookies

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One request and its answer."""
        return self._loop.run(self._client.request(method, path, **given))

    def get(self, path: str, **given: Any) -> httpx.Response:
        """What stands at this address."""
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """What comes of a form."""
        return self.request("POST", path, **given)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


@pytest.fixture
def browser(world: World) -> Browser:
    """The browser that opened the address."""
    client = world.client()
    answer = client.get(f"/?token={world.guard.token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    assert world.guard.token not in cookie
    client.headers["Origin"] = ORIGIN
    return client


def begun(browser: Browser, **changed: str) -> str:
    """The address of a run that has ended."""
    place: str = browser.post("/", data={**FORM, **changed}).headers["location"]
    assert '"ended":true' in browser.get(f"{place}/events").text
    return place


FOREIGN: Mapping[str, dict[str, str]] = {
    "host-of-another-name": {"Host": "rebound.example"},
    "host-with-another-port": {"Host": "127.0.0.1:80"},
    "host-localhost": {"Host": f"localhost:{PORT}"},
    "origin-of-another-site": {"Origin": "https://evil.example"},
    "origin-null": {"Origin": "null"},
    "origin-of-another-port": {"Origin": "http://127.0.0.1:80"},
    "sent-by-another-site": {"Sec-Fetch-Site": "cross-site"},
    "sent-by-another-port": {"Sec-Fetch-Site": "same-site"},
}


@pytest.mark.parametrize("name", FOREIGN)
def test_even_with_the_cookie_nothing_comes_from_elsewhere(browser: Browser, world: World, name: str) -> None:
    for method, place in (("GET", "/"), ("POST", "/"), ("POST", "/quit"), ("GET", "/live.js")):
        data = FORM if place == "/" and method == "POST" else None
        assert browser.request(method, place, data=data, headers=FOREIGN[name]).status_code == 403, place
    assert (world.orders, world.quits) == ([], 0)


def test_a_form_without_an_origin_is_refused(browser: Browser, world: World) -> None:
    del browser.headers["Origin"]
    assert browser.post("/", data=FORM).status_code == 403
    assert world.orders == []


@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=wrong", "?token=%ff", "?token={token}&token=x", "?TOKEN={token}"]
)
def test_another_browser_is_refused(browser: Browser, world: World, query: str) -> None:
    """Without the token, with a wrong one, and with the one that was used already."""
    other = world.client()
    for cookie in ("", f"proxycheck-{PORT}=x", f"proxycheck-{PORT}=", "=;;=", f"proxycheck-{PORT}=\u00ff"):
        answer = other.get(f"/{query.format(token=world.guard.token)}", headers={"Cookie": cookie.encode("latin-1")})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
        assert world.guard.token not in answer.text
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/runs/../../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/live.css/",
        "/runs/",
        "/runs/x/report.html",
        "/static/",
    ],
)
def test_no_file_and_no_folder_is_served(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code in (307, 404)
    assert "root:" not in answer.text


def test_every_answer_binds_the_browser(browser: Browser, world: World) -> None:
    place = begun(browser)
    for answer in (*map(browser.get, ("/", place, "/live.js", "/nothing")), world.client().get("/")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<style" not in answer.text
        assert " style=" not in answer.text


def test_a_form_that_is_large_or_none_is_refused(browser: Browser, world: World) -> None:
    typed = {"Content-Type": FORM_TYPE}
    assert browser.post("/", content=b"a" * (sent.LARGEST_FORM + 1), headers=typed).status_code == 413
    assert browser.post("/", data={str(n): "" for n in range(100)}).status_code == 400
    assert browser.post("/", content=b"\xff=1", headers=typed).status_code == 400
    assert browser.post("/", json=FORM).status_code == 415
    assert browser.post("/", data=FORM, files={"file": ("a", bytes(sent.LARGEST_FILE * 2))}).status_code == 413
    assert browser.post("/", data={"device": "x" * (sent.LARGEST_FORM + 1)}, files={"file": b""}).status_code == 400
    for broken in ("multipart/form-data", "multipart/form-data; boundary=x"):
        assert browser.post("/", content=b"--x\r\nnothing", headers={"Content-Type": broken}).status_code == 400
    assert world.orders == []


@pytest.mark.parametrize("known", [True, False])
def test_a_body_without_end_costs_little(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """A gigabyte is read as far as a form may go, one that never comes is not waited for; a stranger's is not read."""
    monkeypatch.setattr(sent, "SLOWEST_FORM_S", 0.01)
    cookie = f"proxycheck-{PORT}={browser.cookies[f'proxycheck-{PORT}'] if known else 'x'}"
    headers = {"host": f"127.0.0.1:{PORT}", "origin": ORIGIN, "cookie": cookie, "content-type": FORM_TYPE}

    def asked(receive: Receive) -> int:
        codes: list[int] = []

        async def send(message: Message) -> None:
            codes.append(message.get("status", 0))

        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw}
        asyncio.run(world.guard(scope, receive, send))
        return codes[0]

    read = 0

    async def gigabyte() -> Message:
        nonlocal read
        read += 65_536
        return {"type": "http.request", "body": bytes(65_536), "more_body": True}

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    assert asked(gigabyte) == (413 if known else 403)
    assert read == (65_536 if known else 0)
    assert asked(never) == (408 if known else 403)


def test_the_password_goes_to_the_run_and_nowhere_else(browser: Browser, world: World) -> None:
    place = begun(browser)
    assert world.orders[0].credentials is not None
    assert world.orders[0].credentials.password == FORM["password"]
    assert "hunter2" not in place
    for path in ("/", place, f"{place}/report.json", f"{place}/bundle.zip"):
        assert b"hunter2" not in browser.get(path).content
    bad = browser.post("/", data={**FORM, "port": "nix"})
    assert (bad.status_code, "hunter2" in bad.text, 'value="proxy.example"' in bad.text) == (400, False, True)


def test_the_form_counts_what_it_names(browser: Browser) -> None:
    device = load_device("sendpro-c")
    hosts = len({endpoint.host for endpoint in device.endpoints})
    assert hosts != len(device.endpoints)
    assert f"{len(device.endpoints)} endpoints on {hosts} hosts" in browser.get("/").text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"host": ""}, "The proxy host is missing. Enter a name such as proxy.example.com"),
        ({"host": "", "port": ""}, "The proxy host is missing."),
        ({"host": "http://proxy.example.com/start"}, "is the address of a page (a URL). Enter the name of the proxy"),
        ({"host": "proxy.example.com/?x"}, "is the address of a page (a URL)"),
        ({"host": "http://clerk@proxy.example.com"}, "has a user name in it"),
        ({"host": "my proxy"}, "neither a name nor an IP address"),
        ({"host": "htp://proxy.example.com"}, "neither a name nor an IP address"),
        ({"host": "<b>x</b>"}, "is the address of a page (a URL)"),
        ({"host": "<b>x"}, "neither a name nor an IP address"),
        ({"port": ""}, "The proxy port is missing. Enter a number such as 8080."),
        ({"port": "99999"}, "The proxy port is no port. Enter a number from 1 to 65535"),
        ({"port": "0"}, "The proxy port is no port."),
        ({"port": "80\u0660"}, "The proxy port is no port."),
        ({"port": "", "host": "proxy.example.com:http"}, "The proxy port is no port."),
        ({"host": "proxy.example.com:3128"}, "There are two ports"),
        ({"user": ""}, "a password and no user name"),
        ({"user": "clerk:x"}, "holds no colon"),
        ({"device": "../../etc/passwd"}, "does not exist"),
        ({"device": "/tmp/device.toml"}, "does not exist"),  # noqa: S108  a path that is only named
        ({"tier": "all"}, "does not exist"),
        ({"pac": "/etc/passwd"}, "no address of a PAC file"),
        ({"pac": "http://clerk:x@pac.example/"}, "no address of a PAC file"),
    ],
)
def test_what_makes_no_run_is_told_in_a_sentence(
    browser: Browser, world: World, changed: dict[str, str], told: str
) -> None:
    answer = browser.post("/", data={**FORM, **changed})
    assert (answer.status_code, told in answer.text) == (400, True)
    assert "<b>" not in answer.text
    assert world.orders == []


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("proxy.example", "8080", "http://proxy.example:8080"),
        (" proxy.example ", " 8080 ", "http://proxy.example:8080"),
        ("http://proxy.example:8080/", "", "http://proxy.example:8080"),
        ("http://proxy.example", "8080", "http://proxy.example:8080"),
        ("proxy.example:8080", "8080", "http://proxy.example:8080"),
        ("socks5://proxy.example", "1080", "socks5://proxy.example:1080"),
        ("2001:db8::1", "8080", "http://[2001:db8::1]:8080"),
        ("[2001:db8::1]:8080", "", "http://[2001:db8::1]:8080"),
        ("192.0.2.1", "3128", "http://192.0.2.1:3128"),
    ],
)
def test_the_address_is_taken_as_people_type_it(browser: Browser, world: World, host: str, port: str, url: str) -> None:
    begun_at = browser.post("/", data={**FORM, "host": host, "port": port})
    assert (begun_at.status_code, [order.proxy and order.proxy.url for order in world.orders]) == (303, [url])


def test_a_pac_file_of_this_computer_names_the_proxy(browser: Browser, world: World) -> None:
    world.found = (SystemSettings(source="gnome", pac_url="http://pac.example/proxy.pac?key=hunter2"),)
    start = browser.get("/").text
    assert "/?pac=1" in start
    assert "hunter2" not in start
    assert 'value="http://pac.example/proxy.pac?key=hunter2"' in browser.get("/?pac=1").text
    begun_at = browser.post("/", data={**FORM, "host": "", "port": "", "pac": world.found[0].pac_url})
    assert begun_at.status_code == 303
    assert (world.orders[0].proxy, world.orders[0].pac) == (None, world.found[0].pac_url)


def test_a_pac_file_that_was_dropped_names_the_proxy(browser: Browser, world: World) -> None:
    script = b'\xffunction FindProxyForURL(url, host) { return "PROXY proxy.example:8080"; }'
    empty = {**FORM, "host": "", "port": "", "pac": ""}
    begun_at = browser.post("/", data=empty, files={"file": ("office<b>\x1b.pac", script)}).headers["location"]
    assert '"ended":true' in browser.get(f"{begun_at}/events").text
    order = world.orders[0]
    assert (order.proxy, order.pac_content) == (None, script)
    shown = browser.get(begun_at).text
    assert "The PAC file office&lt;b&gt;" in shown
    assert "the device cannot use PAC files" in shown
    browser.post(f"{begun_at}/again", data={"user": "", "password": ""})
    assert world.orders[1].pac_content == script


def test_a_field_for_files_that_was_left_empty_is_none(browser: Browser, world: World) -> None:
    assert browser.post("/", data=FORM, files={"file": ("", b"")}).status_code == 303
    assert world.orders[0].proxy is not None
    assert world.orders[0].pac is None


def test_a_pac_file_and_an_address_are_one_too_many(browser: Browser, world: World) -> None:
    both = browser.post("/", data={**FORM, "pac": "http://pac.example/"}, files={"file": ("a.pac", b"x")})
    assert (both.status_code, "Give one of them" in both.text, world.orders) == (400, True, [])


def test_what_is_known_so_far_is_told_as_it_comes(browser: Browser, world: World) -> None:
    world.hang = True
    world.steps = (
        ProgressEvent(proxy="http://proxy.example:8080"),
        ProgressEvent(blocker="The proxy \x1b[1mopens only some ports"),
    )
    place = browser.post("/", data={**FORM, "host": "", "port": "", "pac": "http://pac.example/"}).headers["location"]
    browser.post(f"{place}/stop")
    told = browser.get(f"{place}/events").text
    assert "The PAC file names http://proxy.example:8080" in told
    assert "Certain already: it will not work. The proxy \\\\x1b[1mopens only some ports" in told
    assert "http://proxy.example:8080" in browser.get("/").text


def test_a_hostile_report_is_text(browser: Browser, world: World) -> None:
    world.report = hostile()
    shown = browser.get(begun(browser)).text
    assert shown.count("<script") == 1
    assert "<img" not in shown


def test_one_run_at_a_time_which_can_be_stopped(browser: Browser, world: World) -> None:
    world.hang = True
    place = browser.post("/", data=FORM).headers["location"]
    assert "Stop" in browser.get(place).text
    assert browser.post("/", data=FORM).status_code == 409
    assert browser.get(f"{place}/report.html").status_code == 404
    assert browser.post(f"{place}/stop").headers["location"] == place
    assert '"ended":true' in browser.get(f"{place}/events").text
    assert browser.post("/", data=FORM).status_code == 303
    assert len(world.orders) == 2


def test_a_second_run_shows_what_changed(browser: Browser, world: World) -> None:
    place = begun(browser)
    world.report = factory.compatible()
    again = browser.post(f"{place}/again", data={"user": "other", "password": "x"}).headers["location"]
    browser.get(f"{again}/events")
    assert "Before and after" in browser.get(again).text
    assert "Before and after" not in browser.get(place).text
    assert (world.orders[1].proxy, world.orders[1].device) == (world.orders[0].proxy, world.orders[0].device)
    assert world.orders[1].credentials == Credentials("other", "x")


def test_a_tick_masks_every_file(browser: Browser, world: World) -> None:
    made = factory.port_denied()
    assert made.proxy is not None
    world.report = structs.replace(made, proxy=structs.replace(made.proxy, url="http://proxy.acme-company.de:3128"))
    place = begun(browser)
    for name in ("report.html", "report.md", "report.json"):
        assert b"acme-company" in browser.get(f"{place}/{name}").content or name == "report.html"  # compressed there
        hidden = browser.get(f"{place}/{name}?mask=1")
        assert (hidden.status_code, b"acme-company" in hidden.content) == (200, False)
    bundle = zipfile.ZipFile(BytesIO(browser.get(f"{place}/bundle.zip?mask=1").content))
    assert not [name for name in bundle.namelist() if b"acme-company" in bundle.read(name)]
    assert {*texts().bundle.files} <= {*bundle.namelist()}, "what the page lists is what is in it"


def test_a_run_without_a_report_says_why(browser: Browser, world: World) -> None:
    world.failure = "the run ended with exit status -9 and no report"
    assert world.failure in browser.get(begun(browser)).text


def test_the_button_ends_it(browser: Browser, world: World) -> None:
    assert browser.get("/quit").status_code == 405
    assert "This page has ended" in browser.post("/quit").text
    assert world.quits == 1
