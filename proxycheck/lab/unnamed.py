"""What mitmproxy says in its own name, said without it: the customer's proxy that it plays is another product.

mitmproxy answers by itself where a host is not reached or a request cannot be read: `Server: mitmproxy` and a page that
names its options. A check would rightly recognise that. Imports mitmproxy, as `proxycheck.lab.proxy` does.
"""

from contextvars import ContextVar
from http import HTTPStatus

from mitmproxy import http
from mitmproxy.proxy.layers.http import _http1

_unnamed: ContextVar[bool] = ContextVar("proxycheck.lab.unnamed", default=False)
_original = _http1.make_error_response

_PAGE = "<html><head><title>{reason}</title></head><body><h1>{reason}</h1></body></html>\n"


def errors_without_a_name() -> None:
    """In this context, and in tasks started from it, mitmproxy's own error answers name no product."""
    _http1.make_error_response = _answer
    _unnamed.set(True)


def _answer(status_code: int, message: str = "") -> bytes:
    if not _unnamed.get():
        return _original(status_code, message)
    page = _page(status_code)
    head = f"HTTP/1.1 {status_code} {_reason(status_code)}\r\nContent-Type: text/html\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(page)}\r\n\r\n{page}".encode("ascii")


def _page(code: int) -> str:
    return _PAGE.format(reason=_reason(code))


def _reason(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "Error"


class Unnamed:
    """An addon that comes first: the page to a CONNECT whose host is not reached, which others may replace."""

    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        """Replaces mitmproxy's words about its own options."""
        if flow.response is not None and flow.server_conn.error and not flow.response.headers.get("content-type"):
            flow.response.text = _page(flow.response.status_code)
