"""What goes to a terminal or a pipe fits its code page, or is shown as an escape; it never ends the command."""

import io
import sys
from pathlib import Path

import pytest

from proxycheck.cli.application import main
from proxycheck.report.json import encode
from tests.report import factory

FOREIGN = "Gr\u00fc\u00dfe \u2013 \u65e5\u672c \u20ac"
COMMANDS = (
    ("--help",),
    ("--version",),
    ("check", "--help"),
    ("devices",),
    ("devices", "sendpro-c"),
    ("devices", "connectplus", "--format", "csv"),
    ("devices", FOREIGN),
    ("check", "--proxy", FOREIGN, "--device", "sendpro-c"),
    ("allowlist", "--device", "sendpro-c", "--format", "squid"),
    ("report", "{saved}", "--verbose"),
    ("report", "{saved}", "--quiet"),
    ("report", "{saved}", "--markdown", "-"),
    ("report", "{saved}", "--html", "{saved}"),
    ("diagnose", "{saved}"),
    ("compare", "{saved}", "{saved}"),
    ("report", FOREIGN),
)


@pytest.mark.parametrize("encoding", ["cp437", "cp850", "cp1252"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_speaks_in_every_code_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...], encoding: str
) -> None:
    saved = tmp_path / f"{FOREIGN}.json"
    endpoints = (factory.endpoint("a.example", 443, "fail", reason=FOREIGN, causes=("connect.host-denied",)),)
    saved.write_bytes(encode(factory.report("incompatible", endpoints, (factory.cause(title=FOREIGN),))))
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True) for _ in range(2)]
    monkeypatch.setattr(sys, "argv", ["proxycheck", *(word.format(saved=saved) for word in words)])
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    monkeypatch.delenv("PROXYCHECK_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        main()
    output, errors = (stream.detach().getvalue() for stream in streams)
    assert ended.value.code in (0, 1, 2, 3), errors
    assert b"fault" not in errors
    assert output or errors
    if "--markdown" not in words:  # a file, whose encoding is its own
        assert output.decode(encoding) or errors.decode(encoding)
