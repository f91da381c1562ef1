"""internet: names and ports come from a table, and nothing else exists."""

from pathlib import Path

import pytest
from mitmproxy import exceptions
from mitmproxy.connection import ConnectionState
from mitmproxy.proxy.server_hooks import ServerConnectionHookData
from mitmproxy.test import tflow

from addons.internet import CLOSED_PORT, UNKNOWN_NAME, Internet
from tests.addons.running import configured

TABLE = """\
# what exists
a.example 443 127.0.0.1 4000
A.example 80 127.0.0.1 4001  # the same host

192.0.2.7 443 127.0.0.1 4000
"""


def wanted(host: str, port: int) -> ServerConnectionHookData:
    server = tflow.tserver_conn()
    server.state = ConnectionState.CLOSED
    server.address = (host, port)
    return ServerConnectionHookData(server=server, client=tflow.tclient_conn())


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "routes.txt"
    path.write_text(TABLE)
    return path


@pytest.mark.parametrize(
    ("host", "port", "there"),
    [
        ("a.example", 443, ("127.0.0.1", 4000)),
        ("A.EXAMPLE", 80, ("127.0.0.1", 4001)),
        ("192.0.2.7", 443, ("127.0.0.1", 4000)),
    ],
)
def test_a_connection_is_led_to_the_table_and_bears_its_name_afterwards(
    table: Path, host: str, port: int, there: tuple[str, int]
) -> None:
    addon, data = Internet(), wanted(host, port)
    with configured(addon, internet_routes=str(table)):
        addon.server_connect(data)
        assert data.server.address == there
        assert data.server.error is None
        data.server.state = ConnectionState.OPEN
        addon.server_connected(data)
    assert data.server.address == (host, port)
    assert data.server.state is ConnectionState.OPEN
    assert addon.asked == {}


def test_a_connection_that_failed_bears_its_name_too(table: Path) -> None:
    addon, data = Internet(), wanted("a.example", 443)
    with configured(addon, internet_routes=str(table)):
        addon.server_connect(data)
        addon.server_connect_error(data)
    assert data.server.address == ("a.example", 443)
    assert addon.asked == {}


@pytest.mark.parametrize(
    ("host", "port", "error"),
    [("b.example", 443, UNKNOWN_NAME), ("192.0.2.8", 443, UNKNOWN_NAME), ("a.example", 22, CLOSED_PORT)],
)
def test_what_is_not_in_the_table_fails(table: Path, host: str, port: int, error: str) -> None:
    addon, data = Internet(), wanted(host, port)
    with configured(addon, internet_routes=str(table)):
        addon.server_connect(data)
    assert data.server.error == error


def test_without_a_table_nothing_exists() -> None:
    addon, data = Internet(), wanted("a.example", 443)
    with configured(addon):
        addon.server_connect(data)
    assert data.server.error == UNKNOWN_NAME


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a.example 443 127.0.0.1\n", "line 1 is not HOST PORT"),
        ("\na.example https 127.0.0.1 1\n", "line 2 is not"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "routes.txt"
    path.write_text(text)
    addon = Internet()
    with pytest.raises(exceptions.OptionsError, match=words), configured(addon, internet_routes=str(path)):
        pass


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    addon = Internet()
    with (
        pytest.raises(exceptions.OptionsError, match="cannot be read"),
        configured(addon, internet_routes=str(tmp_path / "none.txt")),
    ):
        pass
