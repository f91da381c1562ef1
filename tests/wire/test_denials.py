"""Which pages are a filter's denial by their words alone, and which a host may have written."""

import pytest

from proxycheck.wire.http.denials import denies_by_a_rule, leads_to_a_denial
from proxycheck.wire.http.reply import Reply, read_reply
from tests.support.answers import answer

FILTERS = (
    "<h1>Access Denied</h1><p>Your organization's policy prohibits access to this site. Category: Business",
    "<title>Web Page Blocked</title><p>Access to this page was blocked in accordance with company policy.",
    "<h1>Blocked</h1>The URL you requested has been blocked: URL category is Unknown",
    "<h1>This site is blocked</h1><p>Please contact your network administrator",
    "<h1>Sorry</h1>Access to www.alpha.example is not permitted by the security policy of this network",
    "<h1>Zugriff verweigert</h1>Die Seite ist gesperrt. Kategorie: Cloud",
    "<h1>Acc\xc3\xa8s interdit</h1>Bloqu\xc3\xa9 par la politique de s\xc3\xa9curit\xc3\xa9",
    "<style>p{}</style><p>Request&nbsp;blocked by the web filter<script>var x = 1;</script>",
    "<h1>Category blocked</h1>",
)
HOSTS = (
    "<h1>Forbidden</h1><p>You don't have permission to access / on this server.",
    "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
    "<title>Access Denied</title>You don't have permission to access http://www.alpha.example/ on this server.",
    "<h2>403 - Forbidden: Access is denied.</h2>You do not have permission to view this directory",
    "<h1>Sorry, you have been blocked</h1>This website is using a security service. Email the site owner to say so",
    "The requested URL was rejected. Please consult with your administrator.",
    '{"message":"Forbidden"}',
    "<h1>Forbidden</h1>Please contact the server administrator, webmaster@alpha.example",
    "<h1>Welcome</h1> Read our privacy policy and our cookie policy. Nothing here is forbidden.",
    "<h1>Our web policy</h1><p>" + "What we think of what is blocked elsewhere. " * 80,
)


def _reply(said: bytes) -> Reply:
    return read_reply("GET", said, closed=True)


@pytest.mark.parametrize("page", FILTERS)
@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_denial_that_names_a_rule_is_a_filters(page: str, status: int) -> None:
    assert denies_by_a_rule(_reply(answer(status, page, Server="gate")))


@pytest.mark.parametrize("page", HOSTS)
@pytest.mark.parametrize("status", [200, 403])
def test_a_denial_that_a_host_may_have_written_is_not(page: str, status: int) -> None:
    assert not denies_by_a_rule(_reply(answer(status, page, Server="Apache")))


@pytest.mark.parametrize("server", ["AkamaiGHost", "cloudflare", "CloudFront", "AmazonS3"])
def test_networks_that_answer_for_hosts_write_for_them(server: str) -> None:
    assert not denies_by_a_rule(_reply(answer(403, FILTERS[0], Server=server)))


def test_what_asks_for_a_login_or_cannot_be_read_denies_nothing() -> None:
    assert not denies_by_a_rule(_reply(answer(401, FILTERS[0])))
    assert not denies_by_a_rule(_reply(FILTERS[0].encode("latin-1")))


@pytest.mark.parametrize(
    ("place", "denial"),
    [
        ("http://block.corp.example/?url=x", True),
        ("https://gate.example/blockpage.cgi?id=1", True),
        ("http://10.1.1.1/deny", True),
        ("/blocked.html", True),
        ("https://gate.example/login?next=/blocked", False),
        ("https://blockchain.example/", False),
        ("https://www.another.example/", False),
        ("http://[", False),
    ],
)
def test_a_redirect_is_known_by_what_its_place_is_called(place: str, denial: bool) -> None:
    assert leads_to_a_denial(_reply(answer(302, Location=place))) is denial
    assert not leads_to_a_denial(_reply(answer(200, Location=place)))


def test_a_page_that_is_all_markup_is_read_in_time() -> None:
    for piece in ("<", "<script", "<style>", "your it ", "categor"):
        assert not denies_by_a_rule(_reply(answer(403, piece * (16384 // len(piece)))))
