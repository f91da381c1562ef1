"""The running stacks themselves: they say what was recorded, and behave as the facts about their platforms tell."""

import base64
from pathlib import Path

import pytest
from msgspec.structs import replace

from proxycheck.catalogue.trust import device_roots
from proxycheck.lab.internet.authority import Authority
from proxycheck.lab.pytest_plugin import Start
from tests.real.device_stack.process import STORE, RunningStack, Seen, work
from tests.real.device_stack.recorder import CHALLENGE, HANDSHAKE_FAILURE, REFUSAL, SUCCESS, recorder
from tests.real.device_stack.recording import HOST, PASSWORD, USER, load, record
from tests.real.device_stack.stacks import JAVA_STACKS

pytestmark = pytest.mark.real
URL = f"https://{HOST}/"
PLATFORMS = ("android-7.0", "android-9")
EVERY = tuple(java.name for java in JAVA_STACKS)


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of roots that signed nothing."""
    file = tmp_path_factory.mktemp("roots") / "roots.pem"
    file.write_bytes(Authority.public().root_pem)
    return file


@pytest.mark.parametrize("name", EVERY)
def test_a_stack_says_what_was_recorded(running_stacks: dict[str, RunningStack], roots: Path, name: str) -> None:
    assert record(running_stacks[name], roots) == load(name)


def seen(stack: RunningStack, start: Start, scenario: str, url: str = URL) -> Seen:
    """What the stack makes of a scenario's proxy."""
    proxy = start(scenario)
    one = work(url, (proxy.host, proxy.port), proxy.roots, proxy.user, proxy.password)
    return stack.fetch([one])[0]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("url", [URL, "https://mobile-gtalk.l.google.com:5228/", "http://eureka.pitneybowes.com/"])
def test_a_good_proxy_lets_every_stack_through(
    running_stacks: dict[str, RunningStack], proxycheck_start: Start, name: str, url: str
) -> None:
    for scenario in ("clean-tunnel", "clean-basic"):
        found = seen(running_stacks[name], proxycheck_start, scenario, url)
        assert found.reached, str(found)
        assert found.asked == (scenario == "clean-basic")


@pytest.mark.parametrize("name", EVERY)
def test_many_at_once_and_one_after_the_other(
    running_stacks: dict[str, RunningStack], proxycheck_start: Start, name: str
) -> None:
    proxy = proxycheck_start("clean-basic")
    one = work(URL, (proxy.host, proxy.port), proxy.roots, proxy.user, proxy.password)
    assert all(found.reached for found in running_stacks[name].fetch([one] * 16))
    again = replace(one, times=3)
    found = running_stacks[name].fetch([again])[0]
    assert found.reached, str(found)
    assert found.asked == 1, "the tunnel that was opened with credentials is used again"


@pytest.mark.parametrize("name", EVERY)
def test_a_wrong_password_is_sent_without_end(
    running_stacks: dict[str, RunningStack], proxycheck_start: Start, name: str
) -> None:
    assert seen(running_stacks[name], proxycheck_start, "auth-basic-wrong").endless


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_platform_goes_around_a_proxy_that_fails(
    running_stacks: dict[str, RunningStack], roots: Path, name: str
) -> None:
    """The application is told of the host's name and not of the proxy: what its log shows misleads."""
    with recorder(REFUSAL) as (proxy, recorded):
        found = running_stacks[name].fetch([work(URL, proxy, roots, USER, PASSWORD)])[0]
    assert len(recorded) == 1
    assert found.by_proxy
    assert "UnknownHostException" in found.errors[0]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("early", [b"\x16", b"\x17$\x11\x00"], ids=["tls", "teamviewer"])
def test_bytes_that_come_with_the_200_end_the_attempt(
    running_stacks: dict[str, RunningStack], roots: Path, name: str, early: bytes
) -> None:
    with recorder(SUCCESS + early) as (proxy, recorded):
        found = running_stacks[name].fetch([work(URL, proxy, roots, USER, PASSWORD)])[0]
    assert "TLS tunnel buffered too many bytes!" in str(found)
    assert not any(one.first for one in recorded), "no greeting goes out"


@pytest.mark.parametrize("name", EVERY)
def test_credentials_are_written_in_iso_8859_1(running_stacks: dict[str, RunningStack], roots: Path, name: str) -> None:
    """What that charset has not, such as the euro sign, becomes a question mark: such a password is always wrong."""
    with recorder(CHALLENGE, REFUSAL) as (proxy, recorded):
        running_stacks[name].fetch([work(URL, proxy, roots, "Zoë", "größe:€5")])
    sent = recorded[0].heads[1].partition(b"Proxy-Authorization: Basic ")[2].partition(b"\r\n")[0]
    assert base64.b64decode(sent) == "Zoë:größe:?5".encode("latin-1")


@pytest.mark.parametrize(
    ("name", "versions"),
    [("android-7.0", [0x0303, 0x0302, 0x0301]), ("android-9", [0x0303]), ("okhttp-3", [0x0303])],
)
def test_after_a_failed_handshake_only_android_7_goes_down(
    running_stacks: dict[str, RunningStack], roots: Path, name: str, versions: list[int]
) -> None:
    """Each attempt is a tunnel of its own; the later ones say that they are not the first (RFC 7507)."""
    with recorder(SUCCESS, last=HANDSHAKE_FAILURE) as (proxy, recorded):
        found = running_stacks[name].fetch([work(URL, proxy, roots, USER, PASSWORD)])[0]
    hellos = [one.first for one in recorded]
    assert [int.from_bytes(hello[9:11]) for hello in hellos] == versions, str(found)
    assert [b"\x56\x00" in suites(hello) for hello in hellos] == [version != 0x0303 for version in versions]


def suites(hello: bytes) -> bytes:
    """The cipher suites of a greeting, as sent (RFC 5246 section 7.4.1.2)."""
    start = 5 + 4 + 2 + 32
    start += 1 + hello[start]
    return hello[start + 2 : start + 2 + int.from_bytes(hello[start : start + 2])]


@pytest.mark.parametrize("name", EVERY)
def test_the_roots_of_android_7_are_the_store(
    running_stacks: dict[str, RunningStack], proxycheck_start: Start, roots: Path, name: str
) -> None:
    """All 148, and besides them only the lab's authority, without which no host of the lab could be one of them."""
    proxy = proxycheck_start("clean-tunnel")
    own = work(URL, (proxy.host, proxy.port), roots, None, None)
    lab = replace(own, roots=str(proxy.roots))
    alone, with_lab = running_stacks[name].fetch([own, lab])
    assert alone.trusted == len(device_roots(STORE).certificates) + 1
    assert with_lab.reached, str(with_lab)
    assert not alone.reached
    assert "Path does not chain with any of the trust anchors" in str(alone), str(alone)
