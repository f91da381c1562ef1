"""authentication: who has no valid user name and password is answered with the configured challenges."""

import base64
import hashlib

import pytest
from mitmproxy import exceptions

from addons.authentication import Authentication
from tests.addons.requests import connect, get
from tests.addons.running import configured

USERS = ["clerk:a:b"]


def basic(text: str, charset: str = "utf-8") -> str:
    return f"Basic {base64.b64encode(text.encode(charset)).decode()}"


def test_a_challenge_for_each_scheme_and_nothing_that_is_not_asked() -> None:
    addon, flow = Authentication(), connect()
    with configured(addon, authentication_users=USERS, authentication_challenges=["Negotiate", 'Basic realm="x"']):
        addon.http_connect(flow)
    assert flow.response
    assert flow.response.status_code == 407
    assert flow.response.headers.get_all("Proxy-Authenticate") == ["Negotiate", 'Basic realm="x"']
    assert "Connection" not in flow.response.headers


@pytest.mark.parametrize(
    ("value", "passes"),
    [(basic("clerk:a:b"), True), (basic("clerk:a"), False), ("Basic ?", False), ("NTLM TlRM", False)],
)
def test_basic(value: str, passes: bool) -> None:
    addon, flow = Authentication(), connect(Proxy_Authorization=value)
    with configured(addon, authentication_users=USERS):
        addon.http_connect(flow)
    assert (flow.response is None) is passes
    assert "Proxy-Authorization" not in flow.request.headers


@pytest.mark.parametrize(("charset", "passes"), [("iso-8859-1", True), ("utf-8", False)])
def test_the_charset_of_a_password(charset: str, passes: bool) -> None:
    addon, flow = Authentication(), connect(Proxy_Authorization=basic("clerk:\u00e4", "iso-8859-1"))
    with configured(addon, authentication_users=["clerk:\u00e4"], authentication_charset=charset):
        addon.http_connect(flow)
    assert (flow.response is None) is passes


@pytest.mark.parametrize(("name", "digest"), [("MD5", hashlib.md5), ("SHA-256", hashlib.sha256)])
@pytest.mark.parametrize(("password", "passes"), [("a:b", True), ("a", False)])
def test_digest(name: str, digest: object, password: str, passes: bool) -> None:
    def hashed(*parts: str) -> str:
        return hashlib.new(name.replace("-", ""), ":".join(parts).encode()).hexdigest()

    assert digest
    proof = hashed(hashed("clerk", "r", password), "n", "00000001", "c", "auth", hashed("CONNECT", "host.example:443"))
    value = (
        f'Digest username="clerk", realm="r", nonce="n", uri="host.example:443", algorithm={name}, '
        f'qop=auth, nc=00000001, cnonce="c", response="{proof}"'
    )
    addon, flow = Authentication(), connect(Proxy_Authorization=value)
    with configured(addon, authentication_users=USERS, authentication_challenges=['Digest realm="r", nonce="n"']):
        addon.http_connect(flow)
    assert (flow.response is None) is passes


def test_the_dress_of_the_refusal() -> None:
    addon, none, wrong = Authentication(), connect(), connect(Proxy_Authorization=basic("x:y"))
    with configured(
        addon,
        authentication_users=USERS,
        authentication_status=401,
        authentication_refused_status=403,
        authentication_closes=True,
        authentication_headers=["Server: x"],
    ):
        addon.http_connect(none)
        addon.http_connect(wrong)
    assert none.response
    assert wrong.response
    assert (none.response.status_code, wrong.response.status_code) == (401, 403)
    assert none.response.headers["WWW-Authenticate"] == 'Basic realm="proxy"'
    assert (none.response.headers["Connection"], none.response.headers["Server"]) == ("close", "x")


def test_an_address_is_remembered_only_where_that_is_wanted() -> None:
    for remembers in (True, False):
        addon, first, second = Authentication(), connect(Proxy_Authorization=basic("clerk:a:b")), connect()
        with configured(addon, authentication_users=USERS, authentication_remembers=remembers):
            addon.http_connect(first)
            addon.http_connect(second)
        assert (second.response is None) is remembers


def test_anybody_passes_where_that_is_wanted_but_not_without_credentials() -> None:
    addon, some, none = Authentication(), connect(Proxy_Authorization=basic("x:y")), connect()
    with configured(addon, authentication_anybody=True):
        addon.http_connect(some)
        addon.http_connect(none)
    assert some.response is None
    assert none.response


def test_plain_requests_are_asked_but_not_inside_a_tunnel_that_was() -> None:
    addon, alone, inside = Authentication(), get(), get()
    opened = connect(Proxy_Authorization=basic("clerk:a:b"))
    inside.client_conn = opened.client_conn
    with configured(addon, authentication_users=USERS):
        addon.request(alone)
        addon.http_connect(opened)
        addon.request(inside)
        addon.client_disconnected(opened.client_conn)
    assert alone.response
    assert inside.response is None
    assert not addon.tunnelled


def test_a_user_without_a_password_is_refused() -> None:
    addon = Authentication()
    with pytest.raises(exceptions.OptionsError, match="USER:PASSWORD"), configured(addon, authentication_users=["x"]):
        pass
