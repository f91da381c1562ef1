"""One scenario in motion: played, checked, compared, and what a person is told who tries it."""

import re
import socket
from pathlib import Path

import pytest
from msgspec import structs

from proxycheck.catalogue.scenarios import load_scenario
from proxycheck.errors import ConfigurationError, LabError
from proxycheck.lab import stand as stand_module
from proxycheck.lab.rehearsal import customer, endpoints_of, plan_for, played, rehearse, stage_for
from proxycheck.lab.stand import stand
from proxycheck.model.files.scenario import (
    Behaviour,
    Beside,
    Client,
    DueCause,
    Expectation,
    Listener,
    OptionValue,
    Scenario,
)
from proxycheck.model.target import ProxyAddress
from tests.lab import client
from tests.support import known

DEVICE = known.device("sendpro-c")
HOST = DEVICE.endpoints[0].host
PLAIN = Scenario(title="plain", source="x", expect=Expectation(verdict="compatible"), client=Client(tier="required"))


def test_options_reach_the_addons_tables_as_json() -> None:
    scenario = structs.replace(
        PLAIN,
        behaviour=(
            Behaviour(addon="raw_connect", options={"raw_connect": [{"ports": [80], "reply": "x"}]}),
            Behaviour(addon="delays", options={"delays": 0.5}),
        ),
    )
    made = customer("name", scenario)
    assert made.options == {"raw_connect": ['{"ports": [80], "reply": "x"}'], "delays": "0.5"}
    assert made.addons == ("raw_connect", "delays", "plain_port", "tunnel")


@pytest.mark.slow
def test_a_good_proxy_holds_and_a_wrong_expectation_does_not() -> None:
    knowledge = known.knowledge()
    wrong = structs.replace(PLAIN, expect=Expectation(verdict="incompatible", causes=(DueCause(code="tls.inspected"),)))
    with stage_for([DEVICE]) as rehearsal:
        good = rehearse(rehearsal, "good", PLAIN, DEVICE, knowledge)
        bad = rehearse(rehearsal, "bad", wrong, DEVICE, knowledge)
    assert (good.outcome.holds, good.outcome.verdict, good.outcome.causes) == (True, "compatible", ())
    assert good.outcome.duration_s > 0
    assert bad.outcome.differences == (
        "the verdict is compatible, due is incompatible",
        "missing: tls.inspected (blocker)",
    )


def test_nothing_listens_where_that_is_the_scenario() -> None:
    with (
        stage_for([DEVICE]) as rehearsal,
        played(rehearsal, "closed", structs.replace(PLAIN, listener="closed")) as proxy,
        pytest.raises(ConnectionRefusedError),
    ):
        client.status(proxy, HOST, 443)


def test_the_plan_is_the_clients_part_and_contacts_nobody_else() -> None:
    scenario = structs.replace(
        PLAIN, client=Client(user="clerk", password="a:b", scheme="https", tier="required", timeout=2.5)
    )
    with stage_for([DEVICE]) as rehearsal, played(rehearsal, "plan", scenario) as proxy:
        plan = plan_for(rehearsal, scenario, DEVICE, proxy)
    assert (proxy.scheme, proxy.username, plan.timeout_s, plan.controls) == ("https", "clerk", 2.5, False)
    assert plan.credentials
    assert {endpoint.tier for endpoint in plan.endpoints} == {"required"}
    assert "a:b" not in repr(plan)


def test_the_client_may_measure_some_endpoints_and_others_besides() -> None:
    chosen = Client(tier="required", only=("*.pb.com:443", "s3.amazonaws.com:443"), add=("own.example:8443",))
    ids = {endpoint.id for endpoint in endpoints_of(structs.replace(PLAIN, client=chosen), DEVICE)}
    assert {"s3.amazonaws.com:443", "own.example:8443"} < ids
    assert all(e.endswith((".pb.com:443", ".com:443", ":8443")) for e in ids)
    everything = structs.replace(chosen, tier="optional", only=())
    assert len(endpoints_of(structs.replace(PLAIN, client=everything), DEVICE)) == len(DEVICE.endpoints) + 1


@pytest.mark.slow
def test_an_added_host_is_there_and_what_was_found_beside_the_proxy_is_known() -> None:
    added = "own.example:8443"
    chosen = Client(only=("s3.amazonaws.com:443",), add=(added,), timeout=2.0)
    beside = (Beside(endpoint=added, operation="control_dns", failure="unresolvable"),)
    gone = Behaviour(addon="names", options={"names_unknown": ["^own[.]example:"]})
    for behaviour, found, causes in (((), (), ()), ((gone,), beside, ("endpoint.down",))):
        scenario = structs.replace(PLAIN, client=chosen, behaviour=behaviour, beside=found)
        with stage_for([DEVICE], scenarios=[scenario]) as rehearsal:
            report = rehearse(rehearsal, "added", scenario, DEVICE, known.knowledge()).report
        assert {endpoint.id for endpoint in report.endpoints} == {"s3.amazonaws.com:443", added}
        assert tuple(cause.code for cause in report.causes) == causes


def test_an_addon_that_does_not_exist_is_one_sentence() -> None:
    broken = structs.replace(PLAIN, behaviour=(Behaviour(addon="no_such"),))
    with stage_for([DEVICE]) as rehearsal, pytest.raises(LabError, match="no_such"), played(rehearsal, "x", broken):
        pass


@pytest.mark.parametrize(
    ("addon", "options", "words"), [("tunnel", {"tunel": True}, "tunel"), ("delays", {"delays": "soon"}, "delays")]
)
def test_an_option_that_does_not_fit_is_a_mistake_in_the_file(
    addon: str, options: dict[str, OptionValue], words: str
) -> None:
    broken = structs.replace(PLAIN, behaviour=(Behaviour(addon=addon, options=options),))
    with (
        stage_for([DEVICE]) as rehearsal,
        pytest.raises(ConfigurationError, match=f"'office' do not fit: .*{words}"),
        played(rehearsal, "office", broken),
    ):
        pass


@pytest.mark.parametrize("listener", ["open", "closed"])
def test_a_port_that_is_taken_is_one_sentence(listener: Listener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, stage_for([DEVICE]) as rehearsal:
        port = taken.getsockname()[1]
        scenario = structs.replace(PLAIN, listener=listener)
        with pytest.raises(LabError, match=str(port)), played(rehearsal, "x", scenario, port=port):
            pass


def test_a_proxy_to_try_tells_where_it_is_and_what_clients_do(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def visit() -> None:
        """A client comes, and then Ctrl-C."""
        url = next(line for line in said if line.startswith("proxy ")).split()[1]
        roots = next(line for line in said if line.startswith("roots ")).split()[1]
        assert Path(roots).is_file()
        proxy = ProxyAddress("http", "127.0.0.1", int(url.rpartition(":")[2]))
        assert client.status(proxy, HOST, 443) == 200
        assert client.status(proxy, HOST, 80) == 403
        raise KeyboardInterrupt

    monkeypatch.setattr(stand_module, "wait", visit)
    stand("ports-plain", load_scenario("ports-plain"), DEVICE, said.append)
    told = "\n".join(said)
    opened, refused = (line for line in said if line.endswith((f"{HOST}:443", f"{HOST}:80")))
    assert re.fullmatch(rf"\d\d:\d\d:\d\d[.]\d{{3}}  200 +\d+ B +\d+ B  client  {HOST}:443", opened)
    assert "  403  " in refused
    assert "the tunnel is open" not in told


def test_with_verbose_every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def visit() -> None:
        """A client comes, and then Ctrl-C."""
        port = next(line for line in said if line.startswith("proxy ")).rpartition(":")[2]
        assert client.status(ProxyAddress("http", "127.0.0.1", int(port)), HOST, 443) == 200
        raise KeyboardInterrupt

    monkeypatch.setattr(stand_module, "wait", visit)
    stand("ports-plain", load_scenario("ports-plain"), DEVICE, said.append, verbose=True)
    told = "\n".join(said)
    assert f"asks for CONNECT {HOST}:443" in told
    assert f"{HOST}:443: the tunnel is open" in told
    assert "  200  " in told
