"""The password comes from a file, standard input, the environment or a prompt, and is not changed on the way."""

import base64
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from proxycheck.cli import credentials as module
from proxycheck.model.target import Credentials, Probes
from tests.cli.conftest import CHECK, Invoke, Runner

ODD = " pä:@%ss \t"
"""Blanks at both ends, and everything that a URL or a header would treat specially, but no control characters."""
SECRET = ODD.strip("\t")


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nsecond line\n"])
def test_from_a_file_only_the_line_ending_is_taken_off(
    invoke: Invoke, runner: Runner, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / "password"
    file.write_bytes((SECRET + ending).encode())
    assert invoke(*CHECK, "--user", "alice", "--password-file", str(file)).code == 0
    assert runner.plans[0].credentials == Credentials("alice", SECRET)


def test_from_standard_input(invoke: Invoke, runner: Runner) -> None:
    assert invoke(*CHECK, "--user", "alice", "--password-stdin", stdin=f"{SECRET}\n").code == 0
    assert runner.plans[0].credentials == Credentials("alice", SECRET)


def test_from_the_environment_which_forgets_it(invoke: Invoke, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXYCHECK_PASSWORD", SECRET)
    assert invoke(*CHECK, "--user", "alice").code == 0
    assert runner.plans[0].credentials == Credentials("alice", SECRET)
    assert "PROXYCHECK_PASSWORD" not in os.environ


def test_from_a_prompt_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return SECRET

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", answer)
    found = module.credentials("alice", None, password_stdin=False, proxy_url="http://proxy:3128")
    assert found == Credentials("alice", SECRET)
    assert asked == ["Password of alice at http://proxy:3128: "]


def test_a_file_goes_before_the_environment(
    invoke: Invoke, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("from the file")
    monkeypatch.setenv("PROXYCHECK_PASSWORD", "from the environment")
    invoke(*CHECK, "--user", "alice", "--password-file", str(tmp_path / "password"))
    assert runner.plans[0].credentials == Credentials("alice", "from the file")


def test_the_user_name_may_come_with_the_address(invoke: Invoke, runner: Runner) -> None:
    words = ("check", "--proxy", "http://ACME%5Calice@proxy:1", "--device", "sendpro-c", "--password-stdin")
    assert invoke(*words, stdin="x").code == 0
    assert runner.plans[0].credentials == Credentials("ACME\\alice", "x")
    assert runner.plans[0].proxy is not None
    assert runner.plans[0].proxy.username == "ACME\\alice"


def test_without_a_user_there_are_no_credentials(invoke: Invoke, runner: Runner) -> None:
    assert invoke(*CHECK).code == 0
    assert runner.plans[0].credentials is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\nsecret", "is empty"),
        ("pässword".encode("latin-1"), "not UTF-8"),
        ("password".encode("utf-16"), "not UTF-8"),
        (b"pass\x00word", "control character"),
        (b"pass\x7fword", "control character"),
    ],
)
def test_a_file_that_is_no_password_is_refused_unshown(
    invoke: Invoke, runner: Runner, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "password").write_bytes(content)
    outcome = invoke(*CHECK, "--user", "alice", "--password-file", str(tmp_path / "password"))
    assert (outcome.code, runner.plans) == (2, [])
    assert said in outcome.stderr
    assert "word" not in outcome.stderr.replace("password", "")


@pytest.mark.parametrize("user", [(), ("--user", "alice")])
def test_a_missing_password_file_is_refused(
    invoke: Invoke, runner: Runner, tmp_path: Path, user: tuple[str, ...]
) -> None:
    outcome = invoke(*CHECK, *user, "--password-file", str(tmp_path / "nothing"))
    assert (outcome.code, runner.plans) == (2, [])


def test_two_sources_are_refused(invoke: Invoke, runner: Runner, tmp_path: Path) -> None:
    outcome = invoke(*CHECK, "--user", "a", "--password-stdin", "--password-file", str(tmp_path))
    assert (outcome.code, runner.plans) == (2, [])
    assert "not from both" in outcome.stderr


def test_a_password_in_the_environment_without_a_user_is_refused(
    invoke: Invoke, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROXYCHECK_PASSWORD", SECRET)
    outcome = invoke(*CHECK)
    assert (outcome.code, runner.plans) == (2, [])
    assert "PROXYCHECK_PASSWORD is set" in outcome.stderr
    assert SECRET not in outcome.stderr


def test_the_password_is_in_no_output(invoke: Invoke, runner: Runner) -> None:
    secret = "correct horse battery"
    words = (*CHECK, "--user", "alice", "--password-stdin", "--json", "-")
    outcome = invoke(*words, stdin=secret)
    runner.error = RuntimeError(f"Authorization: {secret}")
    failed = invoke(*words, stdin=secret)
    assert secret not in outcome.stdout + outcome.stderr + failed.stderr
    assert failed.code == 4
    assert "<redacted>" in failed.stderr


@pytest.mark.parametrize("debug", ["0", "1"])
@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
def test_a_fault_shows_the_password_in_no_form(
    invoke: Invoke, runner: Runner, monkeypatch: pytest.MonkeyPatch, debug: str, encoding: str
) -> None:
    """The device's own encoding among them; with a traceback, and without."""
    monkeypatch.setenv("PROXYCHECK_DEBUG", debug)
    secret = "p\u00e4ss:w%rd-x"
    pair = base64.b64encode(f"alice:{secret}".encode(encoding))
    runner.error = KeyError(secret, secret.encode(encoding), pair, quote(secret, encoding=encoding))
    failed = invoke(*CHECK, "--user", "alice", "--password-stdin", stdin=secret)
    assert failed.code == 4
    assert failed.stderr.count("<redacted>") >= 4
    for form in ("p\u00e4ss", "w%rd", "p%C3%A4ss", "p%E4ss", r"p\xe4ss", r"p\xc3\xa4ss", pair.decode()):
        assert form not in failed.stderr


@pytest.mark.parametrize(
    "words",
    [("--password", "s3cret-x"), ("--password=s3cret-x",), ("--proxy", "http://alice:s3cret-x@proxy:3128")],
)
def test_a_password_on_the_command_line_is_refused_with_the_reason(
    invoke: Invoke, runner: Runner, words: tuple[str, ...]
) -> None:
    outcome = invoke(*CHECK, *words)
    assert (outcome.code, runner.plans) == (2, [])
    assert "a password does not belong on the command line, where every process can read it" in outcome.stderr
    assert "delete it there" in outcome.stderr
    assert "s3cret-x" not in outcome.stderr + outcome.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--probe-user-case",), "add --user NAME"),
        (("--probe-encoding",), "add --user NAME"),
        (("--probe-domain-form", "a@b.example"), "add --user NAME"),
        (("--user", "a", "--probe-domain-form", "a"), "write its other form"),
        (("--user", "a", "--probe-domain-form", "a:b"), "colon"),
    ],
)
def test_a_probe_that_makes_no_sense_is_refused(
    invoke: Invoke, runner: Runner, words: tuple[str, ...], said: str
) -> None:
    outcome = invoke(*CHECK, *words, "--password-stdin" if "--user" in words else "--quiet", stdin="x")
    assert (outcome.code, runner.plans) == (2, [])
    assert said in outcome.stderr


def test_probes_reach_the_run_and_are_announced(invoke: Invoke, runner: Runner) -> None:
    words = ("--user", "alice", "--password-stdin", "--probe-bad-password", "--probe-domain-form", "alice@a.example")
    outcome = invoke(*CHECK, *words, stdin="x")
    assert runner.plans[0].probes == Probes(bad_password=True, domain_form="alice@a.example")
    assert outcome.stderr.startswith("proxycheck: this run may cause at most 4 refused logins of 'alice'")
