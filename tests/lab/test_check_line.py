"""The line that checks a simulated proxy runs as it stands, in a POSIX shell and in PowerShell."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from proxycheck.lab import check_line
from proxycheck.lab.check_line import check_words, own_command, posix_line, powershell_line
from proxycheck.model.files.scenario import Client, Expectation, Scenario
from proxycheck.model.target import Probes, ProxyAddress
from tests.support import known

DEVICE = known.device("sendpro-c")
PLAIN = Scenario(title="plain", source="x", expect=Expectation(verdict="compatible"))
PROXY = ProxyAddress("http", "127.0.0.1", 3128)
PASSWORD = "k9:b@c7/% 'o\u2019 $HOME"


def words(client: Client, proxy: ProxyAddress = PROXY, roots: str = "roots.pem") -> list[str]:
    """The words behind the program's own name."""
    scenario = Scenario(title="plain", source="x", expect=PLAIN.expect, client=client)
    made = check_words(scenario, DEVICE, proxy, roots)
    own = own_command()
    assert made[: len(own)] == own
    return made[len(own) :]


def test_a_posix_shell_reads_every_word_and_the_password_as_they_are() -> None:
    asked = words(
        Client(user="a clerk", password=PASSWORD), ProxyAddress("http", "127.0.0.1", 3128, "a clerk"), "/a b/r"
    )
    line = posix_line([sys.executable, "-c", _TELL, *asked], PASSWORD)
    told = subprocess.run(["sh", "-c", line], capture_output=True, check=True, env={"PATH": os.environ["PATH"]})
    assert told.stdout.decode().split("\0") == [PASSWORD, *asked]
    assert PASSWORD not in asked
    assert asked == [
        *("check", "--proxy", "http://127.0.0.1:3128", "--device", "sendpro-c", "--roots", "/a b/r"),
        *("--user", "a clerk", "--timeout", "5", "--no-compare-direct", "--no-network"),
    ]


_TELL = (
    "import os, sys; sys.stdout.buffer.write('\\0'.join([os.environ['PROXYCHECK_PASSWORD'], *sys.argv[1:]]).encode())"
)


def test_powershell_reads_single_quotes_doubled_and_a_quoted_program_behind_an_ampersand() -> None:
    line = powershell_line(
        [r"C:\Program Files\proxycheck.exe", "check", "--only", "*.pb.com:443", r"C:\r.pem"], PASSWORD
    )
    quoted = PASSWORD.replace("'", "''").replace("\u2019", "\u2019\u2019")
    assert line == (
        f"$env:PROXYCHECK_PASSWORD = '{quoted}'; "
        r"& 'C:\Program Files\proxycheck.exe' check --only '*.pb.com:443' C:\r.pem"
    )
    assert powershell_line(["proxycheck", "check"], None) == "proxycheck check"


def test_the_line_says_all_that_the_scenario_says_of_the_client() -> None:
    client = Client(user_agent="Device/1", tier="required", concurrency=64, timeout=2.5, scheme="https")
    assert words(client, ProxyAddress("https", "127.0.0.1", 3128)) == [
        *("check", "--proxy", "https://127.0.0.1:3128", "--device", "sendpro-c", "--roots", "roots.pem"),
        *("--user-agent", "Device/1", "--tier", "required", "--concurrency", "64", "--timeout", "2.5"),
        *("--no-compare-direct", "--no-network"),
    ]


def test_the_line_asks_for_the_probes_of_the_scenario_and_names_the_endpoints() -> None:
    probes = Probes(bad_password=True, user_case=True, encoding=True, domain_form="clerk@customer.example")
    line = shlex.join(words(Client(user="clerk", probes=probes, only=("*.pb.com:443",), add=("own.example:1",))))
    asked = "--probe-bad-password --probe-user-case --probe-encoding --probe-domain-form clerk@customer.example"
    assert f"--only '*.pb.com:443' --add own.example:1 {asked} --timeout" in line


def test_the_program_is_named_so_that_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "proxycheck"
    program.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert own_command() == ["proxycheck"]
    monkeypatch.setenv("PATH", "")
    assert own_command() == [str(program)]
    for module in (tmp_path / "gone.py", Path(check_line.__file__)):
        monkeypatch.setattr(sys, "argv", [str(module)])
        assert own_command() == [sys.executable, "-m", "proxycheck"]
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert own_command() == ["proxycheck"]
