"""Whether an answer says, in words that no product owns, that a rule of somebody on the way keeps people from a place.

A host denies as well, and so do networks that answer for hosts: "Forbidden", "Access Denied" and "blocked" are words of
theirs. Whose rule it is tells the two apart: a filter speaks of a policy of the company, of a category, of who looks
after the reader's network; a host speaks of its own server, its site and its owner. The denial and the rule both have
to stand there, in a page that has nothing else to show.
"""

import re
from functools import lru_cache
from html import unescape
from urllib.parse import urlsplit

from proxycheck.wire.http.reply import Reply
from proxycheck.wire.pattern import Pattern

_READ = 16384
_LONGEST = 2500
"""Letters that a page of denial has for its reader at most. One that has more is about something."""
_MARKUP = Pattern(r"<(style|script)\b(?:(?!<\1)[\s\S])*?</\1\s*>|<[^>]{0,300}>", re.IGNORECASE)
"""Nothing here may look at the rest of a page once for each of its words: a page is written by anybody."""
_DENIED = Pattern(
    r"\b(block(ed|iert)|denied|den(y|ies)|restricted|prohibited|forbidden|filtered|not (been )?(allowed|permitted)"
    r"|gesperrt|verweigert|untersagt|nicht (erlaubt|gestattet|zugelassen)|bloqu(.{1,2}|.{1,2}e|ead[oa]|ead[oa]s)"
    r"|interdit|refus.{1,2}|denegad[oa]|prohibid[oa]|negad[oa]|bloccat[oa]|negato|vietato|geblokkeerd|geweigerd)\b"
)
_RULE = Pattern(
    r"\b(acceptable|appropriate|fair|internet|web|security|company|corporate|organi[sz]ation|network|firewall|content"
    r"|filter(ing)?|access|browsing|surfing|usage|use|group|url|it)('s)?[- ](policy|policies)\b"
    r"|\b(polic(y|ies)|rules?) of (your|the|this|our) (company|organi[sz]ation|network|employer|school)\b"
    r"|\b(your|our) (company|organi[sz]ation|employer|school)\b"
    r"|\b(your|the|local|an?) (it|network|security|proxy|firewall|cache|corporate)( support)?"
    r" (administrators?|admins?|department|team|staff|help ?desk|manager)\b|\byour (administrator|help ?desk)\b"
    r"|\b((url|web|site|content|filter(ing)?) categor(y|ies)|categor(y|ies)( (is|was|are|of)\b| ?:)|categori[sz]ed as"
    r"|this categor(y|ies)|category blocked|blocked category|uncategori[sz]ed)"
    r"|\b(web|url|content|internet)[- ]?filter|\bweb gateway\b"
    r"|\b(sicherheits|unternehmens|internet|zugriffs|firmen)-?richtlinien?\b|\b(kategorie|it-abteilung)\b"
    r"|\bpolitique (de (s.{1,2}curit.{1,2}|filtrage|votre)|d'acc.{1,2}s)|\bcat.{1,2}gor(.{1,2}e?|.{1,2}a) ?:"
    r"|\bpol.{1,2}tica de (seguridad|seguran|la empresa|acceso|navegaci)|\b(beveiligings|internet)beleid\b"
)
_EDGES = frozenset(("akamaighost", "akamainetstorage", "amazons3", "cloudfront", "cloudflare", "incapsula"))
"""How networks name themselves that answer for hosts of many owners, with refusals of their own."""
_BLOCKS = Pattern(r"(?<![a-z])(block(ed|page|ing)?|den(y|ied|ial)|forbidden|web-?filter|url-?filter)(?![a-z])")


@lru_cache(maxsize=1024)
def denies_by_a_rule(reply: Reply) -> bool:
    """Whether a page denies, and names a rule that is none of the host's."""
    server = (reply.value("Server") or "").lower().partition("/")[0]
    if server in _EDGES or reply.status == 401 or reply.problem is not None:
        return False
    text = words_of(reply)
    return len(text) <= _LONGEST and _DENIED.search(text) is not None and _RULE.search(text) is not None


def leads_to_a_denial(reply: Reply) -> bool:
    """Whether a redirect (RFC 9110 section 15.4) leads to a place that is called after a denial."""
    location = reply.value("Location") if 300 <= reply.status < 400 else None
    try:
        place = urlsplit((location or "").strip())
    except ValueError:
        return False
    return _BLOCKS.search(f"{place.hostname or ''} {place.path}".lower()) is not None


@lru_cache(maxsize=1024)
def words_of(reply: Reply) -> str:
    """What a reader of the page sees, in small letters."""
    text = _MARKUP.sub(" ", reply.body[:_READ].decode("latin-1"))
    return " ".join(unescape(text).lower().split())
