"""PAC files, bypass lists and direct exceptions beside a real Squid: what PCs have and the device will not."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxycheck.model.report import Report
from proxycheck.report.json import decode
from tests.real.engines import running
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.office import RESOLVER, office
from tests.real.programs import PORT
from tests.real.squid import ALLOW_ALL, PLAIN_LISTENER, squid
from tests.real.world import REPOSITORY, World, wait_until

pytestmark = pytest.mark.real

_PROXY = f"PROXY {PROXY_ADDRESS}:{PORT}"
_DENIES_OKTA = ("acl unwanted dstdomain .okta.com", "http_access deny unwanted")
_OPEN = squid(PLAIN_LISTENER, ALLOW_ALL)
_DENYING = squid(PLAIN_LISTENER, *_DENIES_OKTA, ALLOW_ALL)


@pytest.fixture
def pac(real_world: World) -> Iterator[Path]:
    """A PAC file that sends one needed host direct and names a dead proxy before the real one."""
    path = real_world.folder / "proxy.pac"
    path.write_text(
        "function FindProxyForURL(url, host) {\n"
        "  if (dnsDomainIs(host, '.okta.com')) return 'DIRECT';\n"
        f"  return 'PROXY {PROXY_ADDRESS}:9; {_PROXY}; DIRECT';\n}}\n"
    )
    yield path
    path.unlink()


def _check(world: World, *arguments: str, **environment: str) -> tuple[Report, str]:
    file = world.folder / "setup-report.json"
    file.unlink(missing_ok=True)
    result = world.network.client.run(
        *(sys.executable, "-m", "proxycheck", "check", "--device", "sendpro-c"),
        *("--roots", str(world.roots), "--json", str(file), *arguments),
        environment=environment,
        directory=REPOSITORY,
        timeout_s=90.0,
    )
    assert file.exists(), result.stdout + result.stderr
    print(result.stdout, result.stderr)  # noqa: T201  shown where the test fails
    return decode(file.read_bytes()), result.stdout + result.stderr


def _found(report: Report) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(cause.code, cause.severity, cause.endpoints) for cause in report.causes]


def test_the_proxy_of_the_pac_file_is_tested_and_said(real_world: World, pac: Path) -> None:
    with running(real_world, _OPEN):
        report, terminal = _check(real_world, "--pac", str(pac), "--no-network")
    assert f"Testing http://{PROXY_ADDRESS}:{PORT}, named by the PAC file {pac}" in terminal
    assert report.proxy is not None
    assert report.proxy.url == f"http://{PROXY_ADDRESS}:{PORT}"
    assert report.verdict == "compatible"
    # PCs go direct there, but the proxy carries the host as well.
    assert _found(report) == [("setup.pac-direct", "info", ("pitneybowes.okta.com:443",))]
    assert next(e for e in report.endpoints if e.host == "pitneybowes.okta.com").verdict == "pass"
    assert [entry.value for entry in report.enter.fields] == ["Manual", PROXY_ADDRESS, str(PORT)]


def test_a_host_that_the_pac_file_sends_direct_and_the_proxy_refuses(real_world: World, pac: Path) -> None:
    with running(real_world, _DENYING):
        report, terminal = _check(real_world, "--pac", str(pac), "--no-network")
    assert report.verdict == "incompatible"
    assert {(code, severity) for code, severity, _ in _found(report)} == {
        ("connect.host-denied", "blocker"),
        ("setup.pac-direct", "blocker"),
    }
    assert "Nothing to enter on the device yet" in terminal


def test_a_host_that_only_works_direct_is_an_exclusion_in_disguise(real_world: World) -> None:
    with running(real_world, _DENYING), office(real_world):
        report, _ = _check(real_world, "--proxy", f"{PROXY_ADDRESS}:{PORT}", "--no-network")
    cause = report.causes[0]
    assert (cause.code, cause.endpoints) == ("connect.host-denied", ("pitneybowes.okta.com:443",))
    assert "without the proxy they answer: pitneybowes.okta.com" in cause.because
    assert "The device knows no exclusions" in cause.explanation


def test_without_a_way_out_nothing_is_said_of_exclusions(real_world: World) -> None:
    with running(real_world, _DENYING):
        report, _ = _check(real_world, "--proxy", f"{PROXY_ADDRESS}:{PORT}", "--no-network")
    assert report.causes[0].code == "connect.host-denied"
    assert "without the proxy they answer" not in " ".join(report.causes[0].because)


@pytest.mark.parametrize(
    ("software", "severity", "verdict"), [(_OPEN, "info", "compatible"), (_DENYING, "blocker", "incompatible")]
)
def test_a_bypass_list_counts_where_the_proxy_does_not_carry_the_host(
    real_world: World, software: object, severity: str, verdict: str
) -> None:
    with running(real_world, software):  # type: ignore[arg-type]
        report, terminal = _check(
            real_world,
            "--system-settings",
            "--no-network",
            https_proxy=f"http://{PROXY_ADDRESS}:{PORT}",
            no_proxy="localhost,.okta.com",
        )
    assert f"Testing http://{PROXY_ADDRESS}:{PORT}, named by https_proxy" in terminal
    assert report.verdict == verdict
    found = {code: (level, endpoints) for code, level, endpoints in _found(report)}
    assert found["setup.exclusions"] == (severity, ("pitneybowes.okta.com:443",))


def test_wpad_finds_the_pac_file_by_dns(real_world: World, pac: Path) -> None:
    """dnsmasq gives the name, a web server on the usual port the file; the client's own domain leads there."""
    folder = real_world.folder / "wpad"
    folder.mkdir(exist_ok=True)
    (folder / "wpad.dat").write_bytes(pac.read_bytes())
    with (
        running(real_world, _OPEN),
        office(real_world, f"host-record=wpad.corp.example,{RESOLVER}"),
        _web_server(real_world, folder),
    ):
        _search(real_world, "office.corp.example")
        report, terminal = _check(real_world, "--wpad", "--no-network")
    assert "named by the PAC file http://wpad.corp.example/wpad.dat" in terminal
    assert report.verdict == "compatible"


@contextlib.contextmanager
def _web_server(world: World, folder: Path) -> Iterator[None]:
    log = world.folder / "wpad.log"
    command = (sys.executable, "-m", "http.server", "80", "--bind", RESOLVER, "--directory", str(folder))
    server = world.network.proxy.start(*command, log=log)
    try:
        wait_until(lambda: _serves(server.pid, world.network.proxy.inode), server, log)
        yield
    finally:
        server.kill()
        server.wait()


def _serves(process_id: int, namespace_inode: int) -> bool:
    """Whether somebody listens on port 80 in the namespace that the process lives in."""
    try:
        if Path(f"/proc/{process_id}/ns/net").stat().st_ino != namespace_inode:
            return False
        rows = Path(f"/proc/{process_id}/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return False
    return any(row.split()[1].endswith(":0050") and row.split()[3] == "0A" for row in rows)


def _search(world: World, domain: str) -> None:
    path = Path("/etc/netns", world.network.client.name, "resolv.conf")
    path.write_text(f"nameserver {RESOLVER}\nsearch {domain}\noptions timeout:1 attempts:1\n")
