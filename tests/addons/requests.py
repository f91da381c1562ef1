"""Requests as an addon meets them."""

from mitmproxy.http import HTTPFlow
from mitmproxy.test import tflow


def connect(host: str = "host.example", **fields: str) -> HTTPFlow:
    """A CONNECT to port 443 of `host`; `fields` are header fields, underscores for hyphens."""
    flow = tflow.tflow()
    flow.request.method, flow.request.host, flow.request.port = "CONNECT", host, 443
    return _dressed(flow, fields)


def get(url: str = "host.example/", **fields: str) -> HTTPFlow:
    """A GET for `url`, written without its scheme."""
    host, _, path = url.partition("/")
    flow = tflow.tflow()
    flow.request.method, flow.request.scheme = "GET", "http"
    flow.request.host, flow.request.port, flow.request.path = host, 80, f"/{path}"
    return _dressed(flow, fields)


def _dressed(flow: HTTPFlow, fields: dict[str, str]) -> HTTPFlow:
    flow.request.headers.clear()
    for name, value in fields.items():
        flow.request.headers[name.replace("_", "-")] = value
    return flow
