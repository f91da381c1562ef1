"""Proxies that check a password, each in its scheme, by other people's code or by the letter of the RFC."""

import base64
import hashlib
import re
from pathlib import Path

import spnego

from proxycheck.model.target import Credentials
from tests.scripted.proxy import OPEN, Request, Said, Script, refusal

GOOD = Credentials("clerk", "s3cret-x!")
BAD = Credentials("clerk", "s3cret-y!")
BASIC = 'Proxy-Authenticate: Basic realm="customer"'


def basic_value(credentials: Credentials, encoding: str = "iso-8859-1") -> str:
    """The credentials as they travel (RFC 7617 section 2)."""
    pair = f"{credentials.username}:{credentials.password}".encode(encoding)
    return f"Basic {base64.b64encode(pair).decode()}"


def basic(*accepted: Credentials, encoding: str = "iso-8859-1", challenge: Said | None = None) -> Script:
    """A proxy that asks by `challenge` and lets these credentials in."""
    values = {basic_value(credentials, encoding) for credentials in accepted}
    asking = challenge or refusal(BASIC)
    return lambda request: OPEN if request.authorization in values else asking


def digest(
    credentials: Credentials, *, algorithm: str = "MD5", stale: int = 0, closes: bool = False, names_next: bool = False
) -> Script:
    """A proxy that wants Digest with qop=auth (RFC 7616 section 3.4); the first `stale` right answers are too old.
    With `names_next` an open tunnel comes with the nonce for the next request, and no other passes then."""
    hasher = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}.get(algorithm.removesuffix("-sess"), hashlib.md5)
    served: list[str] = []

    def ask(*more: str) -> Said:
        served.append(f"nonce{len(served)}")
        fields = ", ".join((f'realm="r", nonce="{served[-1]}", qop="auth", algorithm={algorithm}', *more))
        lines = (f"Proxy-Authenticate: Digest {fields}", *(["Connection: close"] if closes else []))
        said = refusal(*lines)
        return Said(said.data, "close") if closes else said

    def h(*parts: str) -> str:
        return hasher(":".join(parts).encode("iso-8859-1")).hexdigest()

    left = [stale]

    def script(request: Request) -> Said:
        value = request.authorization
        if value is None:
            return ask()
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', value.removeprefix("Digest ")))
        key = h(credentials.username, "r", credentials.password)
        if algorithm.endswith("-sess"):
            key = h(key, given["nonce"], given["cnonce"])
        due = h(key, given["nonce"], given["nc"], given["cnonce"], "auth", h("CONNECT", request.target))
        if given["nonce"] != served[-1] or given["response"] != due or given["uri"] != request.target:
            return ask()
        if left[0]:
            left[0] -= 1
            return ask("stale=true")
        if names_next:
            served.append(f"next{len(served)}")
            info = f'Proxy-Authentication-Info: nextnonce="{served[-1]}", qop=auth'
            return Said(f"HTTP/1.1 200 OK\r\n{info}\r\n\r\n".encode(), "tunnel")
        return OPEN

    return script


def account_file(folder: Path, *accounts: Credentials) -> Path:
    """The file that pyspnego's acceptor takes accounts from (NTLM_USER_FILE)."""
    file = folder / "accounts"
    file.write_text("".join(f":{each.username}:{each.password}\n" for each in accounts), encoding="utf-8")
    return file


def ntlm(scheme: str = "NTLM", *, closes: bool = False) -> Script:
    """A proxy that wants NTLM, or the same under the name Negotiate, and has pyspnego check it."""
    option = spnego.NegotiateOptions.use_ntlm
    contexts: dict[int, spnego.ContextProxy] = {}

    def script(request: Request) -> Said:
        value = request.authorization
        if value is None or not value.startswith(f"{scheme} "):
            return refusal(f"Proxy-Authenticate: {scheme}")
        token = base64.b64decode(value.split(" ", 1)[1])
        if token[8:12] == b"\1\0\0\0":
            contexts[request.connection] = spnego.server(protocol="ntlm", options=option)
        context = contexts.get(request.connection)
        if context is None:
            return refusal(f"Proxy-Authenticate: {scheme}")
        try:
            answer = context.step(token)
        except spnego.exceptions.SpnegoError:
            return refusal(f"Proxy-Authenticate: {scheme}")
        if context.complete:
            return OPEN
        said = refusal(f"Proxy-Authenticate: {scheme} {base64.b64encode(answer or b'').decode()}")
        return Said(said.data, "close") if closes else said

    return script
