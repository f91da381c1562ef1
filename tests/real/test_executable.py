"""The executable on a bare Debian: no Python, no package index, and a real Squid as the proxy."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.engines import running
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.programs import PORT
from tests.real.scenarios import squid
from tests.real.world import World

EXECUTABLE = os.environ.get("PROXYCHECK_EXECUTABLE", "")
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


def _run(world: World, root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return world.network.client.run("chroot", str(root), "proxycheck", *words, timeout_s=120.0)


def test_there_is_no_python(bare: Path) -> None:
    assert not list(bare.glob("usr/bin/python*"))


def test_it_says_its_version(real_world: World, bare: Path) -> None:
    said = _run(real_world, bare, "--version")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("proxycheck ")


def test_a_pac_file_is_evaluated(real_world: World, bare: Path) -> None:
    said = _run(real_world, bare, "pac", "/proxy.pac", "--device", "sendpro-c", "--no-network")
    assert said.returncode == 1, said.stdout + said.stderr
    assert "setup.pac-direct" in said.stdout


def test_a_real_squid_is_checked_and_every_form_is_written(real_world: World, bare: Path) -> None:
    scenario = next(each for each in squid.SCENARIOS if each.name == "squid-open")
    assert scenario.software is not None
    files = {form: f"/report.{form}" for form in ("json", "html", "markdown", "junit")}
    written = [word for form, file in files.items() for word in (f"--{form}", file)]
    trust = ["--roots", f"/{real_world.roots.name}", "--ct-log-list", f"/{real_world.logs.name}"]
    words = ["check", "--proxy", f"{PROXY_ADDRESS}:{PORT}", "--device", "sendpro-c", "--no-network"]
    with running(real_world, scenario.software):
        real_world.network.client.use_resolver(scenario.resolver)
        said = _run(real_world, bare, *words, *trust, *written, "--bundle", "/report.zip")
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.startswith("COMPATIBLE")
    again = _run(real_world, bare, "report", "/report.html")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("COMPATIBLE")
    assert all((bare / file.lstrip("/")).stat().st_size for file in (*files.values(), "/report.zip"))


def test_the_lab_is_told_to_be_missing(real_world: World, bare: Path) -> None:
    said = _run(real_world, bare, "demo")
    assert said.returncode == 2
    assert "this executable has no part [lab]" in said.stderr
