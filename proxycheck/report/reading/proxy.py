"""What the proxy is called: what answers there in plain HTTP is named so, whatever was typed before its address."""

from proxycheck.model.report import Report

_TYPED_RIGHT = ("setup.https-proxy", "setup.socks-only")
"""Causes that say that something else than plain HTTP listens there: then what was typed stays."""


def proxy_url(report: Report) -> str | None:
    """The proxy's URL as it is judged, without credentials; None where the run was about no proxy."""
    if report.proxy is None:
        return None
    scheme, separator, address = report.proxy.url.partition("://")
    mistyped = separator and scheme != "http" and _speaks_http(report)
    return f"http://{address}" if mistyped else report.proxy.url


def typed_url(report: Report) -> str | None:
    """What was typed, where the proxy turned out to be something else; None where it is what was typed."""
    typed = None if report.proxy is None else report.proxy.url
    return typed if typed != proxy_url(report) else None


def _speaks_http(report: Report) -> bool:
    """Whether plain HTTP is certain: a tunnel worked, or a CONNECT was answered in HTTP. Silence proves nothing."""
    if any(cause.code in _TYPED_RIGHT for cause in report.causes):
        return False
    return any(endpoint.verdict in ("pass", "warn") for endpoint in report.endpoints) or any(
        record.operation in ("connect", "auth") and record.received.startswith("HTTP/") for record in report.evidence
    )
