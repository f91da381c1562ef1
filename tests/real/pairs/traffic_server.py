"""Apache Traffic Server, and the scenarios that play it."""

from tests.real.pairs import Pair
from tests.real.resolver import NXDOMAIN_FOR_ALL
from tests.real.traffic_server import traffic_server

_ALL_PORTS = "CONFIG proxy.config.http.connect_ports STRING *"

PAIRS = (
    Pair("traffic-server-open", "clean-traffic-server", traffic_server(_ALL_PORTS)),
    Pair("traffic-server-as-delivered", "ports-traffic-server", traffic_server()),
    Pair("traffic-server-no-names", "dns-traffic-server", traffic_server(_ALL_PORTS, resolver=NXDOMAIN_FOR_ALL)),
    Pair("traffic-server-cuts-strangers", "raw-closed", traffic_server(_ALL_PORTS, clients="192.0.2.0/24")),
)
