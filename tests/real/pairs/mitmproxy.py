"""mitmproxy as it is delivered, and the scenarios that play it."""

from tests.real.engines import Software
from tests.real.pairs import Pair
from tests.real.resolver import NXDOMAIN_FOR_ALL

_TRUST = "ssl_verify_upstream_trusted_ca: $roots\n"
_TUNNELS = f"{_TRUST}ignore_hosts: ['.*']\nconnection_strategy: lazy\n"
_BLOCKS = (
    f"{_TRUST}ignore_hosts: [':443$$', ':5228$$', ':5938$$']\nblock_list: ['/!~u generate_204 & !~m CONNECT/403']\n"
)
_OTHER_PORTS = "tcp dport { 80, 5228, 5938 }"


def _mitmproxy(options: str, resolver: str | None = None) -> Software:
    software = Software("mitmdump", files={"config.yaml": options})
    return software if resolver is None else Software("mitmdump", files={"config.yaml": options}, resolver=resolver)


PAIRS = (
    Pair("mitmproxy-inspects", "inspected-company", _mitmproxy(_TRUST)),
    Pair("mitmproxy-blocks-plain-http", "block-page-403", _mitmproxy(_BLOCKS)),
    Pair("mitmproxy-no-names", "tunnel-200-first-no-names", _mitmproxy(_TUNNELS, NXDOMAIN_FOR_ALL)),
    Pair(
        "mitmproxy-firewall-drops",
        "tunnel-silent",
        _mitmproxy(_TUNNELS),
        firewall=("tcp dport { 80, 443, 5228, 5938 } drop",),
    ),
    Pair(
        "mitmproxy-firewall-refuses-ports",
        "tunnel-ports-reset",
        _mitmproxy(_TUNNELS),
        firewall=(f"{_OTHER_PORTS} reject with tcp reset",),
    ),
)
