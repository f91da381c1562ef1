"""Refusals that mean credentials, some without saying so by 407 (RFC 9110 section 15.5.8)."""

import re

from proxycheck.wire.reply import Reply

REFUSED = frozenset((401, 407))
"""Statuses that refuse the credentials sent: 407, and the 401 that some proxies send instead."""
_WORDS = re.compile(rb"407[^0-9<]{0,40}auth|proxy[ -]authentication[ -](?:is[ -])?required", re.IGNORECASE)
_FORM = re.compile(rb"<input[^>]{0,400}?\btype\s*=\s*[\"']?password", re.IGNORECASE)
_LOGIN = re.compile(
    r"(?<![a-z])(?:auth|authenticate|authentication|captive|captiveportal|fgtauth|httpclient|login|logon|portal|saml2?|"
    r"signin|sign-in|sso|userauth|webauth)(?![a-z])",
    re.IGNORECASE,
)
_ELSEWHERE = frozenset((301, 302, 303, 307, 308))


def means_credentials(reply: Reply) -> bool:
    """Whether an answer other than 407 asks the client for credentials: a 401, which only an origin may send to a
    client (section 15.5.2), or a 403 whose page says that proxy authentication is required."""
    return reply.status == 401 or (reply.status == 403 and _WORDS.search(reply.body) is not None)


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
