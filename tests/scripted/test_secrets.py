"""No secret leaves: every command, every format, every file and the process list, in every form a secret can take."""

import base64
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from proxycheck.cli.application import app
from proxycheck.model.report import Report
from proxycheck.model.target import Credentials
from proxycheck.report.json import decode
from tests.scripted.accounts import account_file, basic, basic_value, digest, ntlm
from tests.scripted.proxy import Request, Said, Script, ScriptedProxy, scripted

REPOSITORY = Path(__file__).resolve().parents[2]
SECRET = Credentials("clerk", 'p\u00e4 ss:w%rd"@x')
WRONG = Credentials("clerk", 'q\u00e4 ss:w%rd"@z')
PLAIN = Credentials("clerk", "s3cret-x!")
COMMANDS = {
    command.name or "": frozenset(inspect.signature(command.callback).parameters)
    for command in app.registered_commands
    if command.callback is not None
}
"""Every command with the names of its parameters."""
WORDS = {
    "check": (),  # runs with credentials above
    "demo": ("--no-color",),
    "devices": ("sendpro-c", "--json", "-"),
    "observed": (str(REPOSITORY / "tests" / "scripted" / "observed.jsonl"), "--device", "sendpro-c", "--json", "-"),
    "network": (),  # takes no credentials, and asks the network it is in
    "pac": (str(REPOSITORY / "tests" / "scripted" / "example.pac"), "--device", "sendpro-c", "--no-network"),
}
"""How a command without a report is run, with the password in its environment."""


class Echo:
    """A script that says everything it was told again, in many forms, and takes the process list at each request."""

    def __init__(self, script: Script, credentials: Credentials) -> None:
        self._script = script
        self._password = credentials.password
        self.processes: set[str] = set()

    def __call__(self, request: Request) -> Said:
        if os.name == "posix":
            listed = subprocess.run(["ps", "axww", "-o", "args="], capture_output=True, text=True, check=True)
            self.processes.update(listed.stdout.splitlines())
        said = self._script(request)
        if said.then == "tunnel":
            return said
        head, _, _ = said.data.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
        value = request.authorization or ""
        lines.append(b"Set-Cookie: session=" + quote(self._password).encode())
        page = [request.head.decode("latin-1"), self._password, quote(self._password), quote_plus(self._password)]
        page += [json.dumps(self._password), value, value.partition(" ")[2]]
        page += [base64.b64encode(self._password.encode()).decode()]
        body = "\n".join(page).encode("utf-8", "replace") + self._password.encode("latin-1")
        lines.append(b"Content-Length: %d" % len(body))
        return Said(b"\r\n".join(lines) + b"\r\n\r\n" + body, said.then)


def forms(credentials: Credentials, sent: list[str]) -> Iterator[bytes]:
    """What must not be found: the password in each form, and every token and parameter that was sent."""
    for encoding in ("utf-8", "iso-8859-1"):
        yield credentials.password.encode(encoding)
        yield quote(credentials.password.encode(encoding)).encode()
        yield quote_plus(credentials.password.encode(encoding)).encode()
        yield base64.b64encode(credentials.password.encode(encoding)).rstrip(b"=")
        yield basic_value(credentials, encoding).removeprefix("Basic ").rstrip("=").encode()
    yield json.dumps(credentials.password)[1:-1].encode()
    for value in sent:
        scheme, _, token = value.partition(" ")
        if scheme == "Digest":
            parameters = (part.partition("=") for part in token.split(", "))
            yield from (v.strip('"').encode() for name, _, v in parameters if name in ("response", "cnonce"))
        else:
            yield token.encode("latin-1")


def run(*words: str, folder: Path, given: str = "", **environment: str) -> bytes:
    """Everything that the program says; HOME and the working directory are `folder`."""
    ended = subprocess.run(
        [sys.executable, "-m", "proxycheck", *words],
        input=given.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "HOME": str(folder), **environment},
        check=False,
        timeout=120,
    )
    assert ended.returncode in (0, 1, 3), ended.stdout.decode(errors="replace")
    return ended.stdout


def assert_clean(told: bytes, secrets: Iterator[bytes], where: str) -> None:
    """None of the secrets stands there, in either case of the percent-encoding."""
    for secret in secrets:
        assert len(secret) >= 6
        assert secret not in told, (where, secret)
        assert not (b"%" in secret and secret.lower() in told.lower()), (where, secret)


SCRIPTS: dict[str, tuple[Script, Credentials]] = {
    "basic-right": (basic(SECRET), SECRET),
    "basic-wrong": (basic(SECRET), WRONG),
    "basic-utf-8": (basic(SECRET, encoding="utf-8"), SECRET),
    "digest": (digest(PLAIN), PLAIN),
    "ntlm": (ntlm(), PLAIN),
    "ntlm-wrong": (ntlm(), WRONG),
}


def _check(proxy: ScriptedProxy, *words: str) -> tuple[str, ...]:
    return (
        *("check", "--proxy", f"http://127.0.0.1:{proxy.port}", "--device", "sendpro-c", "--user", SECRET.username),
        *("--only", "*.pb.com:443", "--timeout", "1", "--no-compare-direct", "--no-network", *words),
    )


@pytest.mark.parametrize(("script", "credentials"), SCRIPTS.values(), ids=SCRIPTS)
def test_no_command_and_no_format_tells(
    script: Script, credentials: Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTLM_USER_FILE", str(account_file(tmp_path, PLAIN)))
    folder = tmp_path / "home"
    folder.mkdir()
    password = tmp_path / "password"
    password.write_text(f"{credentials.password}\n", encoding="utf-8")
    echo = Echo(script, credentials)
    probes = ("--probe-encoding", "--probe-user-case", "--probe-bad-password", "--probe-domain-form", "clerk@x.example")
    with scripted(echo) as proxy:
        told = run(*_check(proxy, "--json", "a.json"), folder=folder, PROXYCHECK_PASSWORD=credentials.password)
        told += run(*_check(proxy, "--password-file", str(password), "--json", "-"), folder=folder)
        told += run(
            *_check(proxy, "--password-stdin", "--verbose", *probes, "--json", "b.json"),
            folder=folder,
            given=f"{credentials.password}\n",
        )
        sent = proxy.authorizations
    for name, parameters in COMMANDS.items():
        if "saved" in parameters:
            for words in (("--verbose",), ("--quiet", "--json", f"{name}.json"), ("--json", "-")):
                told += run(name, "b.json", *words, folder=folder)
    assert sent
    assert b"<redacted>" in told
    assert_clean(told, forms(credentials, sent), "printed")
    for file in folder.rglob("*"):
        if file.is_file():
            assert_clean(file.read_bytes(), forms(credentials, sent), file.name)
    assert_clean("\n".join(echo.processes).encode(), forms(credentials, sent), "process list")
    assert any("proxycheck" in line for line in echo.processes) or os.name != "posix"


@pytest.mark.parametrize("name", [name for name, parameters in COMMANDS.items() if "saved" not in parameters])
def test_no_other_command_tells_what_is_in_its_environment(name: str, tmp_path: Path) -> None:
    words = WORDS.get(name)
    assert words is not None, f"{name} is new: say in WORDS how it is run"
    if not words:
        return
    told = run(name, *words, folder=tmp_path, PROXYCHECK_PASSWORD=SECRET.password)
    assert_clean(told, forms(SECRET, []), name)


@pytest.mark.parametrize("password", ["close", "Basic", "realm", "HTTP", "1234", "keep-alive", "Proxy-Authenticate"])
def test_a_password_that_is_a_word_of_the_protocol_changes_no_verdict(password: str, tmp_path: Path) -> None:
    """Neither when it is measured nor when the saved evidence is judged again."""
    file = tmp_path / "report.json"
    reports: list[Report] = []
    for credentials in (Credentials("clerk", password), Credentials("clerk", "not a word of it")):
        with scripted(basic(credentials)) as proxy:
            run(*_check(proxy, "--json", str(file)), folder=tmp_path, PROXYCHECK_PASSWORD=credentials.password)
        reports.append(decode(file.read_bytes()))
        run("diagnose", str(file), "--json", str(file), folder=tmp_path)
        reports.append(decode(file.read_bytes()))
    told = [
        (report.verdict, report.proxy and report.proxy.auth, [(c.code, c.endpoints) for c in report.causes])
        for report in reports
    ]
    checks = [[(check.id, check.verdict, check.causes) for check in report.checks] for report in reports]
    assert all(each == told[0] for each in told)
    assert all(each == checks[0] for each in checks)
