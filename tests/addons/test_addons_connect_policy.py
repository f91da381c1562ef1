"""connect_hosts, connect_form, methods, user_agents: who may ask for what."""

import pytest
from mitmproxy import exceptions

from addons.connect_form import ConnectForm
from addons.connect_hosts import ConnectHosts
from addons.methods import Methods
from addons.user_agents import UserAgents
from tests.addons.requests import connect, get
from tests.addons.running import configured


@pytest.mark.parametrize(
    ("host", "refused"),
    [
        ("www.bad.example", True),
        ("good.bad.example", False),
        ("other.example", False),
        ("192.0.2.1", True),
        ("2001:db8::1", True),
    ],
)
def test_hosts(host: str, refused: bool) -> None:
    addon, flow = ConnectHosts(), connect(host)
    with configured(
        addon,
        connect_hosts_denied=[r"\.BAD\.example$"],
        connect_hosts_allowed=["^good"],
        connect_hosts_addresses=False,
        connect_hosts_page="no {host}:{port}",
        connect_hosts_headers=["X-Squid-Error: ERR_ACCESS_DENIED 0"],
    ):
        addon.http_connect(flow)
    assert (flow.response is not None) is refused
    if flow.response:
        assert flow.response.text == f"no {host}:443"
        assert flow.response.headers["X-Squid-Error"] == "ERR_ACCESS_DENIED 0"


def test_addresses_pass_unless_told_otherwise() -> None:
    addon, flow = ConnectHosts(), connect("192.0.2.1")
    with configured(addon, connect_hosts_denied=["."]):
        addon.http_connect(flow)
    assert flow.response is None


@pytest.mark.parametrize(("addon", "option"), [(ConnectHosts(), "connect_hosts_denied"), (UserAgents(), "user_agents")])
def test_bad_patterns_are_named(addon: object, option: str) -> None:
    with pytest.raises(exceptions.OptionsError, match=option), configured(addon, **{option: ["("]}):
        pass


@pytest.mark.parametrize(
    ("wanted", "host", "passes"),
    [
        ("any", None, True),
        ("present", None, False),
        ("present", "other.example", True),
        ("names", "host.example", True),
        ("names", "host.example:443", True),
        ("names", "other.example", False),
        ("equal", "host.example", False),
        ("equal", "host.example:443", True),
    ],
)
def test_the_form_of_host(wanted: str, host: str | None, passes: bool) -> None:
    addon, flow = ConnectForm(), connect(**({"Host": host} if host else {}))
    with configured(addon, connect_form_host=wanted):
        addon.http_connect(flow)
    assert (flow.response is None) is passes


@pytest.mark.parametrize(("version", "passes"), [("HTTP/1.1", True), ("HTTP/1.0", False)])
def test_the_version(version: str, passes: bool) -> None:
    addon, flow = ConnectForm(), connect(Host="host.example")
    flow.request.http_version = version
    with configured(addon, connect_form_version="HTTP/1.1"):
        addon.http_connect(flow)
    assert (flow.response is None) is passes


def test_methods() -> None:
    addon, tunnel, plain, other = Methods(), connect(), get(), get()
    other.request.method = "DELETE"
    with configured(addon, methods_status=501, methods_reason="Never", methods_headers=["Allow: GET"]):
        addon.http_connect(tunnel)
        addon.request(plain)
        addon.request(other)
    assert plain.response is None
    assert tunnel.response
    assert other.response
    assert (tunnel.response.status_code, tunnel.response.reason) == (501, "Never")
    assert tunnel.response.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    ("fields", "passes"), [({"User_Agent": "Mozilla/5.0"}, True), ({"User_Agent": "Dalvik/2"}, False), ({}, False)]
)
def test_user_agents(fields: dict[str, str], passes: bool) -> None:
    addon, tunnel, plain = UserAgents(), connect(**fields), get(**fields)
    with configured(addon):
        addon.http_connect(tunnel)
        addon.request(plain)
    assert (tunnel.response is None) is passes
    assert (plain.response is None) is passes


def test_user_agents_of_connect_alone() -> None:
    addon, plain = UserAgents(), get()
    with configured(addon, user_agents_connect_only=True):
        addon.request(plain)
    assert plain.response is None
