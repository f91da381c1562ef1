"""Lets in the one browser that has the token, and no page of another site that it also shows.

The token of the printed address is good for one browser: it is exchanged for a cookie (HttpOnly, SameSite=Strict). The
`Host` must be this address itself, or a name that somebody points at this computer would do (DNS rebinding); whatever
changes something must come from this page by its `Origin` (CSRF).
"""

import hmac
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proxycheck.report.texts import texts

POLICY: Final = (
    "default-src 'none'; style-src 'self' {style}; script-src 'self'; connect-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Without a referrer at all the browser would send the Origin `null` with a form.
    "Referrer-Policy": "same-origin",
}
_SAFE: Final = ("GET", "HEAD")


class Guard:
    """Stands before `inner`, which listens on `port` of 127.0.0.1. `token` opens the page once; `style` is the source
    of a style that may stand in a page."""

    def __init__(self, inner: ASGIApp, port: int, style: str = "") -> None:
        self._headers = {**HEADERS, "Content-Security-Policy": POLICY.format(style=style)}
        self._inner = inner
        self._host = f"127.0.0.1:{port}"
        self._origin = f"http://{self._host}"
        self._cookie = f"proxycheck-{port}"
        self._session = secrets.token_urlsafe(32)
        self.token = secrets.token_urlsafe(32)
        self._spent = False

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        return f"{self._origin}/?token={self.token}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 403 where somebody else asks; the body of such a request is not read."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        answer = self._answer(scope)
        await (answer or self._inner)(scope, receive, protected)

    def _answer(self, scope: Scope) -> Response | None:
        """What is answered in place of the page; None where it may be seen."""
        headers = Headers(scope=scope)
        if not self._from_here(headers, scope["method"]):
            return _refused()
        known = self._known(headers)
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token") if scope["path"] == "/" else None
        if token is not None and scope["method"] == "GET":
            return self._opened(token[0], known=known)
        return None if known else _refused()

    def _from_here(self, headers: Headers, method: str) -> bool:
        if headers.getlist("host") != [self._host]:
            return False
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return False
        origins = headers.getlist("origin")
        return origins == [self._origin] or (not origins and method in _SAFE)

    def _known(self, headers: Headers) -> bool:
        cookie = SimpleCookie()
        try:
            cookie.load(headers.get("cookie", ""))
        except CookieError:
            return False
        value = cookie[self._cookie].value if self._cookie in cookie else ""
        return hmac.compare_digest(value.encode("utf-8", "replace"), self._session.encode())

    def _opened(self, token: str, *, known: bool) -> Response:
        right = hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode())
        if not known and (self._spent or not right):
            return _refused()
        answer = RedirectResponse("/", status_code=303)
        if right and not self._spent:
            self._spent = True
            answer.set_cookie(self._cookie, self._session, httponly=True, samesite="strict", path="/")
        return answer


def _refused() -> Response:
    return PlainTextResponse(f"{texts().live.refused}\n", status_code=403)
