"""Prometheus's own web configuration: logins and TLS, and nothing that is not understood."""

import asyncio
import base64
from pathlib import Path

import bcrypt
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from proxycheck.errors import ConfigurationError
from proxycheck.web.exporter.web_config import PageLogin, read_web_config

HASH = bcrypt.hashpw(b"swordfish", bcrypt.gensalt(4)).decode()


def written(folder: Path, text: str) -> Path:
    """The file, beside a certificate and a key."""
    for name in ("cert.pem", "key.pem", "ca.pem"):
        (folder / name).write_text("PEM")
    (folder / "web.yml").write_text(text)
    return folder / "web.yml"


def test_all_of_it(tmp_path: Path) -> None:
    text = f"""
tls_server_config:
  cert_file: cert.pem
  key_file: key.pem
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
basic_auth_users:
  prometheus: {HASH}
"""
    config = read_web_config(written(tmp_path, text))
    assert config.tls_server_config is not None
    assert config.tls_server_config.client_ca_file == str(tmp_path / "ca.pem")
    assert config.basic_auth_users == {"prometheus": HASH}
    empty = read_web_config(written(tmp_path, ""))
    assert (empty.tls_server_config, empty.basic_auth_users) == (None, {})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tls_server_config: {cert_file: cert.pem}", "missing required field `key_file`"),
        ("tls_server_config: {cert_file: nix.pem, key_file: key.pem}", r"there is no file .*nix\.pem"),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: RequestClientCert}",
            "Invalid enum value 'RequestClientCert'",
        ),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_ca_file: ca.pem}",
            "goes with client_ca_file",
        ),
        ("http_server_config: {http2: true}", "unknown field `http_server_config`"),
        ("basic_auth_users: {a: swordfish}", r"basic_auth_users\.a is no bcrypt hash"),
        ("basic_auth_users: [", "does not fit"),
        ("\t", "does not fit"),
    ],
)
def test_what_is_not_understood_is_an_error(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        read_web_config(written(tmp_path, text))
    assert "web.yml" in str(caught.value)


async def _inner(scope: Scope, receive: Receive, send: Send) -> None:
    assert Request(scope).url.path == "/"
    await PlainTextResponse("in")(scope, receive, send)


def _status(login: PageLogin, *headers: str | None) -> list[int]:
    async def run() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(login), base_url="http://exporter") as client:
            return [
                (await client.get("/", headers={} if header is None else {"Authorization": header})).status_code
                for header in headers
            ]

    return asyncio.run(run())


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_only_who_logs_in_gets_in() -> None:
    login = PageLogin(_inner, {"prometheus": HASH})
    good = _basic("prometheus:swordfish")
    bad = (_basic("prometheus:other"), _basic("nobody:swordfish"), _basic("prometheus:" + "x" * 100))
    strange = (None, "", "Basic", "Basic !!", _basic("prometheus"), "Bearer x", "Basic /w==")
    assert _status(login, good, good, *bad, *strange, good) == [200, 200, *[401] * 10, 200]


def test_a_changed_password_is_not_remembered() -> None:
    login = PageLogin(_inner, {"prometheus": HASH})
    assert _status(login, _basic("prometheus:swordfish")) == [200]
    login.use({"prometheus": bcrypt.hashpw(b"new", bcrypt.gensalt(4)).decode()})
    assert _status(login, _basic("prometheus:swordfish"), _basic("prometheus:new")) == [401, 200]
    login.use({})
    assert _status(login, None) == [200]
