"""PAC files and this computer's settings against a device that knows one HTTP proxy: what is found, and what not."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.model.report import Report
from proxycheck.model.target import ProxyAddress
from proxycheck.report.json import decode, encode
from proxycheck.runner import Plan, judge_again, run
from proxycheck.runner.preparation import Preparation, Wish, prepare, wpad_names
from tests.checks.listening import listening
from tests.checks.test_listener import answering
from tests.support.answers import OPEN
from tests.support.observer import Nobody
from tests.support.work import children_worked_s

DEVICE = load_device("sendpro-c")
_WANTS_LOGIN = b'HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'


def _judged(found: Preparation) -> Report:
    plan = Plan(device=DEVICE, endpoints=DEVICE.endpoints, proxy=None, prior=found.evidence, command="pac")
    report = run(plan, load_knowledge(), Nobody())
    # The report alone must lead to the same causes again.
    again = judge_again(decode(encode(report)), DEVICE, load_knowledge())
    assert (again.verdict, again.causes, again.pac) == (report.verdict, report.causes, report.pac)
    return report


@pytest.fixture
def examined(tmp_path: Path) -> Callable[..., Report]:
    """The report on a PAC file with this body of FindProxyForURL."""

    def examine(body: str, *, whole: bool = False, network: bool = False) -> Report:
        path = tmp_path / "proxy.pac"
        path.write_text(body if whole else f"function FindProxyForURL(url, host) {{ {body} }}")
        return _judged(prepare(_wish(pac=str(path), lookup=False, tries=network)))

    return examine


def _wish(**wishes: object) -> Wish:
    return Wish(device=DEVICE, endpoints=DEVICE.endpoints, timeout_s=2.0, **wishes)  # type: ignore[arg-type]


def _found(report: Report) -> list[tuple[str, str]]:
    return [(cause.code, cause.severity) for cause in report.causes]


_FIRST = "PROXY proxy-a.example:3128"
_SECOND = "PROXY proxy-b.example:8080"


@pytest.mark.parametrize(
    ("body", "due", "verdict"),
    [
        (f"return '{_FIRST}';", [], "compatible"),
        (f"return '{_FIRST}; {_SECOND}; DIRECT';", [], "compatible"),
        (f"return isPlainHostName(host) || shExpMatch(host, '*.corp') ? 'DIRECT' : '{_FIRST}';", [], "compatible"),
        ("return 'DIRECT';", [("setup.pac-direct", "blocker")], "incompatible"),
        (
            f"return shExpMatch(host, '*.pb.com') ? 'DIRECT' : '{_FIRST}';",
            [("setup.pac-direct", "blocker")],
            "incompatible",
        ),
        (
            f"return host == 'play.google.com' ? 'DIRECT' : '{_FIRST}';",
            [("setup.pac-direct", "degraded")],
            "degraded",
        ),
        ("return 'SOCKS5 socks.example:1080';", [("setup.pac-socks", "blocker")], "incompatible"),
        (f"return host == 'hshh.org' ? 'SOCKS s:1080' : '{_FIRST}';", [("setup.pac-socks", "degraded")], "degraded"),
        ("return 'HTTPS tls.example:443';", [("setup.https-proxy", "blocker")], "incompatible"),
        (
            f"return url.substring(0, 5) == 'http:' ? '{_FIRST}' : '{_SECOND}';",
            [("setup.pac-varies", "blocker")],
            "incompatible",
        ),
        ("return 42;", [("setup.pac-unreadable", "degraded")], "inconclusive"),
        ("return nothing.at.all;", [("setup.pac-unreadable", "degraded")], "inconclusive"),
        pytest.param("while (true) {}", [("setup.pac-unreadable", "degraded")], "inconclusive", marks=pytest.mark.slow),
        ("var s = 'x'; while (true) s += s + s;", [("setup.pac-unreadable", "degraded")], "inconclusive"),
        (
            f"if (host == 'hshh.org') throw 'no'; return '{_FIRST}';",
            [("setup.pac-unreadable", "degraded")],
            "degraded",
        ),
    ],
)  # fmt: skip
def test_what_a_pac_file_means_for_the_device(
    examined: Callable[..., Report], body: str, due: list[tuple[str, str]], verdict: str
) -> None:
    report = examined(body)
    assert (_found(report), report.verdict) == (due, verdict)
    assert all(endpoint.verdict == "skipped" for endpoint in report.endpoints)


@pytest.mark.parametrize("text", ["<!DOCTYPE html><title>Sign in</title>", "", "function (", "var x = 1;"])
def test_what_is_no_pac_file(examined: Callable[..., Report], text: str) -> None:
    report = examined(text, whole=True)
    assert _found(report) == [("setup.pac-unreadable", "degraded")]
    assert report.verdict == "inconclusive"


@pytest.mark.slow
def test_an_endless_loop_costs_less_than_five_seconds(examined: Callable[..., Report]) -> None:
    started = children_worked_s()
    report = examined("for (;;) {}")
    assert children_worked_s() - started < 5.0
    assert report.pac is not None
    assert "loop" in (report.pac.problem or "")


@pytest.mark.slow
def test_three_thousand_lines_of_a_grown_pac_file(examined: Callable[..., Report]) -> None:
    lines = ["function FindProxyForURL(url, host) {", "  host = host.toLowerCase();"]
    for number in range(1490):
        lines.append(f"  // ticket {number}")
        condition = f'dnsDomainIs(host, ".site{number}.example") || shExpMatch(host, "w{number}.*")'
        lines.append(f'  if ({condition}) return "DIRECT";')
    lines += ['  if (dnsDomainIs(host, ".okta.com"))', '    return "DIRECT";', f"  return '{_FIRST}; DIRECT';", "}"]
    lines += [f"// end of part {number}" for number in range(3000 - len(lines))]
    started = children_worked_s()
    report = examined("\n".join(lines), whole=True)
    assert children_worked_s() - started < 5.0
    assert _found(report) == [("setup.pac-direct", "blocker")]
    assert report.causes[0].endpoints == ("pitneybowes.okta.com:443",)
    assert report.pac is not None
    assert report.pac.enter == "proxy-a.example:3128"


def test_names_and_the_own_address_are_what_they_are_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "proxy.pac"
    path.write_text(
        "function FindProxyForURL(url, host) {"
        " if (isInNet(myIpAddress(), '10.1.0.0', '255.255.0.0') && dnsResolve('site.example') == '10.9.9.9')"
        f" return '{_FIRST}'; return 'DIRECT'; }}"
    )
    known: dict[str, object] = {"pac": str(path), "tries": False, "addresses": {"site.example": ("10.9.9.9",)}}
    there = _judged(prepare(_wish(**known, own_addresses=("10.1.2.3",))))
    elsewhere = _judged(prepare(_wish(**known, own_addresses=("10.2.2.3",))))
    assert (there.verdict, elsewhere.verdict) == ("compatible", "incompatible")
    assert there.pac is not None
    assert {"own-address", "dns:site.example"} <= set(there.pac.routes[0].depends_on)


@pytest.fixture
def proxy() -> Iterator[int]:
    """A proxy that opens a tunnel to anywhere."""
    with listening(answering(lambda _: OPEN)) as port:
        yield port


@pytest.fixture
def dead_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_each_proxy_of_a_list_is_tried_and_one_that_answers_is_to_be_entered(
    examined: Callable[..., Report], proxy: int, dead_port: int
) -> None:
    report = examined(f"return 'PROXY 127.0.0.1:{dead_port}; PROXY 127.0.0.1:{proxy}; DIRECT';", network=True)
    assert report.pac is not None
    assert report.pac.enter == f"127.0.0.1:{proxy}"
    answers = {found.address: found.answer for found in report.pac.proxies}
    assert "does not work" in answers[f"127.0.0.1:{dead_port}"]
    assert answers[f"127.0.0.1:{proxy}"].startswith("opens a tunnel to ")
    assert [(entry.name, entry.value) for entry in report.enter.fields] == [
        ("Proxy Setting", "Manual"),
        ("Proxy Hostname", "127.0.0.1"),
        ("Proxy Port", str(proxy)),
    ]


def test_a_proxy_that_wants_credentials_answers(examined: Callable[..., Report]) -> None:
    with listening(answering(lambda _: _WANTS_LOGIN)) as port:
        report = examined(f"return 'PROXY 127.0.0.1:{port}';", network=True)
    assert report.pac is not None
    assert (report.pac.enter, report.pac.proxies[0].answer) == (f"127.0.0.1:{port}", "asks for credentials")


def test_no_proxy_of_the_file_answers(examined: Callable[..., Report], dead_port: int) -> None:
    report = examined(f"return 'PROXY 127.0.0.1:{dead_port}';", network=True)
    assert report.pac is not None
    assert report.pac.enter is None
    assert "does not answer as one" in (report.enter.reason or "")


def test_a_pac_file_behind_a_url(tmp_path: Path) -> None:
    script = f"function FindProxyForURL(url, host) {{ return '{_FIRST}'; }}".encode()
    pages = {
        b"GET /old ": b"HTTP/1.1 302 Found\r\nLocation: /proxy.pac\r\nContent-Length: 0\r\n\r\n",
        b"GET /proxy.pac ": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(script), script),
        b"GET /page ": b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n<html>Sign in</html>\n",
        b"GET /round ": b"HTTP/1.1 301 Moved\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n",
    }
    server = answering(
        lambda data: next((page for start, page in pages.items() if data.startswith(start)), b"HTTP/1.1 404 No\r\n\r\n")
    )
    with listening(server) as port:
        reports = {
            name: _judged(prepare(_wish(pac=f"http://127.0.0.1:{port}/{name}", lookup=False, tries=False)))
            for name in ("old", "page", "round", "missing")
        }
    assert (reports["old"].verdict, _found(reports["old"])) == ("compatible", [])
    contacted = [(each.host, each.port, each.reason) for each in reports["old"].run.contacted]
    assert contacted == [("127.0.0.1", port, "where the PAC file was fetched")]
    for name, words in (("page", "web page"), ("round", "redirects more than 5 times"), ("missing", "answers 404")):
        assert _found(reports[name]) == [("setup.pac-unreadable", "degraded")]
        assert words in reports[name].causes[0].because[0]
    assert tmp_path.exists()


def test_where_wpad_is_looked_for() -> None:
    assert list(wpad_names(["dept.example.com", "example.com"])) == [
        "wpad.dept.example.com",
        "wpad.example.com",
        "wpad.example.com",
    ]
    assert list(wpad_names(["shop.co.uk", "co.uk", "com", ""])) == ["wpad.shop.co.uk"]
    assert list(wpad_names(["example.kobe.jp", "kobe.jp", "ministere.gouv.fr", "info.pl", "corp"])) == [
        "wpad.ministere.gouv.fr"
    ]
    assert list(wpad_names(["dept.office.corp"])) == ["wpad.dept.office.corp", "wpad.office.corp"]


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Sets proxy variables in an environment that holds no other settings."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)

    def set_all(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_all


def test_a_bypass_list_names_the_hosts_the_tokens_and_the_programs(variables: Callable[..., None]) -> None:
    variables(https_proxy="http://10.0.0.1:3128", NO_PROXY="localhost,.pb.com,api.precisely.com:443,10.0.0.0/8")
    found = prepare(_wish(system_settings=True, lookup=False, tries=False))
    assert found.proxy == ProxyAddress("http", "10.0.0.1", 3128)
    report = _judged(found)
    assert _found(report) == [("setup.exclusions", "blocker")]
    cause = report.causes[0]
    assert "distservp1.pb.com:443" in cause.endpoints
    said = " | ".join(cause.because)
    assert "NO_PROXY: '.pb.com' (curl, go, python-requests, python-urllib) sends direct: " in said
    assert "decometlb20.pb.com, " in said
    assert "NO_PROXY: 'api.precisely.com:443' (go)" in said


def test_settings_that_send_no_needed_host_direct(variables: Callable[..., None]) -> None:
    variables(https_proxy="http://10.0.0.1:3128", no_proxy="localhost,127.0.0.1,.corp.example,10.0.0.0/8")
    report = _judged(prepare(_wish(system_settings=True, lookup=False, tries=False)))
    assert _found(report) == []
    assert report.settings[0].lines[0] == "https_proxy: http://10.0.0.1:3128 for https"


def test_no_settings_at_all(variables: Callable[..., None]) -> None:
    variables()
    found = prepare(_wish(system_settings=True, lookup=False, tries=False))
    assert found.proxy is None
    assert _judged(found).verdict == "inconclusive"


def test_without_an_engine_nothing_is_said_against_the_file(
    examined: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_process(*_: object) -> None:
        raise OSError(8, "Exec format error")

    monkeypatch.setattr("proxycheck.checks.setup.pac.evaluate_pac", no_process)
    report = examined(f"return '{_FIRST}';")
    assert (report.verdict, report.causes) == ("inconclusive", ())
    (check,) = report.checks
    assert (check.id, check.verdict) == ("pac", "inconclusive")
    assert "no process could be started for the JavaScript engine" in check.reason


@pytest.mark.slow
def test_a_script_that_is_stopped_half_way_is_no_reason_to_say_yes(examined: Callable[..., Report]) -> None:
    last = [endpoint.host for endpoint in DEVICE.endpoints if endpoint.tier == "required"][-1]
    report = examined(f"if (host == '{last}') for (;;); return '{_FIRST}';")
    assert report.verdict == "inconclusive"
    assert _found(report) == [("setup.pac-unreadable", "degraded")]
    assert report.pac is not None
    assert report.pac.enter is None
    assert any(route.unknown for route in report.pac.routes)


@pytest.mark.slow
def test_what_was_seen_before_a_script_is_stopped_counts(examined: Callable[..., Report]) -> None:
    report = examined("if (url.indexOf('www.youtube.com') > 0) for (;;); return 'DIRECT';")
    assert report.verdict == "incompatible"
    assert ("setup.pac-direct", "blocker") in _found(report)


def test_what_rests_on_names_that_nobody_looked_up_is_not_known(examined: Callable[..., Report]) -> None:
    report = examined(f"return isInNet(dnsResolve(host), '10.0.0.0', '255.0.0.0') ? 'DIRECT' : '{_FIRST}';")
    assert (report.verdict, report.causes) == ("inconclusive", ())
    assert report.pac is not None
    assert report.pac.enter is None
    assert "--resolve" in (report.enter.reason or "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (f'return host == "api.pitneybowes.com" ? "DIRECT" : "{_FIRST}";', "443 goes direct: DIRECT"),
        ('return "DIRECT";', "more go direct: DIRECT"),
    ],
)
def test_one_host_goes_and_many_go(examined: Callable[..., Report], body: str, said: str) -> None:
    (direct,) = (cause for cause in examined(body).causes if cause.code == "setup.pac-direct")
    assert any(said in reason for reason in direct.because), direct.because
