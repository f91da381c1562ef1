"""The command as an administrator starts it: listens on this machine, reads its file again, ends with its runs."""

import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest
import requests
import trustme

from tests.cli.conftest import Invoke, invoke
from tests.report.test_prometheus import read
from tests.web.exporter.scraping import PLAIN, SECRET, written

__all__ = ["invoke"]
pytestmark = pytest.mark.slow
QUIET = PLAIN + "compare_direct = false\n" + SECRET


@contextlib.contextmanager
def exporter(path: Path, *words: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The exporter and where it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "proxycheck", "exporter", "--config", str(path), "--listen", "127.0.0.1:0", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watch = threading.Timer(60.0, process.kill)
    watch.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("The exporter listens on "), process.stderr and process.stderr.read()
        yield line.split()[4].rstrip(";"), process
    finally:
        process.kill()
        process.communicate()
        watch.cancel()


def test_it_answers_reads_again_and_ends(tmp_path: Path) -> None:
    path = written(tmp_path, QUIET)
    with exporter(path) as (url, process), requests.Session() as client:
        # Port 9 of this machine is no proxy: the run itself is real.
        answer = client.get(f"{url}/probe?target=127.0.0.1:9&module=plain", timeout=60)
        found = read(answer.text)
        assert found["proxycheck_cause", (("cause", "proxy.refused"), ("severity", "blocker"))] == 1
        hangup: int | None = getattr(signal, "SIGHUP", None)
        if hangup is not None:
            written(tmp_path, QUIET.replace("plain", "other"))
            process.send_signal(hangup)
            assert process.stderr is not None
            assert process.stderr.readline() == "proxycheck: the configuration was read again\n"
            assert client.get(f"{url}/probe?target=127.0.0.1:9&module=plain", timeout=60).status_code == 400
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert errors == ""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("end", [signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)], ids=["ended", "killed"])
def test_a_target_that_hangs_keeps_nobody_and_leaves_nothing(tmp_path: Path, end: signal.Signals) -> None:
    """The scraper has its answer in time, and with the exporter the run ends too, even where that was killed."""
    path = written(tmp_path, QUIET.replace("compare_direct", "timeout = 300\ncompare_direct", 1))
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent, exporter(path) as (url, process):
        where = f"{url}/probe?target=127.0.0.1:{silent.getsockname()[1]}&module=plain"
        answer = requests.get(where, headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"}, timeout=30)
        found = read(answer.text)
        assert found["proxycheck_probe_state", (("state", "running"),)] == 1
        assert ("proxycheck_verdict", (("verdict", "incompatible"),)) not in found
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(end)
        process.wait(timeout=30)
        deadline = time.monotonic() + 30
        while Path("/proc", child).exists() and "(zombie)" not in Path("/proc", child, "status").read_text():
            assert time.monotonic() < deadline, "the run goes on without its exporter"
            time.sleep(0.02)


def test_tls_and_a_login(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    for index, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(tmp_path / "cert.pem", append=bool(index))
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    hashed = bcrypt.hashpw(b"swordfish", bcrypt.gensalt(4)).decode()
    (tmp_path / "web.yml").write_text(
        f"tls_server_config: {{cert_file: cert.pem, key_file: key.pem}}\nbasic_auth_users: {{prometheus: '{hashed}'}}\n"
    )
    with exporter(written(tmp_path), "--web-config", str(tmp_path / "web.yml")) as (url, _):
        assert url.startswith("https://127.0.0.1:")
        with requests.Session() as client:
            client.trust_env = False
            client.verify = str(tmp_path / "ca.pem")
            assert client.get(f"{url}/metrics", timeout=30).status_code == 401
            assert client.get(f"{url}/metrics", timeout=30, auth=("prometheus", "swordfish")).status_code == 200


def test_without_the_extra_it_says_what_to_install(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "proxycheck.web.exporter.serving", None)
    outcome = invoke("exporter", "--config", str(written(tmp_path)))
    assert (outcome.code, '[web]"' in outcome.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--config", "nix.toml"), "nix.toml cannot be read"),
        (("--config", "exporter.toml", "--listen", "9798"), "is no HOST:PORT"),
        (("--config", "exporter.toml", "--listen", "192.0.2.1:1"), "the exporter cannot listen on 192.0.2.1, port 1"),
        (("--config", "exporter.toml", "--web-config", "nix.yml"), "nix.yml cannot be read"),
        (("--config", "exporter.toml", "--web-config", "web.yml"), "certificate or key is not readable"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    (tmp_path / "pem").write_text("no certificate")
    (tmp_path / "web.yml").write_text("tls_server_config: {cert_file: pem, key_file: pem}\n")
    outcome = invoke("exporter", *words)
    assert outcome.code == 2
    assert sentence in outcome.stderr
