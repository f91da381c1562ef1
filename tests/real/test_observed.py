"""The observer between a device and real Squid: curl is the device, in a private internet."""

import contextlib
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from proxycheck import resources
from proxycheck.model.observed_report import ObservedReport
from tests.real.engines import Software, running
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.prerequisites import enforced
from tests.real.programs import PORT
from tests.real.squid import INSPECTING_LISTENER, PLAIN_LISTENER, squid, squid_with_digest, squid_with_users
from tests.real.world import REPOSITORY, World, wait_until

pytestmark = pytest.mark.real

_PORTS = "acl SSL_ports port 443\nacl CONNECT method CONNECT\nhttp_access deny CONNECT !SSL_ports"
_BUMP = (*("ssl_bump peek step1", "ssl_bump bump all"), "http_access allow all")
OBSERVER = "127.0.0.1:18080"
_PASSWORD = "s3cret:w%rd"
_WITHOUT_COLON = "s3cret-w%rd"
"""For a file of Squid's that has a colon between user and password."""


@contextlib.contextmanager
def observer(world: World, log: Path) -> Iterator[None]:
    """mitmdump with the observer, in the device's network; ended as by Ctrl-C."""
    said = log.with_suffix(".out")
    process = world.network.client.start(
        str(Path(sys.executable).with_name("mitmdump")),
        *("-s", str(resources.addons() / "observe.py"), "--mode", f"upstream:http://{PROXY_ADDRESS}:{PORT}"),
        *("--listen-host", "127.0.0.1", "--listen-port", OBSERVER.rpartition(":")[2]),
        *("--set", f"observe_log={log}", "--set", f"confdir={log.parent}"),
        log=said,
    )
    try:
        wait_until(lambda: "listening at" in said.read_text(), process, said)
        yield
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20.0)
    finally:
        process.kill()
        process.wait()


def curl(world: World, url: str, *words: str, proxy: str = OBSERVER) -> str:
    """What curl says of the proxy's replies and of the end; the body is left out."""
    if shutil.which("curl") is None:
        (pytest.fail if enforced() else pytest.skip)("curl is not installed")
    result = world.network.client.run(
        *("curl", "-sv", "--max-time", "20", "-o", "/dev/null", "--cacert", str(world.roots)),
        *("-x", f"http://{proxy}", *words, url),
    )
    replies = [line for line in result.stderr.splitlines() if line.startswith("< ")]
    return "\n".join(re.sub(r"^< Date: .*", "< Date:", line) for line in (*replies, f"exit {result.returncode}"))


def observed(world: World, log: Path) -> tuple[int, ObservedReport, str]:
    """What the command makes of the log."""
    file = log.with_suffix(".json")
    options = ("--device", "sendpro-c", "--roots", str(world.roots), "--json", str(file))
    command = (sys.executable, "-P", "-m", "proxycheck", "observed", str(log), *options)
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert file.exists(), ended.stderr
    return ended.returncode, msgspec.json.decode(file.read_bytes(), type=ObservedReport), ended.stdout


def with_basic() -> Software:
    """Squid with Basic authentication, and CONNECT to port 443 only."""
    return squid_with_users({"clerk": _PASSWORD}, _PORTS)


def test_squid_with_basic_and_its_port_rule(real_world: World, tmp_path: Path) -> None:
    log = tmp_path / "device.jsonl"
    login = ("-U", f"clerk:{_PASSWORD}")
    through = (
        ("https://pbdlsp1.pb.com/", ()),
        ("https://pbdlsp1.pb.com/", ("--proxy-anyauth", *login)),
        ("https://api.precisely.com/", login),
        ("https://mobile-gtalk.l.google.com:5228/", login),
        ("http://eureka.pitneybowes.com/a?token=verysecret", login),
    )
    with running(real_world, with_basic()):
        plain = [curl(real_world, url, *words, proxy=f"{PROXY_ADDRESS}:{PORT}") for url, words in through]
        with observer(real_world, log):
            seen = [curl(real_world, url, *words) for url, words in through]
    assert seen == plain, "the observer changed a reply"
    text = log.read_text()
    for secret in (_PASSWORD, "Y2xlcms6", "verysecret"):
        assert secret not in text
    code, report, terminal = observed(real_world, log)
    print(terminal)  # noqa: T201  shown where the test fails
    found = {use.id: use for use in report.needed if use.verdict != "not-seen"}
    assert {key: use.verdict for key, use in found.items()} == {
        "pbdlsp1.pb.com:443": "reached",
        "api.precisely.com:443": "reached",
        "eureka.pitneybowes.com:80": "reached",
        "mobile-gtalk.l.google.com:5228": "failed",
    }
    assert [cause.code for cause in report.causes] == ["connect.port-denied"]
    assert report.causes[0].product is not None
    assert report.causes[0].product.name == "Squid"
    assert (report.verdict, code) == ("degraded", 0)


def test_credentials_that_are_never_given(real_world: World, tmp_path: Path) -> None:
    log = tmp_path / "device.jsonl"
    with running(real_world, with_basic()), observer(real_world, log):
        for host in ("pbdlsp1.pb.com", "api.precisely.com", "ms1app.pb.com"):
            curl(real_world, f"https://{host}/")
    code, report, terminal = observed(real_world, log)
    print(terminal)  # noqa: T201
    assert [(cause.code, len(cause.endpoints)) for cause in report.causes] == [("auth.required", 3)]
    assert (report.verdict, code) == ("failed", 1)


_NTLM = "auth_param ntlm program /usr/lib/squid/ntlm_fake_auth"
_USERS = "acl users proxy_auth REQUIRED\nhttp_access allow users\nhttp_access deny all"


@pytest.mark.parametrize(
    ("software", "scheme"),
    [(squid(PLAIN_LISTENER, _NTLM, _USERS), "ntlm"), (squid_with_digest("clerk", _WITHOUT_COLON), "digest")],
    ids=["ntlm", "digest"],
)
def test_a_login_in_several_steps(real_world: World, tmp_path: Path, software: Software, scheme: str) -> None:
    log = tmp_path / "device.jsonl"
    with running(real_world, software), observer(real_world, log):
        said = curl(real_world, "https://pbdlsp1.pb.com/", f"--proxy-{scheme}", "-U", f"clerk:{_WITHOUT_COLON}")
    assert said.endswith("exit 0"), said
    text = log.read_text()
    assert re.search(rf'"authorization": "{scheme}"', text)
    for secret in (_WITHOUT_COLON, "TlRMTVNTUA", "cnonce=", "response="):
        assert secret not in text
    _, report, terminal = observed(real_world, log)
    print(terminal)  # noqa: T201
    found = {use.id: (use.verdict, use.failed) for use in report.needed if use.verdict != "not-seen"}
    assert found == {"pbdlsp1.pb.com:443": ("reached", 0)}


def test_inspection_that_the_device_puts_up_with_is_a_note(real_world: World, tmp_path: Path) -> None:
    log = tmp_path / "device.jsonl"
    with running(real_world, squid(INSPECTING_LISTENER, *_BUMP)), observer(real_world, log):
        for host in ("pbdlsp1.pb.com", "play.google.com", "s3.amazonaws.com"):
            assert curl(real_world, f"https://{host}/", "-k", "--tls-max", "1.2").endswith("exit 0")
    code, report, terminal = observed(real_world, log)
    print(terminal)  # noqa: T201
    assert [(cause.code, cause.severity) for cause in report.causes] == [("tls.inspected", "info")]
    assert (report.verdict, code, report.tally.reached) == ("reached", 0, 3)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_device_that_breaks_off_tls(real_world: World, tmp_path: Path, version: str) -> None:
    """Squid signs for the hosts, and the device does not trust it. Only TLS 1.2 shows by whom."""
    log = tmp_path / "device.jsonl"
    with running(real_world, squid(INSPECTING_LISTENER, *_BUMP)), observer(real_world, log):
        for host in ("pbdlsp1.pb.com", "api.precisely.com", "play.google.com", "s3.amazonaws.com"):
            said = curl(real_world, f"https://{host}/", "--tls-max", version, f"--tlsv{version}")
            assert said.endswith("exit 60"), said
    code, report, terminal = observed(real_world, log)
    print(terminal)  # noqa: T201
    (cause,) = report.causes
    assert cause.code == "tls.inspected"
    assert (cause.confidence == "weak") is (version == "1.3")
    assert len(cause.endpoints) == 4
    assert (report.verdict, code) == ("failed", 1)
