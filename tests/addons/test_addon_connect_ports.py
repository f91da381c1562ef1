"""connect_ports: CONNECT is allowed to listed ports only."""

import pytest
from mitmproxy import exceptions
from mitmproxy.http import HTTPFlow, Response
from mitmproxy.test import tflow

from addons.connect_ports import ConnectPorts
from tests.addons.running import configured


def asked(port: int) -> HTTPFlow:
    flow = tflow.tflow()
    flow.request.method, flow.request.host, flow.request.port = "CONNECT", "host.example", port
    return flow


def after(addon: ConnectPorts, flow: HTTPFlow) -> Response | None:
    addon.http_connect(flow)
    return flow.response


def test_443_passes_and_others_are_refused_by_default() -> None:
    addon = ConnectPorts()
    with configured(addon):
        assert after(addon, asked(443)) is None
        refusal = after(addon, asked(80))
    assert refusal
    assert (refusal.status_code, refusal.reason) == (403, "Forbidden")
    assert "Forbidden" in (refusal.text or "")


def test_the_list_of_ports_is_an_option() -> None:
    addon = ConnectPorts()
    with configured(addon, connect_ports=["80", "5228"]):
        assert after(addon, asked(5228)) is None
        assert after(addon, asked(443))


def test_the_refusal_is_an_option() -> None:
    addon = ConnectPorts()
    with configured(
        addon,
        connect_ports_status=405,
        connect_ports_reason="Not here",
        connect_ports_headers=["Server: gateway", "Allow: GET"],
        connect_ports_page="<p>no</p>",
    ):
        refusal = after(addon, asked(80))
    assert refusal
    assert (refusal.status_code, refusal.reason, refusal.text) == (405, "Not here", "<p>no</p>")
    assert (refusal.headers["Server"], refusal.headers["Allow"]) == ("gateway", "GET")


def test_an_answer_that_another_addon_gave_stays() -> None:
    addon, flow = ConnectPorts(), asked(80)
    flow.response = Response.make(407)
    with configured(addon):
        assert after(addon, flow) is flow.response
    assert flow.response.status_code == 407


@pytest.mark.parametrize("port", ["web", "0", "65536", "-1", ""])
def test_what_is_not_a_port_is_refused(port: str) -> None:
    addon = ConnectPorts()
    with (
        pytest.raises(exceptions.OptionsError, match="not a port number"),
        configured(addon, connect_ports=[port]),
    ):
        pass
