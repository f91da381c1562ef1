"""The executable on a bare Debian: no Python, no package index, and a real Squid as the proxy.

All that it has is tried there: the check and every form of its report, PAC files, this computer's settings, the page in
Chromium, the exporter, and completion in a shell."""

import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from proxycheck.catalogue.revisions import guides, public_lists
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.prerequisites import enforced
from tests.real.programs import PORT
from tests.real.test_page import QUIET
from tests.real.web_page.opening import downloaded, fill, verdict
from tests.real.world import World, wait_until

EXECUTABLE = os.environ.get("PROXYCHECK_EXECUTABLE", "")
CPU_LIMIT_S = 1.5
"""Until the first line. The time on the clock is about the same where nothing else runs."""
LARGEST_MB = 45
SQUID = f"{PROXY_ADDRESS}:{PORT}"
EXPORTER = f"""
[modules.sendpro-c]
device = "sendpro-c"
network = false
compare_direct = false
roots = "/roots.pem"
targets = ["{SQUID}"]
"""
PAC = """function FindProxyForURL(url, host) {
  return dnsDomainIs(host, ".pb.com") ? "DIRECT" : "PROXY proxy.example.com:8080";
}
"""

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not EXECUTABLE, reason="PROXYCHECK_EXECUTABLE names none; .ci/executable builds it"),
    pytest.mark.skipif(shutil.which("debootstrap") is None, reason="debootstrap makes the bare system"),
]


def _sources() -> tuple[str, str]:
    """The archive and the release that this machine's own base system comes from."""
    asked = subprocess.run(["apt-cache", "policy", "base-files"], check=True, capture_output=True, text=True)
    found = re.search(r"^ +\d+ (https?://\S+) ([a-z]+)/main ", asked.stdout, re.MULTILINE)
    assert found, asked.stdout
    return found[1], found[2]


@pytest.fixture(scope="module")
def bare(real_world: World) -> Iterator[Path]:
    """The root of a minimal Debian with nothing but the executable and the files that its tests need."""
    root = Path(real_world.folder, "bare")
    address, release = _sources()
    made = ["debootstrap", "--variant=minbase", "--no-check-gpg", release, str(root), address]
    subprocess.run(made, check=True, capture_output=True, timeout=500)
    shutil.copy(EXECUTABLE, root / "usr/local/bin/proxycheck")
    for file in (real_world.roots, real_world.logs):
        shutil.copy(file, root / file.name)
    (root / "proxy.pac").write_text(PAC, encoding="utf-8")
    yield root
    shutil.rmtree(root)


def _command(root: Path, *words: str) -> tuple[str, ...]:
    return ("chroot", str(root), "proxycheck", *words)


def _run(world: World, root: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs the executable in the bare system, in the network of the client."""
    return world.network.client.run(*_command(root, *words), timeout_s=120.0, environment=environment)


def _trust(world: World) -> list[str]:
    return ["--roots", f"/{world.roots.name}", "--ct-log-list", f"/{world.logs.name}"]


@contextlib.contextmanager
def _serving(world: World, root: Path, ready: Callable[[str], bool], *words: str) -> Iterator[Path]:
    """A server of the executable, until the block ends; gives what it prints."""
    printed = world.folder / f"{words[0]}.log"
    printed.write_bytes(b"")
    process = world.network.client.start(*_command(root, *words), log=printed)
    try:
        wait_until(lambda: ready(printed.read_text(encoding="utf-8")), process, printed, limit_s=60.0)
        yield printed
    finally:
        process.terminate()
        assert process.wait(30) in (0, -15)


def test_there_is_no_python(bare: Path) -> None:
    assert not list(bare.glob("usr/bin/python*"))


def test_it_is_small() -> None:
    assert Path(EXECUTABLE).stat().st_size <= LARGEST_MB * 1_000_000


def test_the_list_of_its_parts_names_what_the_client_needs() -> None:
    written = Path(EXECUTABLE).with_suffix(".cdx.json").read_text(encoding="utf-8")
    assert "file:" not in written
    parts = json.loads(written)
    assert parts["bomFormat"] == "CycloneDX"
    named = {part["name"].lower(): part["version"] for part in parts["components"]}
    assert {
        "certifi",
        "click",
        "cryptography",
        "h11",
        "msgspec",
        "pyopenssl",
        "starlette",
        "uvicorn",
        "cpython",
    } <= set(named)
    assert named["pb-proxycheck"]
    assert not {"pip", "pyinstaller", "cyclonedx-bom", "mitmproxy", "pytest"} & set(named)


def test_it_says_its_version_and_what_that_rests_on(real_world: World, bare: Path) -> None:
    before = os.times()
    said = _run(real_world, bare, "--version")
    after = os.times()
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("proxycheck ")
    assert all(guide.document in said.stdout for guide in guides())
    assert len(said.stdout.splitlines()) == 1 + len(guides()) + len(public_lists())
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent < CPU_LIMIT_S


def test_a_pac_file_is_evaluated(real_world: World, bare: Path) -> None:
    said = _run(real_world, bare, "pac", "/proxy.pac", "--device", "sendpro-c", "--no-network")
    assert said.returncode == 1, said.stdout + said.stderr
    assert "setup.pac-direct" in said.stdout


@pytest.mark.usefixtures("behind_squid")
def test_a_real_squid_is_checked_and_every_form_is_written(real_world: World, bare: Path) -> None:
    files = {form: f"/report.{form}" for form in ("json", "html", "markdown", "junit")}
    written = [word for form, file in files.items() for word in (f"--{form}", file)]
    words = ["check", "--proxy", SQUID, "--device", "sendpro-c", "--no-network", *_trust(real_world)]
    said = _run(real_world, bare, *words, *written, "--bundle", "/report.zip", "--mask")
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.startswith("COMPATIBLE")
    assert all((bare / file.lstrip("/")).stat().st_size for file in (*files.values(), "/report.zip"))
    for file in ("/report.json", "/report.html", "/report.zip"):
        again = _run(real_world, bare, "report", file)
        assert (again.returncode, again.stderr) == (0, "")
        assert again.stdout.startswith("COMPATIBLE")
    assert _run(real_world, bare, "diagnose", "/report.json").stdout.startswith("COMPATIBLE")
    assert _run(real_world, bare, "compare", "/report.json", "/report.html").returncode == 0


@pytest.mark.parametrize(
    ("form", "beginning"), [("nagios", "PROXYCHECK"), ("checkmk", "2 "), ("prometheus", "# HELP ")]
)
def test_every_form_for_monitoring_is_written(real_world: World, bare: Path, form: str, beginning: str) -> None:
    words = ["check", "--proxy", f"{PROXY_ADDRESS}:9", "--device", "sendpro-c", "--no-network", "--format", form]
    said = _run(real_world, bare, *words)
    assert said.stderr == ""
    assert said.stdout.startswith(beginning)


@pytest.mark.usefixtures("behind_squid")
def test_the_settings_of_the_computer_are_read(real_world: World, bare: Path) -> None:
    words = ["check", "--system-settings", "--device", "sendpro-c", "--no-network", "--only", "*.pb.com:443"]
    own = {"https_proxy": f"http://{SQUID}", "no_proxy": ".pb.com"}
    said = _run(real_world, bare, *words, *_trust(real_world), "--proxy", SQUID, **own)
    assert "setup.exclusions" in said.stdout, said.stdout + said.stderr


def test_a_shell_completes_its_commands(real_world: World, bare: Path) -> None:
    script = _run(real_world, bare, _PROXYCHECK_COMPLETE="bash_source")
    assert (script.returncode, script.stderr) == (0, "")
    asked = (
        'COMP_WORDS=(proxycheck allow); COMP_CWORD=1; _proxycheck_completion proxycheck allow; echo "${COMPREPLY[@]}"'
    )
    line = f"{script.stdout}\n{asked}"
    said = real_world.network.client.run("chroot", str(bare), "bash", "-c", line, timeout_s=60.0)
    assert said.stdout.strip() == "allowlist", said.stderr


@pytest.mark.usefixtures("behind_squid")
def test_the_exporter_answers(real_world: World, bare: Path) -> None:
    (bare / "exporter.toml").write_text(EXPORTER, encoding="utf-8")
    asked = f"http://127.0.0.1:9798/probe?target={SQUID}&module=sendpro-c"
    with _serving(real_world, bare, lambda printed: "9798" in printed, "exporter", "--config", "/exporter.toml"):
        said = real_world.network.client.run("curl", "--silent", "--max-time", "100", asked, timeout_s=120.0)
    assert "probe_success 1" in said.stdout, said.stdout


@pytest.mark.usefixtures("behind_squid")
def test_the_page_is_filled_in_and_shows_the_result(real_world: World, bare: Path, tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        assert not enforced(), "the browser is required here, but chromium is not installed"
        pytest.skip("chromium is not installed")
    chromium = tmp_path / "chromium"
    chromium.write_text(f'#!/bin/sh\nexec {" ".join(real_world.network.client.command("chromium"))} "$@"\n')
    chromium.chmod(0o755)
    words = ("web", "--no-browser", "--roots", f"/{real_world.roots.name}")
    with _serving(real_world, bare, lambda printed: "token=" in printed, *words) as printed, sync_playwright() as play:
        url = next(word for word in printed.read_text(encoding="utf-8").split() if "token=" in word)
        with play.chromium.launch(executable_path=chromium, args=list(QUIET)) as browser:
            shown = browser.new_page()
            shown.goto(url)
            fill(shown, (PROXY_ADDRESS, PORT))
            verdict(shown, "COMPATIBLE")
            expect(shown.get_by_role("status")).not_to_contain_text("INCOMPATIBLE")
            assert downloaded(shown, "HTML report").startswith(b"<!doctype html>")


def test_the_lab_is_told_to_be_missing(real_world: World, bare: Path) -> None:
    said = _run(real_world, bare, "demo")
    assert said.returncode == 2
    assert "this executable has no part [lab]" in said.stderr
