"""CONNECT has to have a certain form: with Host, with a Host that names the target, or HTTP/1.1.

Whose behaviour: strict proxies. nginx-like front ends and testssl.sh#739 want `Host` even in HTTP/1.0
(proxychains-ng#92); Squid's `host_verify_strict` and python-proxy#151 want it to equal the target (RFC 9112 section
3.2.3); some serve no HTTP/1.0 at all.

    mitmdump -s addons/connect_form.py --set connect_form_host=equal
"""

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader

_PAGE = "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n"


class ConnectForm:
    """Refuses a CONNECT that is not written as it should be."""

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        choices = ("any", "present", "names", "equal")
        loader.add_option(
            "connect_form_host",
            str,
            "present",
            "Host must be there, name the target's host, or be the target with its port.",
            choices=choices,
        )
        loader.add_option("connect_form_version", str, "", "The only HTTP version served, such as HTTP/1.1.")

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Judges the request."""
        if flow.response is None and not well_formed(flow.request):
            flow.response = http.Response.make(400, _PAGE, {"Content-Type": "text/html", "Connection": "close"})
            flow.response.reason = "Bad request"


def well_formed(request: http.Request) -> bool:
    """Whether the CONNECT has the form that the options ask for."""
    if ctx.options.connect_form_version and request.http_version != ctx.options.connect_form_version:
        return False
    host, target = request.headers.get("Host", ""), f"{request.host}:{request.port}"
    wanted = ctx.options.connect_form_host
    if wanted == "present":
        return bool(host)
    if wanted == "names":
        return host.lower() in (request.host.lower(), target.lower())
    return bool(wanted != "equal" or host.lower() == target.lower())


addons = [ConnectForm()]
