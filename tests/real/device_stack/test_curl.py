"""The system's curl stands for the Connect+'s old one: it says to the proxy what libcurl 7.39.1 was recorded to say."""

import re
import shutil
from pathlib import Path

import pytest

from proxycheck.catalogue.devices import load_device
from tests.lab.curl import Login
from tests.real.device_stack import curl_stack
from tests.real.device_stack.recorder import REFUSAL, recorder
from tests.real.device_stack.recording import HOST, PASSWORD, USER, load
from tests.real.prerequisites import enforced

pytestmark = pytest.mark.real
_AGENT = re.compile(r"curl/[\w.-]+")


@pytest.fixture(autouse=True)
def _curl_is_here() -> None:
    if shutil.which("curl") is None:
        (pytest.fail if enforced() else pytest.skip)("curl is not installed")


def said(tmp_path: Path, scheme: str, login: Login | None) -> str:
    """The first request, without the version of whoever made it."""
    endpoint = next(each for each in load_device("connectplus").endpoints if each.scheme == scheme)
    roots = tmp_path / "roots.pem"
    roots.touch()
    with recorder(REFUSAL) as (proxy, recorded):
        curl_stack.fetch_all(proxy, [endpoint], roots, login, 20.0)
    return _AGENT.sub("curl/VERSION", recorded[0].heads[0].decode("latin-1")).replace(endpoint.host, HOST)


@pytest.mark.parametrize("login", [None, Login(USER, PASSWORD)], ids=["alone", "with-credentials"])
def test_it_asks_for_a_tunnel_as_the_old_one_did(tmp_path: Path, login: Login | None) -> None:
    old = load("libcurl-7.39")
    due = old.tunnel if login is None else old.answer_to_407
    assert due is not None
    assert said(tmp_path, "https", login) == _AGENT.sub("curl/VERSION", due)


def test_it_sends_plain_http_in_absolute_form_as_the_old_one_did(tmp_path: Path) -> None:
    """The same fields; the old one named itself before the host."""
    line, *fields = said(tmp_path, "http", None).split("\r\n")
    due_line, *due = _AGENT.sub("curl/VERSION", load("libcurl-7.39").plain).split("\r\n")
    assert re.fullmatch(rf"GET http://{HOST}/\S* HTTP/1\.1", line), line
    assert due_line.startswith(f"GET http://{HOST}/")
    assert sorted(each for each in fields if not each.startswith("Accept-Encoding")) == sorted(due)
