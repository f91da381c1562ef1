"""Who has no valid user name and password is answered 407 with the configured challenges.

Whose behaviour: every proxy with user accounts. Squid's `auth_param basic|digest|ntlm|negotiate` offers one
`Proxy-Authenticate` line for each scheme; Blue Coat, McAfee and Cisco offer Negotiate and NTLM first; TinyProxy
and SafeSquid answer wrong credentials with 401 (tinyproxy#532); CA eTrust answers 403 with a page that says 407
(nmap-service-probes); Cisco's IP surrogates ask an address only once (AsyncOS guide, appendix A). Basic (RFC 7617)
and Digest with MD5 or SHA-256 (RFC 7616) are verified; NTLM and Negotiate are only offered, and never satisfied.

    mitmdump -s addons/authentication.py --set authentication_users=clerk:secret \\
        --set authentication_challenges='Basic realm="Corporate proxy"'
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Sequence

from mitmproxy import ctx, exceptions, http
from mitmproxy.addonmanager import Loader
from mitmproxy.connection import Client

_PAGE = "<html><head><title>407</title></head><body><h1>Proxy Authentication Required</h1></body></html>\n"
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Authentication:
    """Asks for credentials at every request that is addressed to the proxy."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        self.remembered: set[str] = set()
        self.tunnelled: set[str] = set()

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("authentication_users", Sequence[str], [], "USER:PASSWORD of everybody who may pass.")
        loader.add_option(
            "authentication_challenges", Sequence[str], ['Basic realm="proxy"'], "Values of the challenge."
        )
        loader.add_option("authentication_status", int, 407, "Status code without credentials.")
        loader.add_option("authentication_refused_status", int, 0, "Status code for wrong ones; 0: the same.")
        loader.add_option("authentication_reason", str, "Proxy Authentication Required", "Reason phrase.")
        loader.add_option("authentication_headers", Sequence[str], [], "More header fields, `Name: value`.")
        loader.add_option("authentication_page", str, _PAGE, "Body of the refusal, HTML.")
        loader.add_option("authentication_closes", bool, False, "Close the connection after the refusal.")
        loader.add_option("authentication_anybody", bool, False, "Let any credentials pass.")
        loader.add_option("authentication_remembers", bool, False, "Ask an address only until it has passed once.")
        loader.add_option("authentication_charset", str, "utf-8", "Charset of user names and passwords.")

    def configure(self, updated: set[str]) -> None:
        """Reads the users."""
        if "authentication_users" in updated:
            for text in ctx.options.authentication_users:
                if ":" not in text:
                    raise exceptions.OptionsError(f"authentication_users: {text!r} is not USER:PASSWORD")
            self.users = dict(text.split(":", 1) for text in ctx.options.authentication_users)

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Asks before a tunnel opens."""
        self.ask(flow)
        if flow.response is None:
            self.tunnelled.add(flow.client_conn.id)

    def request(self, flow: http.HTTPFlow) -> None:
        """Asks before a request is forwarded; what travels inside a tunnel has been asked for."""
        if flow.client_conn.id not in self.tunnelled:
            self.ask(flow)

    def client_disconnected(self, client: Client) -> None:
        """Forgets the connection."""
        self.tunnelled.discard(client.id)

    def ask(self, flow: http.HTTPFlow) -> None:
        """Lets the request pass, or answers it."""
        if flow.response is not None:
            return
        value = flow.request.headers.pop("Proxy-Authorization", None)
        address = flow.client_conn.peername[0]
        if (value is not None and self.accepts(value, flow.request.method)) or address in self.remembered:
            if ctx.options.authentication_remembers:
                self.remembered.add(address)
            return
        flow.response = refusal(given=value is not None)

    def accepts(self, value: str, method: str) -> bool:
        """Whether a `Proxy-Authorization` value is somebody's who may pass."""
        if ctx.options.authentication_anybody:
            return True
        scheme, _, rest = value.partition(" ")
        offered = {challenge.split()[0].lower() for challenge in ctx.options.authentication_challenges}
        if scheme.lower() not in offered:
            return False
        if scheme.lower() == "basic":
            return self._basic(rest)
        return scheme.lower() == "digest" and self._digest(rest, method)

    def _basic(self, token: str) -> bool:
        try:
            text = base64.b64decode(token, validate=True).decode(ctx.options.authentication_charset)
        except (binascii.Error, UnicodeDecodeError):
            return False
        user, _, password = text.partition(":")
        return self.users.get(user) == password

    def _digest(self, text: str, method: str) -> bool:
        given = {
            name.lower(): quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', text)
        }
        digest = _HASHES.get(given.get("algorithm", "MD5").upper())
        user = given.get("username", "")
        if digest is None or user not in self.users:
            return False

        def hashed(*parts: str) -> str:
            return digest(":".join(parts).encode()).hexdigest()

        first = hashed(user, given.get("realm", ""), self.users[user])
        second = hashed(method, given.get("uri", ""))
        middle = (
            [given.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")]
            if "qop" in given
            else [given.get("nonce", "")]
        )
        return hashed(first, *middle, second) == given.get("response")


def refusal(*, given: bool) -> http.Response:
    """The answer to a request without credentials, or with wrong ones."""
    options = ctx.options
    status = (given and options.authentication_refused_status) or options.authentication_status
    response = http.Response.make(status, options.authentication_page, {"Content-Type": "text/html"})
    response.reason = options.authentication_reason
    response.headers.update({"Connection": "close"} if options.authentication_closes else {})
    for name, value in _fields():
        response.headers.add(name, value)
    return response


def _fields() -> Iterator[tuple[str, str]]:
    asks = "WWW-Authenticate" if ctx.options.authentication_status == 401 else "Proxy-Authenticate"
    yield from ((asks, challenge) for challenge in ctx.options.authentication_challenges)
    for field in ctx.options.authentication_headers:
        name, _, value = field.partition(":")
        yield name.strip(), value.strip()


addons = [Authentication()]
