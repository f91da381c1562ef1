"""PAC scripts in their own process: real files, and files that loop, hog, recurse and crash."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from msgspec.structs import replace

from proxycheck.net.pac import process as pac_process
from proxycheck.net.pac.process import PacLimits, evaluate_pac
from proxycheck.routes.pac import child as pac_child
from proxycheck.routes.pac.answers import PacEnvironment, PacEvaluation, PacProblem, PacScript, Route, question
from proxycheck.routes.pac.file import read_pac
from proxycheck.routes.pac.routes import by_use
from tests.routes.recordings import NOWHERE, pac
from tests.support.work import children_worked_s

pytestmark = pytest.mark.slow

HOSTS = ("login.pb.com", "www.corp.example", "intranet", "example.org", "a.b.c.d.example.net")
FUNCTION = "function FindProxyForURL(url, host) { %s }"


def evaluate(
    script: PacScript | str,
    *hosts: str,
    environment: PacEnvironment = NOWHERE,
    limits: PacLimits = PacLimits(),  # noqa: B008  a frozen value
    scheme: str = "https",
) -> PacEvaluation:
    questions = [question(scheme, host, 443) for host in hosts or HOSTS]
    source = PacScript(script) if isinstance(script, str) else script
    return asyncio.run(evaluate_pac(source, questions, environment, limits))


def raw(evaluation: PacEvaluation) -> list[str]:
    assert evaluation.problem is None, evaluation.problem
    return [answer.raw for answer in evaluation.answers]


def test_by_domain() -> None:
    script = pac("by_domain.pac")
    secure = "PROXY secure.corp.example:8443; PROXY proxy.corp.example:8080"
    assert raw(evaluate(script)) == ["DIRECT", "DIRECT", "DIRECT", secure, secure]
    assert raw(evaluate(script, "example.org", scheme="http")) == ["PROXY proxy.corp.example:8080; DIRECT"]
    assert evaluate(script, "example.org").answers[0].routes == (
        Route("http", "secure.corp.example", 8443),
        Route("http", "proxy.corp.example", 8080),
    )


@pytest.mark.parametrize(
    ("addresses", "own", "expected"),
    [
        ({}, (), "PROXY proxy-unresolved.corp.example:8080"),
        ({"www.corp.example": ("10.9.9.9",)}, (), "DIRECT"),
        ({"www.corp.example": ("192.0.2.1",)}, (), "PROXY proxy-other.corp.example:8080"),
        ({"www.corp.example": ("192.0.2.1",)}, ("10.1.44.5",), "PROXY proxy-berlin.corp.example:8080"),
        ({"www.corp.example": ("192.0.2.1",)}, ("fd12::1",), "PROXY proxy-six.corp.example:8080"),
    ],
)
def test_by_network(addresses: dict[str, tuple[str, ...]], own: tuple[str, ...], expected: str) -> None:
    environment = replace(NOWHERE, addresses=addresses, own_addresses=own)
    found = evaluate(pac("by_network.pac"), "www.corp.example", environment=environment)
    assert raw(found) == [expected]
    assert "dns:www.corp.example" in found.answers[0].consulted


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 3, 7, 12, 0, tzinfo=UTC), "DIRECT"),
        (datetime(2026, 3, 4, 12, 0, tzinfo=UTC), "PROXY day.corp.example:8080"),
        (datetime(2026, 3, 4, 3, 0, tzinfo=UTC), "PROXY night.corp.example:8003"),
        (datetime(2026, 3, 4, 23, 0, tzinfo=timezone(timedelta(hours=-5))), "PROXY night.corp.example:8023"),
    ],
)
def test_by_time(now: datetime, expected: str) -> None:
    found = evaluate(pac("by_time.pac"), "www.example", environment=PacEnvironment(now=now))
    assert raw(found) == [expected]
    assert found.answers[0].consulted == ("clock",)


def test_by_hash_every_proxy_may_serve_every_host() -> None:
    found = by_use(evaluate(pac("by_hash.pac")).answers)
    assert len({answer.routes[0] for answer in found.proxied}) > 1
    assert sorted(route.host or "" for route in found.shared) == [f"proxy{n}.corp.example" for n in (1, 2, 3)]


def test_modern_script_of_a_cloud_gateway() -> None:
    found = evaluate(pac("cloud_gateway.pac"), "login.pb.com", "192.168.1.5", "trust.gateway.example")
    assert raw(found) == [
        "PROXY fra4.gateway.example:9480; PROXY ams2.gateway.example:9480; DIRECT",
        "DIRECT",
        "DIRECT",
    ]


def test_secure_and_socks() -> None:
    found = by_use(evaluate(pac("secure_and_socks.pac"), "a", "a.b", "a.b.c", "a.b.c.d").answers)
    assert [answer.host for answer in found.socks] == ["a", "a.b"]
    assert [answer.host for answer in found.tls] == ["a.b.c"]
    assert [answer.host for answer in found.proxied] == ["a.b.c.d"]


def test_old_script_in_latin_1_with_line_ends_of_dos() -> None:
    assert pac("latin1_crlf.pac").encoding == "iso-8859-1"
    assert raw(evaluate(pac("latin1_crlf.pac"), "über.example", "example.org")) == [
        "DIRECT",
        "PROXY proxy.corp.example:8080",
    ]


def long_script(hosts: int) -> str:
    """A PAC file as generators write them: one `if` for each of many hosts and networks."""
    lines = ["// generated", "function FindProxyForURL(url, host) {"]
    for number in range(hosts):
        lines.append(f'  if (dnsDomainIs(host, ".branch{number}.example") ||')
        lines.append(f'      shExpMatch(host, "*.shop{number}.example") || host == "h{number}")')
        lines.append(f'    return "PROXY proxy{number % 7}.corp.example:{8000 + number % 90}";')
    return "\n".join([*lines, '  return "DIRECT";', "}"])


def test_a_script_of_3000_lines_is_quick() -> None:
    source = long_script(1000)
    assert source.count("\n") >= 3000
    hosts = [f"www.shop{number}.example" for number in range(0, 1000, 10)] + ["login.pb.com"]
    started = time.monotonic()
    found = evaluate(source, *hosts)
    assert raw(found)[-1] == "DIRECT"
    assert found.answers[-2].routes == (Route("http", "proxy3.corp.example", 8000),)
    assert time.monotonic() - started < 5


def test_a_script_of_the_largest_size() -> None:
    source = long_script(24_000)
    script = read_pac(source.encode())
    assert isinstance(script, PacScript)
    assert len(source) > 3_500_000
    assert raw(evaluate(script, "h23999", limits=PacLimits(time_s=20, deadline_s=30))) == [
        "PROXY proxy3.corp.example:8059"
    ]


@pytest.mark.parametrize(
    "source",
    [
        FUNCTION % "for (;;) {}",
        "for (;;);",
        *(
            pytest.param(source, marks=pytest.mark.slow)
            for source in (
                FUNCTION % "while (true) { try { for (;;); } catch (e) {} finally { for (;;); } }",
                FUNCTION % "return /^(a+)+$/.test('a'.repeat(60) + host) ? 'DIRECT' : 'DIRECT'",
                "var FindProxyForURL = function () { return { toString() { for (;;); } } + '' }",
            )
        ),
    ],
)
def test_an_endless_loop_is_stopped(source: str) -> None:
    found = evaluate(source, *HOSTS, limits=PacLimits(time_s=0.3))
    assert found.problem is not None
    assert found.problem.kind == "time"
    assert found.unreadable == found.problem.reason
    assert all(answer.error for answer in found.answers)


@pytest.mark.slow
def test_an_endless_loop_costs_less_than_five_seconds_whatever_the_number_of_hosts() -> None:
    started = children_worked_s()
    found = evaluate(FUNCTION % "for (;;) {}", *(f"host{number}.example" for number in range(200)))
    assert children_worked_s() - started < 5
    assert found.unreadable is not None
    assert len(found.answers) == 200


def test_a_loop_for_one_host_keeps_the_answers_before_it() -> None:
    found = evaluate(FUNCTION % "if (host == 'c') for (;;); return 'PROXY p:1'", *"abcd", limits=PacLimits(time_s=0.3))
    assert [answer.raw for answer in found.answers] == ["PROXY p:1", "PROXY p:1", "", ""]
    assert [answer.error is None for answer in found.answers] == [True, True, False, False]
    assert found.problem is not None
    assert found.problem.kind == "time"


@pytest.mark.parametrize(
    "body",
    [
        "var a = []; for (;;) a.push('x'.repeat(1000) + a.length)",
        "var a = []; for (;;) a.push(new Uint8Array(1 << 20))",
        "return new Array(1e9).fill('DIRECT').join(';')",
    ],
)
@pytest.mark.slow
def test_a_memory_hog_is_stopped(body: str) -> None:
    started = children_worked_s()
    found = evaluate(FUNCTION % body)
    assert found.problem is not None
    assert found.problem.kind == "memory"
    assert found.unreadable is not None
    assert children_worked_s() - started < 5


def test_a_recursion_bomb_is_an_error_of_that_host() -> None:
    found = evaluate("function deep(n) { return deep(n + 1) + 1 }\n" + FUNCTION % "return deep(0)")
    assert found.problem is None
    assert found.unreadable == "FindProxyForURL failed: RangeError: Maximum call stack size exceeded (line 1)"


@pytest.mark.parametrize(
    ("source", "kind", "reason", "line"),
    [
        ("//\n\nfunction FindProxyForURL(url, host) {\n  return 5\n", "syntax", "it is not valid JavaScript", 5),
        ("function FindProxyForURL(url, host) {\n  if (host = = 'x') return 'DIRECT' }", "syntax", "'='", 2),
        ("function findProxyForURL(url, host) { return 'DIRECT' }", "no-function", "no function FindProxyForURL", None),
        ("function FindProxyForURLEx(url, host) {}", "no-function", "only FindProxyForURLEx", None),
        ("var FindProxyForURL = 'PROXY p:1'", "no-function", "no function FindProxyForURL", None),
        ("5\n+ missing\n" + FUNCTION % "", "error", "it fails while it is loaded: ReferenceError", 2),
        ("if (!shExpMatch('a', '(')) { }", "error", "SyntaxError", 1),
        ("require('fs')", "error", "require is not defined", 1),
    ],
)  # fmt: skip
def test_problems_of_the_script_itself(source: str, kind: str, reason: str, line: int | None) -> None:
    found = evaluate(source)
    assert found.problem is not None
    assert found.problem.kind == kind
    assert reason in found.problem.reason
    assert found.problem.line == line


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("return null", "FindProxyForURL returned null, no text"),
        ("", "FindProxyForURL returned undefined, no text"),
        ("return 5", "FindProxyForURL returned number, no text"),
        ("return Promise.resolve('DIRECT')", "FindProxyForURL returned object, no text"),
        ("return 'PROXY'", "the answer 'PROXY' names no proxy"),
        ("throw new Error('no')", "FindProxyForURL failed: Error: no (line 1)"),
        ("throw 'no'", "FindProxyForURL failed: no"),
        (
            "\n\nhost.nothing.at.all",
            "FindProxyForURL failed: TypeError: cannot read property 'at' of undefined (line 3)",
        ),
    ],
)
def test_answers_that_are_none(body: str, error: str) -> None:
    found = evaluate(FUNCTION % body)
    assert found.problem is None
    assert {answer.error for answer in found.answers} == {error}
    assert found.unreadable == error


def test_an_error_for_one_host_is_not_one_of_the_file() -> None:
    found = evaluate(FUNCTION % "return host.length > 8 ? undefined.x : 'PROXY p:1'", "short", "muchlonger")
    assert [answer.error is None for answer in found.answers] == [True, False]
    assert found.unreadable is None


def test_what_a_script_says_is_kept_and_cut() -> None:
    found = evaluate("alert('loading');" + FUNCTION % "alert('x'.repeat(9999)); return 'PROXY ' + 'y'.repeat(99999)")
    assert found.alerts[0] == "loading"
    assert len(found.alerts[1]) == 500
    assert len(found.answers[0].raw) == 8192


def test_text_that_no_report_could_hold_is_made_harmless() -> None:
    found = evaluate(FUNCTION % r"alert('\ud800'); return 'PROXY \udc00 \0'")
    assert found.answers[0].raw == "PROXY ? \0"
    assert found.alerts[0] == "?"


def test_the_same_script_answers_the_same_every_time() -> None:
    source = FUNCTION % "return 'PROXY p' + Math.floor(Math.random() * 1000) + ':1'"
    first = evaluate(source)
    assert first == evaluate(source)
    assert first.answers[0].consulted == ("random",)


def test_no_questions() -> None:
    assert asyncio.run(evaluate_pac(PacScript(FUNCTION % ""), [], NOWHERE)) == PacEvaluation(())


def child(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Puts another program in the place of the evaluating process."""
    monkeypatch.setattr(pac_process, "_command", lambda: (sys.executable, "-c", program))


@pytest.mark.parametrize(
    "program",
    [
        "import os, sys; sys.stdin.read(); os._exit(134)",
        "import sys; sys.stdin.read(); sys.exit(3)",
        "import sys; sys.exit(3)",
        "import os, sys; sys.stdin.read(); print('{\"ready\": 1}', flush=True); os._exit(134)",
        "import os, sys; sys.stdin.read(); print('{\"ready\": 1}\\n{\"answer\": {', end='', flush=True); os._exit(134)",
    ],
)
def test_a_crash_is_a_problem_of_the_script(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    child(monkeypatch, program)
    found = evaluate("/" * 3_000_000)
    assert found.problem is not None
    assert found.problem.kind == "crash"
    assert "exit status" in found.problem.reason
    assert len(found.answers) == len(HOSTS)


def test_a_missing_engine_says_nothing_about_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    path = pac_child.__file__
    program = f"import sys; sys.modules['quickjs'] = None; import runpy; runpy.run_path({path!r}, run_name='__main__')"
    child(monkeypatch, program)
    found = evaluate(FUNCTION % "return 'DIRECT'")
    assert found.problem is not None
    assert found.problem.kind == "no-engine"
    assert found.unreadable is None
    assert all(answer.error for answer in found.answers)


def test_an_engine_that_never_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    child(monkeypatch, "import time; time.sleep(60)")
    found = evaluate(FUNCTION % "return 'DIRECT'", limits=PacLimits(start_s=0.3))
    assert found.problem == PacProblem("no-engine", "the JavaScript engine did not start within 0.3 s")


def test_the_process_that_is_stuck_beyond_the_engines_limit_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    program = f"""
import os, pathlib, sys, time
sys.stdin.read()
pathlib.Path({str(note)!r}).write_text(str(os.getpid()))
print('{{"ready": "x"}}', flush=True)
time.sleep(60)
"""
    child(monkeypatch, program)
    started = time.monotonic()
    found = evaluate(FUNCTION % "return 'DIRECT'", limits=PacLimits(deadline_s=0.3))
    assert time.monotonic() - started < 10
    assert found.problem == PacProblem("busy", "this computer was too busy to finish it within 0.3 s")
    assert found.unreadable is None
    assert all(answer.unknown for answer in found.answers)
    if os.name == "posix":
        with pytest.raises(ProcessLookupError):
            os.kill(int(note.read_text()), 0)


def test_a_cancelled_evaluation_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    process = 0

    async def cancelled() -> None:
        said: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            said.set_result(int(await reader.readline()))
            writer.close()

        async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            child(
                monkeypatch,
                "import os, socket, sys, time; sys.stdin.read(); print('{\"ready\": 1}', flush=True);"
                f"socket.create_connection(('127.0.0.1', {port})).sendall(b'%d\\n' % os.getpid()); time.sleep(60)",
            )
            task = asyncio.create_task(evaluate_pac(PacScript(""), [], NOWHERE, PacLimits(deadline_s=60)))
            nonlocal process
            process = await said
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancelled())
    if os.name == "posix":
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_the_process_gets_no_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    note = tmp_path / "names"
    monkeypatch.setenv("PROXYCHECK_PASSWORD", "s3cret")
    child(monkeypatch, f"import os, pathlib; pathlib.Path({str(note)!r}).write_text(repr(dict(os.environ)))")
    evaluate(FUNCTION % "return 'DIRECT'")
    assert "PATH" in note.read_text()
    assert "s3cret" not in note.read_text()
