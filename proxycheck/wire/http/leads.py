"""Where an answer leads whoever shows it: a redirect, a refresh, a form for a password, or a script that goes on.

Portals and filters that cannot redirect write a page that does the same. Only what a page begins with is read.
"""

import re
from functools import lru_cache
from html import unescape
from urllib.parse import urlsplit

from proxycheck.wire.http.reply import Reply
from proxycheck.wire.pattern import Pattern

_READ = 8192
_BARE = 2048
"""A page that is no longer than this has nothing to show: what its script goes to is its purpose."""
_META = Pattern(r"<meta\b[^>]{0,300}\bhttp-equiv\s*=\s*[\"']?\s*refresh\b[^>]{0,2000}", re.IGNORECASE)
_REFRESH = Pattern(r"\d\s*[;,]\s*url\s*=\s*[\"']?([^\"'>\s]{1,2000})", re.IGNORECASE)
_FORM = Pattern(r"<form\b([^>]{0,2000})>", re.IGNORECASE)
_ACTION = Pattern(r"\baction\s*=\s*[\"']?([^\"'>\s]{1,2000})", re.IGNORECASE)
_PASSWORD = Pattern(r"<input\b[^>]{0,500}\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_GOES_ON = Pattern(
    r"\blocation(?:\.href)?\s*=\s*[\"']([^\"']{1,2000})|\blocation\.(?:replace|assign)\(\s*[\"']([^\"']{1,2000})"
)


@lru_cache(maxsize=1024)
def leads_to(reply: Reply) -> str | None:
    """The host of the URL that an answer leads to; None where it leads nowhere, or to a place on the same host."""
    url = reply.value("Location") if 300 <= reply.status < 400 else _of_the_page(reply)
    try:
        return urlsplit(url.strip()).hostname if url else None
    except ValueError:
        return None


def asks_for_password(reply: Reply) -> bool:
    """Whether the page has a field for a password."""
    return _PASSWORD.search(_text(reply)) is not None


def _text(reply: Reply) -> str:
    return reply.body[:_READ].decode("latin-1")


def _of_the_page(reply: Reply) -> str | None:
    text = _text(reply)
    refresh = reply.value("Refresh")
    meta = _META.search(text)
    for said in (refresh, meta and meta.group()):
        found = _REFRESH.search(said) if said else None
        if found is not None:
            return unescape(found.group(1))
    form = _FORM.search(text) if asks_for_password(reply) else None
    action = _ACTION.search(form.group(1)) if form is not None else None
    if action is not None:
        return unescape(action.group(1))
    goes = _GOES_ON.search(text) if len(reply.body) <= _BARE else None
    return (goes.group(1) or goes.group(2)) if goes is not None else None
