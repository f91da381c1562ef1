"""Hosts misbehave as they are asked to, as curl sees it through an otherwise good proxy."""

import asyncio
import shutil

import pytest
from msgspec import structs

from proxycheck.catalogue.scenarios import load_scenario
from proxycheck.errors import UsageError
from proxycheck.lab.internet.misbehaviour import misbehaving, ways
from proxycheck.lab.rehearsal import played
from proxycheck.lab.stage import Stage
from proxycheck.model.files.scenario import Behaviour
from tests.lab.curl import PATIENCE_S, Seen, curl

GOOD = load_scenario("clean-tunnel")
HOST, OTHER = "api.pitneybowes.com", "api.precisely.com"
SEEN = {
    "refuses": (56, "502"),
    "times-out": (28, ""),
    "unknown": (56, "502"),
    "unreachable": (56, "502"),
    "expired": (60, "has expired"),
    "not-yet-valid": (60, "not yet valid"),
    "incomplete": (60, "local issuer"),
    "another-name": (60, "subject name"),
    "private": (60, "self"),
    "umbrella": (60, "self"),
    "silent": (28, ""),
    "closing": (35, ""),
    "alert": (35, "handshake failure"),
}
"""curl's exit code, and a word of what it says."""


def seen(proxy: str, host: str, stage: Stage, patience_s: float) -> Seen:
    """What curl sees of the host."""
    return asyncio.run(curl(proxy, f"https://{host}/", stage.roots, None, ("--proxytunnel",), patience_s))


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("way", ways())
@pytest.mark.slow
def test_the_host_misbehaves_and_no_other(proxycheck_stage: Stage, way: str) -> None:
    scenario = misbehaving(GOOD, [f"{HOST}=" + way])
    with played(proxycheck_stage, way, scenario) as proxy:
        code, words = SEEN[way]
        found = seen(proxy.url, HOST, proxycheck_stage, 1.0 if code == 28 else PATIENCE_S)
        assert (found.exit_code, words in found.words + found.body) == (code, True), str(found)
        assert seen(proxy.url, OTHER, proxycheck_stage, PATIENCE_S).reached


def test_what_the_scenario_says_of_names_stays() -> None:
    own = Behaviour(addon="names", options={"names_refused": [":5228$"], "names_patience": "0.5"})
    asked = misbehaving(structs.replace(GOOD, behaviour=(own,)), ["*.pb.com:443=refuses", "*:80=times-out"])
    (names,) = asked.behaviour
    assert names.options["names_patience"] == "0.5"
    refused = names.options["names_refused"]
    assert isinstance(refused, list)
    assert refused[0] == ":5228$"
    assert len(refused) == 2
    assert misbehaving(GOOD, ()) == GOOD


@pytest.mark.parametrize("wish", ["expired", "=expired", "a b=expired", "host:443=", "host:443=sleepy"])
def test_a_wish_that_is_none_is_one_sentence(wish: str) -> None:
    with pytest.raises(UsageError, match=r"write (for instance '\*\.pb\.com:443=expired'|one of refuses, times-out)"):
        misbehaving(GOOD, [wish])
