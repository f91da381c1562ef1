"""No secret leaves: every command, every format, every file and the process list, in every form a secret can take."""

import base64
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, quote_plus

import click
import pytest

from proxycheck.cli.application import app
from proxycheck.model.report import Report
from proxycheck.model.target import Credentials
from proxycheck.report.bundle import is_bundle
from proxycheck.report.embedded import ELEMENT_ID, extract, is_page
from proxycheck.report.json import decode
from tests.scripted.accounts import BASIC, account_file, basic, basic_value, digest, ntlm
from tests.scripted.proxy import Request, Said, Script, ScriptedProxy, refusal, scripted

REPOSITORY = Path(__file__).resolve().parents[2]
SECRET = Credentials("clerk", 'p\u00e4 ss:w%rd"@x')
WRONG = Credentials("clerk", 'q\u00e4 ss:w%rd"@z')
PLAIN = Credentials("clerk", "s3cret-x!")
PAC = str(REPOSITORY / "tests" / "scripted" / "example.pac")
ALONE: dict[str, tuple[str, ...]] = {
    "check": (),  # runs with credentials above
    "pac": (PAC, "--device", "sendpro-c", "--no-network"),
    "network": ("--device", "sendpro-c"),
    "demo": ("--no-color",),
    "devices": ("sendpro-c",),
    "allowlist": ("--device", "sendpro-c", "--format", "squid"),
    "observed": (str(REPOSITORY / "tests" / "scripted" / "observed.jsonl"), "--device", "sendpro-c"),
    "canary serve": ("--port", "0"),
    "exporter": ("--config", str(REPOSITORY / "tests" / "scripted" / "exporter.toml"), "--listen", "127.0.0.1:0"),
    "monitoring": ("monitoring",),
    "web": ("--no-browser",),
    "lab list": (),
    "lab run": ("auth-basic-wrong",),
    "lab check": ("auth-basic-wrong",),
}
"""How each command that reads no saved report is run, with the password in its environment. A new command gets a line
here; one that reads a report (its parameter `saved`) needs none."""
UNTIL_INTERRUPTED = frozenset({"canary serve", "exporter", "lab run", "web"})
WITHOUT_A_NETWORK = frozenset({"network"})
"""Commands that would ask real hosts: they run where there is no network at all."""


def commands(program: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command with its words, those of sub-programs included."""
    context = click.Context(program)
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(commands(app))


def every_format(name: str) -> list[str]:
    """The options that write a file, each with a file of its own: what their help calls writing."""
    options = (option for option in COMMANDS[name].params if isinstance(option, click.Option))
    # What --output writes is chosen by --format, and is for monitoring.
    formats = [o for o in options if (o.help or "").startswith("Write ") and o.name != "output"]
    stem = name.replace(" ", "-")
    return [word for option in formats for word in (option.opts[0], f"{stem}.{option.name}")]


def reads_a_report(name: str) -> bool:
    """Whether a command judges or shows what `check` wrote."""
    return any(parameter.name == "saved" for parameter in COMMANDS[name].params)


def as_every_report(name: str) -> Iterator[tuple[str, ...]]:
    """How a command that shows a report is run: in full, briefly, and as JSON alone."""
    given = {parameter.name for parameter in COMMANDS[name].params}
    yield (*(["--verbose"] if "verbose" in given else []), *every_format(name))
    if "quiet" in given:
        yield ("--quiet",)
    if "json" in given:
        yield ("--json", "-")


SAVED_WORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "reproduce": (("-o", "scenario.toml"), ("-o", "-")),
    "compare": (("check.html", *every_format("compare")), ("check.bundle", "--json", "-")),
}
"""How a command with a report is run where it is not as most of them are."""


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


def opened(file: Path) -> bytes:
    """What is in a file, and what is packed in it: the report inside a page, and every file of a bundle."""
    data = file.read_bytes()
    if is_page(data) and ELEMENT_ID.encode() in data:
        return data + extract(data)
    if not is_bundle(data):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [archive.read(name) for name in archive.namelist()]
    return b"".join([data, *files, *(extract(each) for each in files if ELEMENT_ID.encode() in each)])


def start(
    words: Sequence[str], folder: Path, before: Sequence[str] = (), **environment: str
) -> subprocess.Popen[bytes]:
    """The program, started; HOME and the working directory are `folder`, and `before` is written before its name."""
    return subprocess.Popen(
        [*before, sys.executable, "-m", "proxycheck", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "HOME": str(folder), **environment},
    )


def run(
    *words: str,
    folder: Path,
    given: str = "",
    before: Sequence[str] = (),
    **environment: str,
) -> bytes:
    """Everything that the program says until it ends."""
    with start(words, folder, before, **environment) as program:
        told, _ = program.communicate(given.encode(), timeout=120)
    assert program.returncode in (0, 1, 3), told.decode(errors="replace")
    return told


def run_until_interrupted(words: Sequence[str], folder: Path, **environment: str) -> bytes:
    """Everything that a program says that serves until Ctrl-C, which comes after its first words."""
    with start(words, folder, **environment) as program:
        assert program.stdout is not None
        told = program.stdout.readline()
        program.send_signal(signal.SIGINT)
        rest, _ = program.communicate(timeout=60)
    return told + rest


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
@pytest.mark.slow
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
        every = every_format("check")
        told = run(*_check(proxy, *every), folder=folder, PROXYCHECK_PASSWORD=credentials.password)
        told += run(*_check(proxy, "--password-file", str(password), "--json", "-"), folder=folder)
        told += run(
            *_check(proxy, "--password-stdin", "--verbose", *probes, "--json", "b.json"),
            folder=folder,
            given=f"{credentials.password}\n",
        )
        sent = proxy.authorizations
    for name in (name for name in COMMANDS if reads_a_report(name)):
        for words in SAVED_WORDS.get(name) or as_every_report(name):
            told += run(name, "b.json", *words, folder=folder)
    told += run("report", "b.json", "--bundle", "masked.zip", "--html", "masked.html", "--mask", folder=folder)
    assert sent
    assert b"<redacted>" in told
    assert_clean(told, forms(credentials, sent), "printed")
    for file in folder.rglob("*"):
        if file.is_file():
            assert_clean(opened(file), forms(credentials, sent), file.name)
    for name in ("masked.zip", "masked.html"):
        assert b"clerk" not in opened(folder / name), name
    assert_clean("\n".join(echo.processes).encode(), forms(credentials, sent), "process list")
    assert any("proxycheck" in line for line in echo.processes) or os.name != "posix"


def test_every_command_is_run() -> None:
    known = {name for name in COMMANDS if reads_a_report(name)} | set(ALONE)
    assert known == set(COMMANDS), "say in ALONE how a new command is run"


@pytest.mark.parametrize("name", [name for name in ALONE if ALONE[name] or name == "lab list"])
@pytest.mark.slow
def test_no_other_command_tells_what_is_in_its_environment(name: str, tmp_path: Path) -> None:
    """Passwords of simulated proxies stand in the files of the lab for all to read; this one does not."""
    words = (*name.split(" "), *ALONE[name], *every_format(name))
    if name in UNTIL_INTERRUPTED:
        if os.name != "posix":
            pytest.skip("needs a signal that ends a program as Ctrl-C does")
        told = run_until_interrupted(words, tmp_path, PROXYCHECK_PASSWORD=SECRET.password)
    elif name in WITHOUT_A_NETWORK:
        told = run(*words, folder=tmp_path, before=_without_a_network(), PROXYCHECK_PASSWORD=SECRET.password)
    else:
        told = run(*words, folder=tmp_path, PROXYCHECK_PASSWORD=SECRET.password)
    assert told
    assert_clean(told, forms(SECRET, []), name)
    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        assert_clean(opened(file), forms(SECRET, []), file.name)


def _without_a_network() -> tuple[str, ...]:
    """What is written before a command that must reach nobody: a network namespace that is empty."""
    if shutil.which("unshare") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("needs a network namespace: root on Linux")
    return ("unshare", "--net")


@pytest.mark.skipif(os.name != "posix", reason="needs a signal that ends a program as Ctrl-C does")
@pytest.mark.parametrize("words", [("--json", "partial.json"), ("--json", "-", "--verbose")], ids=["file", "standard"])
@pytest.mark.slow
def test_an_interrupted_run_tells_nothing_either(words: tuple[str, ...], tmp_path: Path) -> None:
    """Ctrl-C comes while the answer to the password is awaited, and the partial report is written all the same."""
    programs: list[subprocess.Popen[bytes]] = []

    def script(request: Request) -> Said:
        if request.authorization is None:
            return refusal(BASIC)
        programs[0].send_signal(signal.SIGINT)
        return Said(b"")

    with scripted(script) as proxy:
        line = _check(proxy, "--timeout", "30", *words)
        with start(line, tmp_path, PROXYCHECK_PASSWORD=SECRET.password) as program:
            programs.append(program)
            told, _ = program.communicate(timeout=60)
        sent = proxy.authorizations
    assert sent == [basic_value(SECRET)]
    assert program.returncode == 130, told
    written = told + b"".join(opened(file) for file in tmp_path.rglob("*") if file.is_file())
    assert b'"interrupted":true' in written.replace(b" ", b"")
    assert_clean(written, forms(SECRET, sent), "interrupted")


@pytest.mark.parametrize("option", [(), ("--system-settings",)], ids=["not-asked", "settings"])
@pytest.mark.slow
def test_the_password_in_another_program_s_proxy_variable_is_not_told(option: tuple[str, ...], tmp_path: Path) -> None:
    address = f"http://clerk:{quote(SECRET.password, safe='')}@127.0.0.1:9"
    variables = dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy"), address)
    line = ("check", "--proxy", "127.0.0.1:9", "--device", "sendpro-c", "--no-compare-direct", "--no-network")
    told = run(*line, *option, "--verbose", *every_format("check"), folder=tmp_path, **variables)
    told += b"".join(opened(file) for file in tmp_path.rglob("*") if file.is_file())
    assert (b"http_proxy" in told) is bool(option)
    assert_clean(told, forms(SECRET, []), "variables")


_FAULTY = """
import sys
from proxycheck import runner
from proxycheck.cli.application import main

def run(plan, *_):
    value = runner._way(plan, None, None).gate._value
    raise RuntimeError(plan.credentials.password, value, value.encode(), plan)

runner.run = run
sys.argv[1:1] = ["check", "--proxy", "127.0.0.1:9", "--device", "sendpro-c", "--user", "clerk"]
main()
"""


@pytest.mark.parametrize("debug", ["0", "1"], ids=["sentence", "traceback"])
def test_a_fault_while_the_password_is_in_memory_tells_nothing(debug: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _FAULTY],
        capture_output=True,
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PROXYCHECK_PASSWORD": SECRET.password,
            "PROXYCHECK_DEBUG": debug,
        },
        check=False,
        timeout=60,
    )
    told = ended.stdout + ended.stderr
    assert ended.returncode == 4
    assert b"<redacted>" in told
    assert (b"Traceback" in told) is (debug == "1")
    assert_clean(told, forms(SECRET, [basic_value(SECRET)]), "fault")


def test_credentials_never_show_their_password() -> None:
    for shown in (repr(SECRET), str(SECRET), f"{SECRET}", repr([SECRET]), repr((SECRET,)), format(SECRET)):
        assert SECRET.password not in shown


@pytest.mark.parametrize("password", ["close", "Basic", "realm", "HTTP", "1234", "keep-alive", "Proxy-Authenticate"])
@pytest.mark.slow
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
