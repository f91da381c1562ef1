"""Whatever is wrong on the command line is one sentence that says what to write instead, and exit code 2."""

import re
from pathlib import Path

import click
import pytest

from proxycheck.cli.ending import refusal
from proxycheck.lab.internet.ct_log import LabLog, log_list
from tests.cli.conftest import CHECK, Invoke, Runner

PROXY = ("check", "--device", "sendpro-c", "--proxy")
DIRECT = ("check", "--direct", "--device", "sendpro-c")
SECRET = "hunter2"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check",), "--proxy HOST:PORT (or --direct"),
        (("check",), "or --direct for the way without a proxy"),
        ((*CHECK, "--direct"), "write either --proxy HOST:PORT or --direct"),
        ((*DIRECT, "--user", "alice"), "leave them out with --direct"),
        ((*DIRECT, "--probe-bad-password"), "leave them out with --direct"),
        ((*DIRECT, "--password-stdin"), "add --user NAME"),
        (("check", "--proxy", "p:1"), "--device NAME must be given; known devices are sendpro-c"),
        (("check", "--proxy", "p:1", "--device", "sendpro"), "there is no device 'sendpro'"),
        (("devices", "nosuch"), "there is no device 'nosuch'"),
        ((*PROXY, "proxy"), "has no port"),
        ((*PROXY, "http://proxy:3128/path"), "no path"),
        ((*PROXY, "htp://proxy:3128"), "write --proxy HOST:PORT"),
        ((*PROXY, "proxy:99999"), "between 1 and 65535"),
        ((*CHECK, "--tier", "must"), "write --tier required, recommended or optional"),
        ((*CHECK, "--only", "pb.com"), "write *.example.com:443"),
        ((*CHECK, "--only", "ms1ap.pb.com:443"), "near it are ms1app.pb.com:443"),
        ((*CHECK, "--only", "*.pb.com:22"), "matches no endpoint"),
        ((*CHECK, "--tier", "required", "--only", "*.teamviewer.com:*"), "matches no endpoint"),
        ((*CHECK, "--add", "www.example.com"), "write HOST:PORT"),
        ((*CHECK, "--add", "http://www.example.com:80"), "write HOST:PORT"),
        ((*CHECK, "--timeout", "0"), "between 0.1 and 600"),
        ((*CHECK, "--timeout", "nan"), "between 0.1 and 600"),
        ((*CHECK, "--timeout", "soon"), "invalid value for '--timeout'"),
        ((*CHECK, "--concurrency", "0"), "between 1 and 256"),
        ((*CHECK, "--user-agent", "a\r\nb: c"), "write printable ASCII"),
        ((*CHECK, "--user-agent", ""), "write printable ASCII"),
        ((*CHECK, "--user", ""), "write --user NAME"),
        ((*CHECK, "--user", "alice"), "--password-file FILE, --password-stdin or PROXYCHECK_PASSWORD"),
        ((*CHECK, "--password-stdin"), "add --user NAME"),
        ((*PROXY, "http://bob@p:1", "--user", "alice"), "give the name once"),
        ((*CHECK, "--roots", "/nonexistent.pem"), "/nonexistent.pem"),
        ((*CHECK, "--ct-log-list", "/nonexistent.json"), "/nonexistent.json"),
        ((*CHECK, "--json", "/nonexistent/report.json"), "the directory /nonexistent of --json"),
        ((*CHECK, "--json", "/"), "is a directory"),
        (("report", "/nonexistent.json"), "/nonexistent.json cannot be read: there is no such file"),
        (("diagnose", "/nonexistent.json"), "/nonexistent.json cannot be read: there is no such file"),
        (("check", "--no-such-option"), "no such option"),
        (("chekc",), "no such command"),
    ],
)
def test_it_is_refused_before_anything_runs(invoke: Invoke, runner: Runner, words: tuple[str, ...], said: str) -> None:
    outcome = invoke(*words)
    assert outcome.code == 2
    assert outcome.stdout == ""
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert outcome.stderr.startswith("proxycheck: ")
    assert outcome.stderr.count("\n") == 1
    assert runner.plans == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("chekc",), "no such command 'chekc'; see proxycheck --help"),
        (("zzz",), "no such command 'zzz'; see proxycheck --help"),
        (("--jsn",), "no such option '--jsn'; see proxycheck --help"),
        (("lab", "chek"), "no such command 'chek'; see proxycheck lab --help"),
        (("check", "--htm"), "no such option '--htm'; see proxycheck check --help"),
        (("report",), "missing argument 'REPORT'; see proxycheck report --help"),
        (("monitoring", "a", "b"), "got unexpected extra argument (b); see proxycheck monitoring --help"),
    ],
)
def test_what_cannot_be_understood_is_one_sentence_that_names_the_help(
    invoke: Invoke, words: tuple[str, ...], sentence: str
) -> None:
    outcome = invoke(*words)
    assert (outcome.code, outcome.stdout) == (2, "")
    # What is near it, and how an option is quoted, is click's, and differs between its versions.
    told = re.sub(r"\boption:? '?(--\w+)'?", r"option '\1'", outcome.stderr)
    assert re.sub(r" \(did you mean [^)]*\?\)", "", told) == f"proxycheck: {sentence}\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("No such option '--htm'. Did you mean '--html'?", "no such option '--htm' (did you mean '--html'?)"),
        ("No such option: --jsn Did you mean --json?", "no such option: --jsn (did you mean --json?)"),
        ("No such option: --j (Did you mean one of: '-a', '-b'?)", "no such option: --j (did you mean '-a', '-b'?)"),
        ("Missing option '-x'. Choose from:\n\ta,\n\tb", "missing option '-x'; choose from: a, b"),
    ],
)
def test_several_sentences_of_click_become_one(words: str, told: str) -> None:
    assert refusal(click.UsageError(words)) == f"{told}; see proxycheck --help"


def test_a_choice_that_is_missing_is_told_on_one_line(invoke: Invoke) -> None:
    outcome = invoke("allowlist", "--device", "sendpro-c")
    assert outcome.code == 2
    assert outcome.stderr.startswith("proxycheck: missing option '--format'; choose from: plain, csv, json, squid,")
    assert outcome.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        (*CHECK, "--user", f"alice:{SECRET}"),
        (*CHECK, "--password", SECRET),
        (*CHECK, f"--password={SECRET}"),
        (*CHECK, "--proxy-user", f"alice:{SECRET}"),
        (*CHECK, "--proxy-password", SECRET),
        (*PROXY, f"http://alice:{SECRET}@proxy:3128"),
        (*PROXY, f"htp://alice:{SECRET}@proxy"),
    ],
)
def test_a_password_on_the_command_line_is_refused_with_the_reason_and_not_repeated(
    invoke: Invoke, runner: Runner, words: tuple[str, ...]
) -> None:
    outcome = invoke(*words)
    assert outcome.code == 2
    assert "--password-file" in outcome.stderr
    assert SECRET not in outcome.stdout + outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1
    assert runner.plans == []


@pytest.mark.parametrize("content", [b"", b"no certificate here", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_roots_file_without_a_certificate_is_refused(
    invoke: Invoke, runner: Runner, tmp_path: Path, content: bytes
) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(content)
    outcome = invoke(*CHECK, "--roots", str(roots))
    assert (outcome.code, runner.plans) == (2, [])
    assert "roots.pem" in outcome.stderr


@pytest.mark.parametrize("content", ["", '{"operators": []}', '{"operators": 1}', "log_id\tkey\nAAAA\tAAAA\n"])
def test_a_log_list_without_a_log_is_refused(invoke: Invoke, runner: Runner, tmp_path: Path, content: str) -> None:
    logs = tmp_path / "logs.json"
    logs.write_text(content)
    outcome = invoke(*CHECK, "--ct-log-list", str(logs))
    assert (outcome.code, runner.plans) == (2, [])
    assert "logs.json" in outcome.stderr


def test_a_log_list_reaches_the_run(invoke: Invoke, runner: Runner, tmp_path: Path) -> None:
    logs = tmp_path / "logs.tsv"
    logs.write_text(log_list([LabLog()]))
    assert invoke(*CHECK, "--ct-log-list", str(logs), "--quiet").code == 0
    assert [plan.ct_log_list for plan in runner.plans] == [logs]
    assert runner.plans[0].options["ct_log_list"] == str(logs)


def test_a_file_that_is_no_report_is_named(invoke: Invoke, tmp_path: Path) -> None:
    for content, told in (("no json", "the file is not JSON"), ("<html>", "the page holds no report of proxycheck")):
        (tmp_path / "x.json").write_text(content)
        outcome = invoke("report", str(tmp_path / "x.json"))
        assert outcome.code == 2
        assert f"x.json: {told}" in outcome.stderr
