"""Requests and replies that the proxy reads carry the fields that it adds.

Whose behaviour: every forward proxy that keeps RFC 9110 section 7.6.3 (`Via`), Squid's `forwarded_for` and `via`, and
vendors' own: X-BlueCoat-Via, X-MWG-Via, X-Cache (citizenlab, mitmengine's badheader.txt). Tunnels are not touched.

    mitmdump -s addons/forwarded_fields.py --set forwarded_fields_request='Via: 1.1 proxy (squid/5.7)'
"""

from collections.abc import Sequence

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader


class ForwardedFields:
    """Adds fields on the way there and on the way back."""

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        via = ["Via: 1.1 proxy.example (squid/5.7)", "X-Forwarded-For: 192.0.2.10"]
        loader.add_option("forwarded_fields_request", Sequence[str], via, "Fields added to requests, `Name: value`.")
        loader.add_option("forwarded_fields_reply", Sequence[str], [], "Fields added to replies, `Name: value`.")
        loader.add_option("forwarded_fields_dropped", Sequence[str], [], "Fields taken out of requests.")

    def request(self, flow: http.HTTPFlow) -> None:
        """The way there."""
        for name in ctx.options.forwarded_fields_dropped:
            flow.request.headers.pop(name, None)
        for name, value in _pairs(ctx.options.forwarded_fields_request):
            flow.request.headers.add(name, value)

    def response(self, flow: http.HTTPFlow) -> None:
        """The way back."""
        for name, value in _pairs(ctx.options.forwarded_fields_reply):
            if flow.response is not None:
                flow.response.headers.add(name, value)


def _pairs(fields: Sequence[str]) -> list[tuple[str, str]]:
    split = (field.partition(":") for field in fields)
    return [(name.strip(), value.strip()) for name, _, value in split]


addons = [ForwardedFields()]
