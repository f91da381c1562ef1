"""Prometheus's own file for servers that face a network: TLS, and logins with bcrypt hashes.

The format is that of prometheus/exporter-toolkit (docs/web-configuration.md), so that one file serves every exporter of
a machine; what is not known here is an error, for it may have been meant to keep somebody out.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Final, Literal

import bcrypt
import msgspec
from msgspec import Struct, field
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from proxycheck.errors import ConfigurationError, unreadable

_NOBODY: Final = bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(10))
"""Compared with where the user is not known, so that a login takes as long."""
_MOST_KNOWN: Final = 100


class TlsServer(Struct, frozen=True, forbid_unknown_fields=True):
    """`tls_server_config`: paths are relative to the file."""

    cert_file: str
    key_file: str
    client_auth_type: Literal["NoClientCert", "RequireAndVerifyClientCert"] = "NoClientCert"
    client_ca_file: str | None = None
    min_version: Literal["TLS12"] = "TLS12"


class WebConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    tls_server_config: TlsServer | None = None
    basic_auth_users: dict[str, str] = field(default_factory=dict)


def read_web_config(path: Path) -> WebConfig:
    """What the file `path` says, paths made absolute. Raises ConfigurationError naming file, key and expectation."""
    try:
        config = msgspec.yaml.decode(path.read_bytes(), type=WebConfig | None) or WebConfig()
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{path} does not fit: {error}") from error
    for user, hashed in config.basic_auth_users.items():
        if not _is_bcrypt(hashed):
            raise ConfigurationError(
                f"{path}: basic_auth_users.{user} is no bcrypt hash; htpasswd -nBC 10 '' makes one"
            )
    return WebConfig(_absolute(path, config.tls_server_config), config.basic_auth_users)


def _is_bcrypt(hashed: str) -> bool:
    try:
        bcrypt.checkpw(b"", hashed.encode("ascii"))
    except ValueError:
        return False
    return True


def _absolute(path: Path, tls: TlsServer | None) -> TlsServer | None:
    if tls is None:
        return None
    if (tls.client_auth_type == "NoClientCert") is not (tls.client_ca_file is None):
        raise ConfigurationError(f"{path}: client_auth_type RequireAndVerifyClientCert goes with client_ca_file")
    authorities = None if tls.client_ca_file is None else str(path.parent / tls.client_ca_file)
    certificate, key = (str(path.parent / name) for name in (tls.cert_file, tls.key_file))
    for name in filter(None, (certificate, key, authorities)):
        if not Path(name).is_file():
            raise ConfigurationError(f"{path}: there is no file {name}")
    return TlsServer(certificate, key, tls.client_auth_type, authorities, tls.min_version)


class PageLogin:
    """Lets through whoever logs in as one of `users` (RFC 7617); everybody, where there are none."""

    def __init__(self, inner: ASGIApp, users: dict[str, str]) -> None:
        self._inner = inner
        self._key = secrets.token_bytes(32)
        self._one_at_a_time = asyncio.Lock()
        self.use(users)

    def use(self, users: dict[str, str]) -> None:
        """From now on lets these through, and no others."""
        self._users = users
        self._known: set[bytes] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 401 where nobody logs in."""
        if scope["type"] == "http" and self._users and not await self._allows(_login(scope)):
            headers = {"WWW-Authenticate": 'Basic realm="proxycheck exporter", charset="UTF-8"'}
            await PlainTextResponse("log in\n", status_code=401, headers=headers)(scope, receive, send)
            return
        await self._inner(scope, receive, send)

    async def _allows(self, login: tuple[str, bytes] | None) -> bool:
        """Whether user and password belong together. Each hash is computed once: it is slow by intent."""
        if login is None:
            return False
        user, password = login
        hashed = self._users.get(user)
        mark = hmac.new(self._key, user.encode() + b"\0" + password, hashlib.sha256).digest()
        if mark in self._known:
            return True
        async with self._one_at_a_time:
            right = await asyncio.to_thread(_matches, password, hashed.encode() if hashed else _NOBODY)
        if right and hashed is not None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known.add(mark)
        return right and hashed is not None


def _matches(password: bytes, hashed: bytes) -> bool:
    try:
        return bcrypt.checkpw(password, hashed)
    except ValueError:  # longer than bcrypt takes
        return False


def _login(scope: Scope) -> tuple[str, bytes] | None:
    value = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    scheme, _, token = value.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(token.strip(), validate=True).partition(b":")
        return (user.decode("utf-8"), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None
