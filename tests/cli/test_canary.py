"""`proxycheck canary serve` and `check --canary`, as an engineer runs them."""

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.cli.conftest import CHECK, Invoke, Runner
from tests.support.canary_proxy import BadProxy

KEY = "Zx9eHJ9F08xKBivmON6405HVw3f4pBHYP5AZIKFyKa4"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals to a child")


@contextlib.asynccontextmanager
async def serving(*options: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A canary on a free port in a process of its own, and the address it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "proxycheck", "canary", "serve", "--port", "0", *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30.0):
            while True:
                line = (await process.stdout.readline()).decode()
                assert line, "it ended before it told its address"
                if found := re.search(r"--canary [\"'](.+)[\"']", line):
                    yield process, found[1]
                    return
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _check(file: Path) -> str:
    async with serving() as (_, address), BadProxy().running() as port:
        command = ("check", "--proxy", f"127.0.0.1:{port}", "--device", "sendpro-c", "--only", "distservp1.pb.com:443")
        alone = ("--no-network", "--no-compare-direct", "--timeout", "2")
        options = (*alone, "--canary", address, "--idle", "0.1", "--json", str(file))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "proxycheck", *command, *options, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        return (await process.communicate())[1].decode()


@pytest.mark.slow
def test_a_check_asks_the_canary_that_serve_prints(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    told = asyncio.run(_check(file))
    assert file.exists(), told
    report: dict[str, Any] = json.loads(file.read_text())
    (check,) = [check for check in report["checks"] if check["id"] == "canary"]
    assert (check["verdict"], check["causes"]) == ("pass", [])
    assert "a quiet tunnel lived for 0.1 s" in check["reason"]
    assert report["run"]["options"]["idle"] == 0.1
    codes = [cause["code"] for cause in report["causes"]]
    assert not [code for code in codes if code.startswith(("tunnel.", "tls.", "http."))]


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_good_order(number: signal.Signals) -> None:
    async def main() -> tuple[int | None, bytes]:
        async with serving() as (process, _):
            process.send_signal(number)
            _, told = await process.communicate()
            return process.returncode, told

    code, told = asyncio.run(main())
    assert (code, told.strip()) == (0, b"the canary has stopped")


@pytest.mark.slow
def test_a_kept_signing_key_keeps_the_address(tmp_path: Path) -> None:
    kept = ("--signing-key", str(tmp_path / "canary.pem"))

    async def key(*options: str) -> str:
        async with serving(*options) as (_, address):
            return address.partition("#")[2]

    async def main() -> list[str]:
        return [await key(*kept), await key(*kept), await key()]

    first, second, other = asyncio.run(main())
    assert first == second != other
    if sys.platform != "win32":
        assert (tmp_path / "canary.pem").stat().st_mode & 0o077 == 0


def _write(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate and its key."""
    import datetime

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "canary.example")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    path = tmp_path / "certificate.pem"
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return path, _write(tmp_path / "key.pem", key)


def test_a_certificate_of_ones_own_is_taken(certificate: tuple[Path, Path]) -> None:
    async def main() -> str:
        options = ("--certificate", str(certificate[0]), "--key", str(certificate[1]), "--name", "canary.example")
        async with serving(*options) as (_, address):
            return address

    assert asyncio.run(main()).startswith("canary.example:")


def test_a_key_that_is_not_the_certificates_is_refused(
    invoke: Invoke, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    other = _write(tmp_path / "other.pem", ec.generate_private_key(ec.SECP256R1()))
    told = invoke("canary", "serve", "--certificate", str(certificate[0]), "--key", str(other))
    assert told.code == 2
    assert "no certificate with its" in told.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--certificate", "a.pem"), "belong together"),
        (("--key", "a.pem"), "belong together"),
        (("--certificate", "missing.pem", "--key", "missing.pem"), "cannot be read"),
        (("--listen", "0.0.0.0"), "add --name HOST"),  # noqa: S104  refused
        (("--listen", "192.0.2.1", "--port", "0"), "cannot listen"),
        (("--port", "1", "--port", "2", "--port", "3"), "one port or on two"),
        (("--port", "65536"), "one port or on two"),
        (("--name", "no/host"), "not an address"),
        (("--signing-key", __file__), "no unencrypted private key"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(invoke: Invoke, options: tuple[str, ...], told: str) -> None:
    ended = invoke("canary", "serve", *options)
    assert ended.code == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_signing_key_of_another_kind_is_refused(invoke: Invoke, tmp_path: Path) -> None:
    file = _write(tmp_path / "rsa.pem", rsa.generate_private_key(65537, 2048))
    ended = invoke("canary", "serve", "--signing-key", str(file))
    assert (ended.code, "not an Ed25519 key" in ended.stderr) == (2, True)


def test_the_plan_has_the_canary_and_how_long_to_be_quiet(invoke: Invoke, runner: Runner) -> None:
    invoke(*CHECK, "--canary", f"canary.example:443,80#{KEY}")
    invoke(*CHECK, "--canary", f"canary.example:443,80#{KEY}", "--idle", "120")
    invoke(*CHECK)
    found = [(plan.canary is not None and plan.canary.plain_port, plan.idle_s) for plan in runner.plans]
    assert found == [(80, 30.0), (80, 120.0), (False, 0.0)]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--idle", "30"), "write --canary"),
        (("--canary", "canary.example:443"), "has no key"),
        (("--canary", f"canary.example#{KEY[1:]}"), "no key of a canary"),
        (("--canary", f"canary.example#{KEY}", "--idle", "-1"), "--idle -1 is not between"),
        (("--canary", f"canary.example#{KEY}", "--idle", "100000"), "is not between"),
    ],
)
def test_a_canary_that_cannot_be_asked_is_refused(
    invoke: Invoke, runner: Runner, options: tuple[str, ...], told: str
) -> None:
    ended = invoke(*CHECK, *options)
    assert (ended.code, runner.plans) == (2, [])
    assert told in ended.stderr
