"""What the proxy reads in plain HTTP comes out in another form: compressed, stored, or whole instead of a part.

Whose behaviour: caching and optimising forward proxies: a stored answer with `Age` (RFC 9111 section 5.1), gzip where
none was asked for, `200` and the whole for a range request (pivnet-cli#42). Tunnels are not touched.

    mitmdump -s addons/transcoding.py --set transcoding_compress=true
"""

import gzip

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader


class Transcoding:
    """Changes the form of replies, and answers from a store."""

    def __init__(self) -> None:
        self.stored: dict[str, http.Response] = {}

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("transcoding_compress", bool, False, "Compress replies, asked or not.")
        loader.add_option("transcoding_store", bool, False, "Answer the same URL from a store.")
        loader.add_option("transcoding_whole", bool, False, "Take Range out of requests.")

    def request(self, flow: http.HTTPFlow) -> None:
        """Answers from the store, or asks for the whole."""
        stored = self.stored.get(flow.request.pretty_url)
        if ctx.options.transcoding_store and stored is not None and flow.response is None:
            flow.response = stored.copy()
            flow.response.headers["Age"] = "60"
        if ctx.options.transcoding_whole:
            flow.request.headers.pop("Range", None)

    def response(self, flow: http.HTTPFlow) -> None:
        """Stores and compresses."""
        response = flow.response
        if response is None:
            return
        if ctx.options.transcoding_store and flow.request.method == "GET":
            self.stored.setdefault(flow.request.pretty_url, response.copy())
        content = response.raw_content
        if ctx.options.transcoding_compress and content and "Content-Encoding" not in response.headers:
            response.headers["Content-Encoding"] = "gzip"
            response.raw_content = gzip.compress(content)
            response.headers["Content-Length"] = str(len(response.raw_content))


addons = [Transcoding()]
