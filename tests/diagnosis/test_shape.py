"""When two answers of a proxy are the same answer."""

from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest

from proxycheck.diagnosis.shape import alike, same_author, shape
from proxycheck.wire.http.reply import Reply

PAGE = "<html><h1>Access to {host} denied</h1><p>The rule of {host} says no. Request {token}, {time}.</p></html>"


def reply(status: int = 403, body: str = "", **fields: str) -> Reply:
    return Reply(
        status=status,
        headers=tuple((name.replace("_", "-"), value) for name, value in fields.items()),
        body=body.encode("latin-1"),
    )


def page(host: str, token: str = "17", time: str = "12:00:01") -> str:
    return PAGE.format(host=host, token=token, time=time)


def same(one: Reply, other: Reply, one_host: str = "www.alpha.example", other_host: str = "push.bravo.example") -> bool:
    return alike(shape(one, one_host), shape(other, other_host))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (reply(), reply()),
        (reply(body=page("www.alpha.example")), reply(body=page("push.bravo.example"))),
        (reply(body=page("WWW.Alpha.Example")), reply(body=page("push.bravo.example"))),
        (reply(body=page("a", "17", "12:00")), reply(body=page("a", "4711", "23:59"))),
        (reply(Date="Mon, 02 Nov 2026 11:00:00 GMT"), reply(Date="Tue, 03 Nov 2026 12:00:00 GMT")),
        (reply(Via="1.1 alpha"), reply(Via="1.1 bravo")),
        (reply(Set_Cookie="a=b"), reply(Set_Cookie="c=d")),
        (reply(Server="gate/1.2"), reply(Server="gate/1.3")),
        (reply(X_Id="17"), reply(X_Id="18")),
        (reply(X_Id="3fabc9d0e1f2a3b4"), reply(X_Id="99dce0ffab01c2d3")),
        (reply(X_Id="b8d0a1c2-77ab-4f00-9aef-00112233aabb"), reply(X_Id="0c1d2e3f-aabb-4ccd-8eef-ffeeddccbbaa")),
        (reply(body=page("a", "3fabc9d0e1f2a3b4")), reply(body=page("a", "99dce0ffab01c2d3"))),
        (
            reply(Location="http://gate/denied?host=www.alpha.example"),
            reply(Location="http://gate/denied?host=push.bravo.example"),
        ),
        (reply(server="gate"), reply(Server="gate")),
        (reply(A="1", B="x"), reply(B="x", A="2")),
    ],
)
def test_what_changes_by_itself_makes_no_difference(one: Reply, other: Reply) -> None:
    assert same(one, other)
    assert same(other, one, "push.bravo.example", "www.alpha.example")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (reply(403), reply(503)),
        (reply(Server="gate"), reply(Server="origin")),
        (reply(Server="gate"), reply()),
        (reply(X_Error="dns"), reply(X_Error="policy")),
        (reply(body=page("www.alpha.example")), reply(body="<h1>Welcome to the shop of nice things</h1>")),
        (reply(body=page("www.alpha.example")), reply()),
        (reply(Location="http://gate/denied"), reply(Location="http://origin/login")),
    ],
)
def test_what_somebody_means_makes_a_difference(one: Reply, other: Reply) -> None:
    assert not same(one, other)


ONE, OTHER = "www.alpha.example/files/a?x=1&y=2", "push.bravo.example/"


@pytest.mark.parametrize(
    ("said", "otherwise"),
    [
        ("Access to {} denied", "Access to {} denied"),
        ("Access to http://{} denied", "Access to http://{} denied"),
        ("<a href='http://gate/?url=http%3A%2F%2F{}'>", "<a href='http://gate/?url=http%3A%2F%2F{}'>"),
    ],
)
@pytest.mark.parametrize("encode", [str, lambda text: quote(text, safe=""), escape, lambda text: quote(escape(text))])
def test_what_was_asked_for_makes_no_difference(encode: Callable[[str], str], said: str, otherwise: str) -> None:
    one, other = reply(body=said.format(encode(ONE))), reply(body=otherwise.format(encode(OTHER)))
    assert alike(shape(one, ONE), shape(other, OTHER))
    one, other = reply(302, Location=said.format(encode(ONE))), reply(302, Location=otherwise.format(encode(OTHER)))
    assert alike(shape(one, ONE), shape(other, OTHER))


@pytest.mark.parametrize("named", ["/files/a?x=1&y=2", "/files/a", "www.alpha.example:80/files/a"])
def test_a_page_may_name_a_part_of_what_was_asked_for(named: str) -> None:
    one, other = reply(body=f"<p>Page {named} is not here"), reply(body="<p>Page  is not here")
    assert alike(shape(one, ONE), shape(other, OTHER))


def test_a_redirect_to_the_same_place_is_one_and_to_another_page_is_not() -> None:
    to_tls = reply(301, Location=f"https://{ONE}")
    assert alike(shape(to_tls, ONE), shape(reply(301, Location=f"https://{OTHER}"), OTHER))
    assert not alike(shape(to_tls, ONE), shape(reply(301, Location=f"https://{OTHER}welcome"), OTHER))
    assert not alike(shape(to_tls, ONE), shape(reply(301, Location="https://push.bravo.example/files/a/b"), OTHER))


def test_a_page_of_any_size_is_compared_quickly() -> None:
    big = reply(body="<p>" + "word " * 13000)
    assert same(big, big)


def author(one: Reply, other: Reply) -> bool:
    return same_author(one, "www.alpha.example", other, "push.bravo.example")


def test_one_author_has_one_dress() -> None:
    own = reply(503, "<h1>no such host</h1>", Server="gate", X_Error="dns", Content_Type="text/html")
    denied = reply(403, "<h1>denied</h1>", Server="gate", X_Error="policy", Content_Type="text/plain")
    assert author(denied, own)
    assert not author(reply(403, "<h1>denied</h1>", Server="origin", X_Error="policy", Content_Type="text/html"), own)
    assert not author(reply(403, "<h1>denied</h1>", Server="gate", Content_Type="text/html"), own)


def test_without_a_name_only_the_same_page_is_of_the_same_author() -> None:
    own = reply(503, page("push.bravo.example"), Content_Type="text/html")
    assert author(reply(503, page("www.alpha.example"), Content_Type="text/html"), own)
    assert not author(reply(403, page("www.alpha.example"), Content_Type="text/html"), own)
    assert not author(reply(404, "<h1>Not found</h1>", Content_Type="text/html"), own)
