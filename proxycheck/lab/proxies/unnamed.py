"""What mitmproxy says in its own name, said without it: the customer's proxy that it plays is another product.

mitmproxy answers by itself where a host is not reached or a request cannot be read: `Server: mitmproxy`, a title of its
own, and advice about its options. A check would rightly recognise that. The error itself stays, as proxies tell it.
Imports mitmproxy, as `proxycheck.lab.proxies.simulated` does.
"""

import html
import re
from contextvars import ContextVar
from http import HTTPStatus

from mitmproxy import http
from mitmproxy.proxy.layers.http import _http1

_unnamed: ContextVar[bool] = ContextVar("proxycheck.lab.proxies.unnamed", default=False)
_original = _http1.make_error_response

_PAGE = "<html><head><title>{reason}</title></head><body><h1>{reason}</h1><p>{message}</p></body></html>\n"
_ADVICE = re.compile(r" If you plan to redirect requests away from this server.*", re.DOTALL)


def errors_without_a_name() -> None:
    """In this context, and in tasks started from it, mitmproxy's own error answers name no product."""
    _http1.make_error_response = _answer
    _unnamed.set(True)


def _answer(status_code: int, message: str = "") -> bytes:
    if not _unnamed.get():
        return _original(status_code, message)
    reason = _reason(status_code)
    page = _PAGE.format(reason=reason, message=html.escape(message)).encode("utf-8", "replace")
    head = f"HTTP/1.1 {status_code} {reason}\r\nContent-Type: text/html\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(page)}\r\n\r\n".encode("ascii") + page


def _reason(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "Error"


class Unnamed:
    """An addon that comes first: the answer to a CONNECT whose host is not reached, which others may replace."""

    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        """Leaves the error and takes mitmproxy's advice away."""
        if flow.response is not None and flow.server_conn.error and flow.response.text:
            flow.response.text = _ADVICE.sub("\n", flow.response.text)
