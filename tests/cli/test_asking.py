"""What a check cannot do without is told at once, or asked for; help is in groups and no sentence is cut."""

import pytest

from proxycheck.cli import asking
from tests.cli.conftest import Invoke, Runner


def test_a_proxy_may_stand_alone(invoke: Invoke, runner: Runner) -> None:
    assert invoke("check", "proxy.example:3128", "--device", "sendpro-c").code == 0
    assert runner.plans[0].proxy is not None
    assert runner.plans[0].proxy.url == "http://proxy.example:3128"
    told = invoke("check", "a.example:1", "--proxy", "b.example:1", "--device", "sendpro-c")
    assert (told.code, len(runner.plans)) == (2, 1)
    assert "two proxies" in told.stderr


def test_all_that_is_missing_is_told_at_once_with_an_example(invoke: Invoke, runner: Runner) -> None:
    told = invoke("check")
    assert (told.code, runner.plans) == (2, [])
    assert "--proxy HOST:PORT" in told.stderr
    assert "--device NAME" in told.stderr
    assert "connectplus (Connect+ / SendPro P Series)" in told.stderr
    assert "proxycheck check --proxy proxy.example.com:8080 --device sendpro-c" in told.stderr


@pytest.mark.parametrize("url", ["http://proxy.corp.example/proxy.pac", "https://x.example/wpad.dat?a=1"])
def test_the_address_of_a_pac_file_is_for_another_command(invoke: Invoke, runner: Runner, url: str) -> None:
    for words in (("--proxy", url), (url,)):
        told = invoke("check", *words, "--device", "sendpro-c")
        assert (told.code, runner.plans) == (2, [])
        assert f"write proxycheck pac {url}" in told.stderr


def test_a_person_at_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["proxy.example:8080", "connectplus"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda: next(answers))
    assert asking.completed(None, None, needs_proxy=True, quiet=False) == ("proxy.example:8080", "connectplus")
    assert asking.completed("p:1", "d", needs_proxy=True, quiet=True) == ("p:1", "d")


def test_help_is_in_groups_with_examples_and_every_option(invoke: Invoke) -> None:
    shown = invoke("check", "--help").stdout
    places = [
        shown.index(f"{title}:\n") for title in ("Proxy", "Login", "What to test", "Output", "Expert", "Examples")
    ]
    assert places == sorted(places)
    assert "proxycheck check proxy.example.com:8080 --device sendpro-c\n" in shown
    from proxycheck.cli.check import check

    for parameter in check.params:
        for option in parameter.opts if not getattr(parameter, "hidden", False) else ():
            assert option in shown or parameter.name == "address", option


def test_no_summary_is_cut(invoke: Invoke) -> None:
    for words in ((), ("lab",), ("canary",)):
        assert "..." not in invoke(*words, "--help").stdout.replace("[ARGS]...", "").replace("]...", "")
