"""Refusals that mean credentials, some without saying so by 407 (RFC 9110 section 15.5.8)."""

import re
from typing import Literal

from proxycheck.wire.http.reply import Reply
from proxycheck.wire.pattern import Pattern

REFUSED = frozenset((401, 407))
"""Statuses that refuse the credentials sent: 407, and the 401 that some proxies send instead."""
LoginAnswer = Literal["accepted", "refused", "undecided"]
_WORDS = Pattern(rb"407[^0-9<]{0,40}auth|proxy[ -]authentication[ -](?:is[ -])?required", re.IGNORECASE)
_FORM = Pattern(rb"<input[^>]{0,400}?\btype\s*=\s*[\"']?password", re.IGNORECASE)
_LOGIN = Pattern(
    r"(?<![a-z])(?:auth|authenticate|authentication|captive|captiveportal|fgtauth|httpclient|login|logon|portal|saml2?|"
    r"signin|sign-in|sso|userauth|webauth)(?![a-z])",
    re.IGNORECASE,
)
_MARKUP = Pattern(rb"\s*<")
_ELSEWHERE = frozenset((301, 302, 303, 307, 308))


def login_answer(reply: Reply | None) -> LoginAnswer:
    """What the answer to credentials says of them; None is a connection that was cut off without a word.

    Only a success proves them; 401, 407 and a page that means as much refuse them. Any other answer may be a refusal in
    other words: a 403 where others say 407, an error of whatever checks passwords, or a page instead of a tunnel."""
    if reply is None or reply.status in REFUSED or means_credentials(reply):
        return "refused"
    return "accepted" if reply.success and not _brings_a_page(reply) else "undecided"


def _brings_a_page(reply: Reply) -> bool:
    """Whether content comes with a 2xx to CONNECT or is announced by it; to another method, a form with a password."""
    if "content-length-on-2xx" in reply.deviations and reply.value("Content-Length") != "0":
        return True
    return _MARKUP.match(reply.early) is not None or _FORM.search(reply.body) is not None


def means_credentials(reply: Reply) -> bool:
    """Whether an answer other than 407 asks the client for credentials: a 401, which only an origin may send to a
    client (section 15.5.2), or a 403 whose page says that proxy authentication is required."""
    return reply.status == 401 or (reply.status == 403 and _WORDS.search(reply.body) is not None)


def is_login_page(reply: Reply) -> bool:
    """Whether an answer has a field for a password, whatever its status."""
    return _FORM.search(reply.body) is not None


def wants_a_person(reply: Reply) -> str | None:
    """How an answer sends a person to a login page, in words; None when it does not.

    511 exists for that (RFC 6585 section 6); else a redirect whose address speaks of a login, or a page with a field
    for a password."""
    location = reply.value("Location") or ""
    if reply.status == 511:
        return "511 Network Authentication Required"
    if reply.status in _ELSEWHERE and _LOGIN.search(location):
        return "a redirect to a login page"
    if reply.status >= 300 and reply.status != 407 and _FORM.search(reply.body):
        return "a page with a field for a password"
    return None
