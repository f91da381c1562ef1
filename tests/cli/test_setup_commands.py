"""`proxycheck pac`, and what `check` says of PAC files and settings before it asks anybody."""

from pathlib import Path

import pytest

from proxycheck.routes.system.environment import parse_environment
from tests.cli.conftest import CHECK, Invoke, Runner

_DIRECT = "function FindProxyForURL(url, host) { return 'DIRECT'; }"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("pac", "--device", "sendpro-c"), "write proxycheck pac FILE, or a URL, or --wpad"),
        (("pac", "proxy.pac"), "write --device connectplus or --device sendpro-c"),
        (("pac", "no-such-file.pac", "--device", "sendpro-c"), "the PAC file no-such-file.pac cannot be read"),
        (("pac", "http://me:secret@x/p.pac", "--device", "sendpro-c"), "holds no user name and no password"),
        (("pac", "p.pac", "--device", "sendpro-c", "--resolve", "x"), "no NAME=ADDRESS"),
        (("pac", "p.pac", "--device", "sendpro-c", "--resolve", "x=y"), "--resolve: 'y' is not an IP address"),
        (("pac", "p.pac", "--device", "sendpro-c", "--my-address", "home"), "--my-address: 'home' is not"),
        (("pac", "p.pac", "--device", "sendpro-c", "--tier", "all"), "there is no tier 'all'"),
        (("network",), "write --device connectplus or --device sendpro-c"),
        ((*CHECK, "--pac", "no-such-file.pac"), "the PAC file no-such-file.pac cannot be read"),
    ],
)
def test_bad_input_is_told_in_one_sentence(
    invoke: Invoke, words: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = invoke(*words)
    assert outcome.code == 2
    assert sentence in outcome.stderr
    assert outcome.stderr.count("\n") == 1
    assert "secret" not in outcome.stderr


def test_pac_ends_with_the_code_of_its_verdict(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "proxy.pac"
    file.write_text(_DIRECT)
    outcome = invoke("pac", str(file), "--device", "connectplus", "--no-network")
    assert outcome.code == 1
    assert outcome.stdout.startswith("INCOMPATIBLE  Connect+ / SendPro P Series cannot do what the PAC file has PCs do")
    assert "Nothing to enter on the device yet" in outcome.stdout


def test_a_pac_file_without_a_proxy_leaves_nothing_to_check(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "proxy.pac"
    file.write_text(_DIRECT)
    outcome = invoke("check", "--device", "sendpro-c", "--pac", str(file), "--no-network")
    assert outcome.code == 1
    assert "setup.pac-direct" in outcome.stdout
    assert "Testing" not in outcome.stderr


def test_check_asks_the_network_unless_told_not_to(invoke: Invoke, runner: Runner) -> None:
    assert invoke(*CHECK).code == 0
    assert invoke(*CHECK, "--no-network").code == 0
    assert [plan.network for plan in runner.plans] == [True, False]


def test_the_network_alone_needs_no_proxy_and_asks_no_host(invoke: Invoke, runner: Runner) -> None:
    assert invoke("network", "--device", "connectplus").code == 0
    (plan,) = runner.plans
    assert (plan.command, plan.proxy, plan.endpoints, plan.network) == ("network", None, (), True)


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer on which nobody has set a proxy."""
    monkeypatch.setattr("proxycheck.checks.setup.system_settings.read_system_settings", tuple)


@pytest.fixture
def a_wrong_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer whose environment has one variable, which names no proxy."""
    place = parse_environment({"https_proxy": "http://clerk:geheim55@proxy.example:99999"})
    monkeypatch.setattr("proxycheck.checks.setup.system_settings.read_system_settings", lambda: (place,))


SETTINGS = [
    (command, "--system-settings", "--device", "sendpro-c", "--no-network", *more)
    for command, more in (("check", ("--no-compare-direct",)), ("pac", ()))
]


@pytest.mark.usefixtures("no_settings")
@pytest.mark.parametrize("words", SETTINGS)
def test_settings_that_name_nothing_are_no_pac_file(invoke: Invoke, words: tuple[str, ...]) -> None:
    outcome = invoke(*words, "--quiet")
    assert (outcome.code, outcome.stderr) == (3, "")
    assert outcome.stdout.splitlines()[0] == (
        "COULD NOT TELL  which proxy to enter on SendPro C / SendPro+: this computer's settings name no proxy and no "
        "PAC file; name the proxy yourself: proxycheck check --proxy HOST:PORT"
    )


@pytest.mark.usefixtures("a_wrong_variable")
@pytest.mark.parametrize("words", SETTINGS)
def test_a_setting_that_names_no_proxy_is_named(invoke: Invoke, words: tuple[str, ...]) -> None:
    first = invoke(*words, "--quiet").stdout.splitlines()[0]
    assert (
        "no PAC file (environment variables: https_proxy is set, but its value names no proxy); correct that, " in first
    )
    assert "geheim55" not in first


def test_settings_with_a_proxy_and_no_pac_file(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    place = parse_environment({"https_proxy": "http://proxy.example:8080"})
    monkeypatch.setattr("proxycheck.checks.setup.system_settings.read_system_settings", lambda: (place,))
    first = invoke(*SETTINGS[1], "--quiet").stdout.splitlines()[0]
    assert "(environment variables) name the proxy http://proxy.example:8080 and no PAC file" in first


def test_a_pac_file_that_is_too_large_is_larger_than_what_was_read_of_it(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "proxy.pac"
    file.write_bytes(b"//" + b"x" * (8 << 20))
    outcome = invoke("pac", str(file), "--device", "sendpro-c", "--no-network")
    assert "it is larger than 5 MB; no browser reads a PAC file of that size" in outcome.stdout
    assert "bytes" not in outcome.stdout
