"""`proxycheck observed`: exit codes, the page, the JSON, and files that are no log."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.support.observing import FUNDS, PUSH, SHIPPING, asked, connection, reached, refused, reply, written

OBSERVED = ("observed", "-", "--device", "sendpro-c")


@pytest.mark.parametrize(
    ("log", "code", "label"),
    [
        (written(reached(FUNDS)), 0, "REACHED  "),
        (written(reached(FUNDS), reached(SHIPPING), refused(PUSH)), 0, "DEGRADED  "),
        (written(reached(SHIPPING), refused(FUNDS)), 1, "FAILED  "),
        (b"", 3, "COULD NOT TELL  "),
        (written(reached("other.example:443")), 3, "COULD NOT TELL  "),
    ],
)
def test_the_first_line_is_the_answer(invoke: Invoke, log: bytes, code: int, label: str) -> None:
    outcome = invoke(*OBSERVED, stdin=log)
    assert outcome.code == code
    assert outcome.stdout.startswith(label)
    assert outcome.stderr == ""


def test_the_page_in_its_order(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "device.jsonl"
    file.write_bytes(
        written(
            reached(FUNDS),
            reached(SHIPPING),
            refused("pbdlsp1.pb.com:443"),
            refused("pbdlsp1k.pb.com:443"),
            reached("other.example:443"),
        )
    )
    outcome = invoke("observed", str(file), "--device", "sendpro-c")
    at = [
        outcome.stdout.index(words)
        for words in (
            "FAILED  SendPro C / SendPro+ did not reach 2 of 4 endpoints",
            "5 connections from 2026-11-01T12:00:00Z",
            "(connect.host-denied)",
            "Not reached, or not every time",
            "pbdlsp1.pb.com:443 (1x failed), pbdlsp1k.pb.com:443 (1x failed)",
            "CONNECT was answered 403 Forbidden (2x)",
            "Reached\n",
            "1x, at 12:00:00, 500 B up, 5.0 kB down",
            "Needed and not seen",
            "master3.teamviewer.com:5938 or 443 or 80",
            "Used by the device and not listed by its guide",
            "other.example:443",
        )
    ]
    assert at == sorted(at)


def test_the_json_holds_every_endpoint_and_no_secret_field(invoke: Invoke, tmp_path: Path) -> None:
    outcome = invoke(*OBSERVED, "--json", "-", stdin=written(reached(FUNDS)))
    report = json.loads(outcome.stdout)
    assert report["schema"] == "proxycheck.observed-report/1"
    assert outcome.stderr.startswith("REACHED")
    assert {use["verdict"] for use in report["needed"]} == {"reached", "not-seen"}
    file = tmp_path / "out.json"
    assert invoke(*OBSERVED, "--json", str(file), stdin=written(reached(FUNDS))).code == 0
    assert json.loads(file.read_bytes()) == report
    assert invoke(*OBSERVED, "--json", str(file), stdin=written(reached(SHIPPING))).code == 0
    file.write_text("mine")
    told = invoke(*OBSERVED, "--json", str(file), stdin=written(reached(FUNDS)))
    assert (told.code, told.stdout, file.read_text()) == (2, "", "mine")
    assert invoke(*OBSERVED, "--json", str(file), "--force", stdin=written(reached(FUNDS))).code == 0
    assert json.loads(file.read_bytes()) == report


def test_what_a_proxy_said_steers_no_terminal(invoke: Invoke) -> None:
    hostile = "\x1b]0;owned\x07\u202e\x9b2J"
    log = written(
        connection(asked(FUNDS, reply(f"403 {hostile}", f"Server: squid{hostile}", page=hostile))),
        connection(asked(f"{hostile}:443", reply("403"))),
        reached(SHIPPING),
    )
    outcome = invoke(*OBSERVED, "--json", "-", stdin=log)
    for text in (outcome.stdout, outcome.stderr):
        assert not set(text) & set("\x1b\x07\u202e\x9b")


@pytest.mark.parametrize(
    ("words", "stdin", "sentence"),
    [
        (("observed", "no-such-file.jsonl", "--device", "sendpro-c"), b"", "no-such-file.jsonl cannot be read"),
        (("observed", ".", "--device", "sendpro-c"), b"", ". cannot be read"),
        (("observed", "-"), b"", "write --device connectplus or --device sendpro-c"),
        (OBSERVED, written(reached(FUNDS)) + b"{}\n", "standard input, line 2 has no schema"),
    ],
)
def test_bad_input_is_told_in_one_sentence(
    invoke: Invoke,
    words: tuple[str, ...],
    stdin: bytes,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = invoke(*words, stdin=stdin)
    assert outcome.code == 2
    assert sentence in outcome.stderr
    assert outcome.stderr.count("\n") == 1
