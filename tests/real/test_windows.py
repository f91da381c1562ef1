"""The executable for Windows, and the client in a Python for Windows, under Wine: no Windows, but its calls.

Wine answers for Windows where the two are alike: processes without fork, sockets, files and their names, the registry,
code pages, cmd.exe. It has no route.exe and no PowerShell, so what those print is known from recordings alone."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from proxycheck.wire.command_line import command_lines
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.prerequisites import enforced
from tests.real.programs import PORT
from tests.real.test_page import QUIET
from tests.real.web_page.opening import PATIENCE_MS, fill, verdict
from tests.real.world import World

WINDOWS = os.environ.get("PROXYCHECK_WINDOWS", "")
SILENT = 3999
SQUID = f"{PROXY_ADDRESS}:{PORT}"
REFUSED = ("--proxy", f"{PROXY_ADDRESS}:9", "--device", "sendpro-c", "--no-network")
INTERNET_SETTINGS = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
PAC = """function FindProxyForURL(url, host) {
  return dnsDomainIs(host, ".pb.com") ? "DIRECT" : "PROXY proxy.example.com:8080";
}
"""

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not WINDOWS, reason="PROXYCHECK_WINDOWS names no folder; .ci/windows builds it"),
    pytest.mark.skipif(shutil.which("wine") is None, reason="Wine plays Windows"),
]


class _Pipes(TypedDict):
    """How a program is started and read."""

    env: dict[str, str]
    cwd: Path
    encoding: str
    errors: str


class Computer:
    """Wine in the network of the client, and a folder for what is written. Its server opens the sockets, so that is
    started in there first."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        self.folder = folder
        self.environment = {"WINEPREFIX": str(folder / "wine"), "WINEDEBUG": "-all"}
        shutil.copy(world.roots, folder / "roots.pem")
        shutil.copy(world.logs, folder / "logs.tsv")

    def run(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """A program of Windows to its end. Wine has no other streams for it than pipes here."""
        return subprocess.run(
            self.command(*words), **self.pipes(**more), capture_output=True, check=False, timeout=150.0, input=""
        )

    def command(self, *words: str) -> list[str]:
        """The command that starts a program of Windows."""
        return self._world.network.client.command("wine", *words)

    def pipes(self, **more: str) -> "_Pipes":
        """How its streams are read: in the code page of Windows in western Europe."""
        environment = {**os.environ, **self.environment, **more}
        return {"env": environment, "cwd": self.folder, "encoding": "cp1252", "errors": "replace"}

    def proxycheck(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """The executable to its end."""
        return self.run(f"{WINDOWS}/proxycheck.exe", *words, **more)

    def typed(self, line: str) -> str:
        """What a line shows that is typed into cmd.exe, in the folder of the program."""
        pipes: _Pipes = {**self.pipes(), "cwd": Path(WINDOWS)}
        return subprocess.run(
            self.command("cmd"), **pipes, capture_output=True, check=False, timeout=60.0, input=f"{line}\r\n"
        ).stdout

    @contextlib.contextmanager
    def serving(self, *words: str) -> Iterator[str]:
        """The page of the executable, until the block ends; its address."""
        command = self.command(f"{WINDOWS}/proxycheck.exe", *words)
        with subprocess.Popen(
            command, **self.pipes(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            watch = threading.Timer(200.0, self.end)
            watch.start()
            try:
                assert process.stdout is not None
                yield next(word for line in process.stdout for word in line.split() if "token=" in word)
            finally:
                watch.cancel()
                self.end()

    def end(self) -> None:
        """Ends every process of this Wine."""
        self._world.network.client.run("wineserver", "--kill", "--wait", environment=self.environment)


@pytest.fixture(scope="module")
def computer(real_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Computer]:
    made = Computer(real_world, tmp_path_factory.mktemp("windows"))
    try:
        yield made
    finally:
        made.end()


def test_it_says_its_version_and_what_that_rests_on(computer: Computer) -> None:
    said = computer.proxycheck("--version")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("proxycheck ")
    assert "roots of Microsoft" in said.stdout


def test_every_form_is_written_and_names_programs_of_windows(computer: Computer) -> None:
    forms = {
        "json": "report.json",
        "html": "report \u00fc.html",
        "markdown": "t.md",
        "junit": "x.xml",
        "bundle": "b.zip",
    }
    written = [word for form, file in forms.items() for word in (f"--{form}", file)]
    said = computer.proxycheck("check", *REFUSED, *written)
    assert said.returncode == 1, said.stdout + said.stderr
    assert all((computer.folder / file).stat().st_size for file in forms.values())
    report = json.loads((computer.folder / "report.json").read_bytes())
    assert report["tool"]["platform"].endswith("(win32)")
    assert [cause["code"] for cause in report["causes"]] == ["proxy.refused"]
    for file in forms["json"], forms["html"], forms["bundle"]:
        assert computer.proxycheck("report", file).stdout.startswith("INCOMPATIBLE")


@pytest.mark.usefixtures("behind_squid")
def test_a_real_squid_is_checked(computer: Computer) -> None:
    words = ("check", "--proxy", SQUID, "--device", "sendpro-c", "--no-network", "--json", "squid.json")
    said = computer.proxycheck(*words, "--roots", "roots.pem", "--ct-log-list", "logs.tsv")
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.startswith("COMPATIBLE")


@pytest.fixture
def opened(real_world: World, computer: Computer, tmp_path: Path) -> Iterator[Page]:
    """The page of the executable, in Chromium in the network of the client."""
    if shutil.which("chromium") is None:
        assert not enforced(), "the browser is required here, but chromium is not installed"
        pytest.skip("chromium is not installed")
    chromium = tmp_path / "chromium"
    chromium.write_text(f'#!/bin/sh\nexec {" ".join(real_world.network.client.command("chromium"))} "$@"\n')
    chromium.chmod(0o755)
    with (
        computer.serving("web", "--no-browser", "--roots", "roots.pem") as url,
        sync_playwright() as play,
        play.chromium.launch(executable_path=chromium, args=list(QUIET)) as browser,
    ):
        shown = browser.new_page()
        shown.goto(url)
        yield shown


@pytest.mark.usefixtures("behind_squid")
def test_the_page_shows_the_result(opened: Page) -> None:
    fill(opened, (PROXY_ADDRESS, PORT))
    verdict(opened, "COMPATIBLE")
    expect(opened.get_by_role("status")).not_to_contain_text("INCOMPATIBLE")


def test_a_test_is_stopped_without_signals_to_processes(real_world: World, opened: Page) -> None:
    """The proxy accepts and says nothing; the page ends the measuring, and what is known is told."""
    hold = f"import socket; held = socket.create_server(('{PROXY_ADDRESS}', {SILENT})); import time; time.sleep(300)"
    silent = real_world.network.proxy.start(sys.executable, "-c", hold)
    try:
        fill(opened, (PROXY_ADDRESS, SILENT))
        opened.get_by_role("button", name="Stop", exact=True).click(timeout=PATIENCE_MS)
        expect(opened.get_by_role("link", name="HTML report")).to_be_visible(timeout=PATIENCE_MS)
    finally:
        silent.kill()
        silent.wait(10)


def test_a_pac_file_is_evaluated_in_a_process_of_its_own(computer: Computer) -> None:
    (computer.folder / "proxy.pac").write_text(PAC, encoding="utf-8")
    said = computer.proxycheck("pac", "proxy.pac", "--device", "sendpro-c", "--no-network")
    assert said.returncode == 1, said.stdout + said.stderr
    assert "setup.pac-direct" in said.stdout


def test_the_settings_of_the_registry_are_read(computer: Computer) -> None:
    settings = (
        ("ProxyEnable", "REG_DWORD", "1"),
        ("ProxyServer", "REG_SZ", "proxy.example.com:8080"),
        ("ProxyOverride", "REG_SZ", "*.pb.com;<local>"),
    )
    for name, kind, value in settings:
        added = computer.run("reg", "add", INTERNET_SETTINGS, "/v", name, "/t", kind, "/d", value, "/f")
        assert added.returncode == 0, added.stderr
    said = computer.proxycheck("check", *REFUSED, "--system-settings", "--verbose")
    assert "setup.exclusions" in said.stdout, said.stdout + said.stderr
    assert "proxy.example.com:8080" in said.stdout
    assert f"{INTERNET_SETTINGS}".removeprefix("HKCU\\") in said.stdout


@pytest.mark.parametrize("encoding", ["cp437", "cp850", "cp1252"])
def test_a_console_of_another_code_page_is_no_fault(computer: Computer, encoding: str) -> None:
    words = ("-m", "proxycheck", "devices", "Gr\u00fc\u00dfe \u2013 \u65e5\u672c")
    said = computer.run(f"{WINDOWS}/python.exe", *words, PYTHONIOENCODING=encoding)
    assert said.returncode == 2
    assert "there is no device" in said.stderr


@pytest.mark.parametrize(
    "word", ["a b", "A\\b c", "a$b", 'say "no"\\', "a&b|c<d>$", "x^y $", "(a)!b,c;d=e", "%{certs}", "[::1]:1"]
)
def test_cmd_exe_reads_a_printed_line_as_it_was_meant(computer: Computer, word: str) -> None:
    (computer.folder / "words.py").write_text("import sys; print('words', ascii(sys.argv[1:]))\n", encoding="ascii")
    script = f"Z:{computer.folder}\\words.py".replace("/", "\\")
    line, *_ = command_lines(["python.exe", script, word], "windows")
    assert f"words {[word]!a}" in computer.typed(line)
