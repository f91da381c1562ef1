"""A host that cannot be reached is reported in the words of a product.

Whose behaviour: Squid's error templates (503 with `X-Squid-Error: ERR_DNS_FAIL 0` or `ERR_CONNECT_FAIL 111`, 504 with
110), Tinyproxy's `500 Unable to connect` (src/reqs.c), RFC 9209's `Proxy-Status: ...; error=dns_error`, Apache's 502.
Each option is a reply's head and page: the status line's code and reason, header fields, an empty line, the page;
`{host}` and `{port}` are filled in. An empty option leaves mitmproxy's own 502.

    mitmdump -s addons/upstream_errors.py --set upstream_errors_dns='503 Service Unavailable'
"""

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader

_KINDS = {
    "upstream_errors_dns": ("not known", "Errno -"),
    "upstream_errors_refused": ("refused",),
    "upstream_errors_timeout": ("timed out",),
}


class UpstreamErrors:
    """Rewrites the answer to a CONNECT or a request whose host was not reached."""

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("upstream_errors_dns", str, "", "When the name has no address.")
        loader.add_option("upstream_errors_refused", str, "", "When the host refuses.")
        loader.add_option("upstream_errors_timeout", str, "", "When the host does not answer.")
        loader.add_option("upstream_errors_other", str, "", "When it fails otherwise, and for all that has no option.")

    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        """The answer to CONNECT."""
        error = flow.server_conn.error
        if error and flow.response is not None and (words := _words(error)):
            flow.response = _reply(words, flow.request.host, flow.request.port)


def _words(error: str) -> str:
    for option, marks in _KINDS.items():
        if any(mark in error for mark in marks):
            return str(getattr(ctx.options, option) or ctx.options.upstream_errors_other)
    return str(ctx.options.upstream_errors_other)


def _reply(words: str, host: str, port: int) -> http.Response:
    head, _, page = words.replace("{host}", host).replace("{port}", str(port)).partition("\n\n")
    lines = head.splitlines()
    code, _, reason = lines[0].partition(" ")
    response = http.Response.make(int(code), page, {})
    response.reason = reason
    for line in lines[1:]:
        name, _, value = line.partition(":")
        response.headers[name.strip()] = value.strip()
    return response


addons = [UpstreamErrors()]
