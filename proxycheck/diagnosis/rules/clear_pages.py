"""One page in the clear, whatever is said in a tunnel: TLS, or a request in plain HTTP. No host's server does that."""

import re
from collections.abc import Sequence

from proxycheck.diagnosis.observation import Observation
from proxycheck.diagnosis.shape import Shape, alike, shape
from proxycheck.wire.http.reply import Reply, page_in

_MARKUP = re.compile(rb"\s*<")


def the_same_in_plain(unexplained: Sequence[Observation], pages: Sequence[Observation]) -> list[Observation]:
    """Tunnels in which plain HTTP was answered by a page that came where TLS was spoken as well."""
    shown = [page for o in pages if o.endpoint.speaks == "tls" and (page := _in_the_clear(o)) is not None]
    plain = [o for o in unexplained if o.endpoint.speaks == "http" and o.decides == "tunnel" and o.opened]
    said = [(o, page) for o in plain if o not in pages and (page := _in_the_clear(o)) is not None]
    return [o for o, page in said if any(alike(page, other) for other in shown)]


def _in_the_clear(observation: Observation) -> Shape | None:
    """The page that came in a tunnel, be it without the head of an answer."""
    record = observation.payload
    if record is None:
        return None
    page = page_in(record)
    if page is None and _MARKUP.match(record.received_bytes) is not None:
        page = Reply(body=record.received_bytes)
    return None if page is None else shape(page, observation.endpoint.host + observation.endpoint.path)
