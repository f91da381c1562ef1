"""Only listed methods are served.

Whose behaviour: proxies with CONNECT switched off. Tinyproxy with `ConnectPort 0`; Squid with `http_access deny
CONNECT`; curl's test 217 shows the 405, nmap-service-probes a `403 Bad Protocol`. Ordinary requests pass.

    mitmdump -s addons/methods.py --set methods=GET --set methods=POST
"""

from collections.abc import Sequence

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader

_PAGE = "<html><head><title>Not allowed</title></head><body><h1>Method Not Allowed</h1></body></html>\n"


class Methods:
    """Refuses a request by its method."""

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("methods", Sequence[str], ["GET", "HEAD", "POST"], "Methods that are served.")
        loader.add_option("methods_status", int, 405, "Status code of the refusal.")
        loader.add_option("methods_reason", str, "Method Not Allowed", "Reason phrase of the refusal.")
        loader.add_option("methods_headers", Sequence[str], [], "More header fields, `Name: value`.")
        loader.add_option("methods_page", str, _PAGE, "Body of the refusal, HTML.")

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Judges CONNECT."""
        self.judge(flow)

    def request(self, flow: http.HTTPFlow) -> None:
        """Judges every other method."""
        self.judge(flow)

    def judge(self, flow: http.HTTPFlow) -> None:
        """Answers what is not on the list."""
        if flow.response is not None or flow.request.method in ctx.options.methods:
            return
        response = http.Response.make(
            ctx.options.methods_status, ctx.options.methods_page, {"Content-Type": "text/html"}
        )
        response.reason = ctx.options.methods_reason
        for field in ctx.options.methods_headers:
            name, _, value = field.partition(":")
            response.headers.add(name.strip(), value.strip())
        flow.response = response


addons = [Methods()]
