"""Where an answer leads, by what is written in it."""

import pytest

from proxycheck.wire.http.leads import asks_for_password, leads_to
from proxycheck.wire.http.reply import Reply, read_reply
from tests.support.answers import answer

LOGIN = "<input name=u><input type=password name=p>"
PLACE = "http://gate.corp.example/login?u=x"


def read(said: bytes) -> Reply:
    return read_reply("GET", said, closed=True)


@pytest.mark.parametrize(
    "said",
    [
        answer(302, Location=PLACE),
        answer(200, "<h1>wait</h1>", Refresh=f"0; url={PLACE}"),
        answer(200, f"<html><meta http-equiv=refresh content='0;url={PLACE}'></html>"),
        answer(200, f'<META CONTENT="5; URL={PLACE}" HTTP-EQUIV="Refresh">'),
        answer(200, f"<form method=post action={PLACE}>{LOGIN}</form>"),
        answer(200, f'<form action="{PLACE}" method="post">{LOGIN}</form>'),
        answer(200, f"<script>window.location='{PLACE}';</script>"),
        answer(200, f'<script>top.location.replace("{PLACE}")</script>'),
    ],
)
def test_a_page_leads_where_a_redirect_would(said: bytes) -> None:
    assert leads_to(read(said)) == "gate.corp.example"


@pytest.mark.parametrize(
    "said",
    [
        answer(200, "<h1>hello</h1>"),
        answer(200, f"<a href='{PLACE}'>more</a>"),
        answer(200, f"<form action='{PLACE}'><input name=q></form>"),
        answer(200, "<meta http-equiv=refresh content=300>"),
        answer(200, f"<form action='/login'>{LOGIN}</form>"),
        answer(200, f"<script>location.href='{PLACE}'</script>" + "<p>words</p>" * 500),
        answer(302),
        answer(302, Location="http://[::1/"),
        answer(200, Location=PLACE),
    ],
)
def test_what_leads_nowhere_else(said: bytes) -> None:
    assert leads_to(read(said)) is None


def test_a_field_for_a_password_is_found() -> None:
    assert asks_for_password(read(answer(200, f"<form>{LOGIN}</form>")))
    assert not asks_for_password(read(answer(200, "<p>Your password is <input type=text>")))
