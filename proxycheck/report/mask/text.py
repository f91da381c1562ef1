"""Finds names and addresses in text: as they stand, and inside the base64 of an NTLM message."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterable

from proxycheck.report.mask.stand_ins import StandIns
from proxycheck.wire.domains import domain_of

NAME = re.compile(
    r"(?<![\w.%-])(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]{1,23}(?![\w-])(?!\.\w)"
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(rf"(?<![\w.]){_OCTET}(?:\.{_OCTET}){{3}}(?!\w|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{3,39}(?![\w:.])")
_MAIL = re.compile(r"(?<![\w.%+-])([A-Za-z0-9][A-Za-z0-9._%+-]{0,63})@(?=[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)")
_NTLM = re.compile(r"TlRMTVNTUA[A-Za-z0-9+/]+={0,2}")
_VIA = re.compile(
    r"((?:Via: [^\r\n]*?\d(?:\.\d)? )|(?:X-Cache(?:-Lookup)?: \w+ from )|(?:Generated [^\r\n<]{1,60} by ))"
    r"([A-Za-z0-9_-]+)(?=[ :\r\n,])",
    re.IGNORECASE,
)
"""The name of a proxy where it may be one label alone: in a header, and at the end of Squid's own pages."""
_BINARY = re.compile(r"[\x00-\x06\x0e-\x1a]")
_HEAD = 16
"""Within so many characters of its beginning, what is no text shows itself."""
_WIDE = re.compile(rb"(?:[\x20-\x7e]\x00){2,}")
_FILES = frozenset(
    (
        *("asp", "aspx", "cgi", "conf", "cpp", "css", "exe", "gif", "htm", "html", "ico", "jpg", "js", "json", "jsp"),
        *("log", "md", "pac", "pem", "php", "png", "py", "svg", "toml", "txt", "xml", "yaml", "zip"),
    )
)
"""Endings of files, not of hosts."""
_NOBODYS = frozenset(("invalid", "example", "test", "localhost"))
"""Names that belong to nobody (RFC 6761)."""
_OWN_RANGE = ipaddress.ip_network("192.168.10.0/24")
"""The device's own range, which the guide names: whether an address is in it decides something."""


class TextMask:
    """Replaces names and addresses in text. `public` are names and addresses that are everybody's: with a name all
    names of its domain are kept. `words` are user names and computer names, which no form gives away.

    In what is no text, such as a TLS record, anything can look like a name, and a changed byte would break a signature:
    there only the names in `spelt_out` are replaced."""

    def __init__(self, public: Iterable[str], words: Iterable[str], spelt_out: Iterable[str] = ()) -> None:
        self._stand_ins = StandIns()
        known = frozenset(name.lower() for name in public)
        self._public = known | {domain_of(name) for name in known}
        self._spelt_out = tuple(spelt_out)
        chosen = sorted({word for word in words if len(word) > 1}, key=len, reverse=True)
        words = "|".join(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])" for word in chosen) or r"(?!)"
        # A name first: what is a part of everybody's name is no user name there.
        self._names_and_words = re.compile(rf"({NAME.pattern})|{words}", re.IGNORECASE)

    def __call__(self, text: str) -> str:
        """`text` with its names and addresses replaced; as long as before."""
        if _BINARY.search(text, 0, _HEAD):
            for name in self._spelt_out:
                text = text.replace(name, self._stand_ins.name(name))
            return text
        text = _NTLM.sub(self._message, text)
        text = _MAIL.sub(lambda found: f"{self._stand_ins.word(found[1])}@", text)
        text = _IPV4.sub(lambda found: self._address(found[0]), text)
        text = _IPV6.sub(lambda found: self._address(found[0]), text)
        text = _VIA.sub(lambda found: found[1] + self._stand_ins.word(found[2]), text)
        return self._names_and_words.sub(
            lambda found: self._name(found[0]) if found[1] else self._stand_ins.word(found[0]), text
        )

    def _name(self, name: str) -> str:
        lower = name.lower()
        last = lower.rpartition(".")[2]
        if last in _FILES or last in _NOBODYS or lower in self._public or domain_of(lower) in self._public:
            return name
        return self._stand_ins.name(name)

    def _address(self, text: str) -> str:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return text
        nobodys = address.is_loopback or address.is_unspecified or address.is_multicast
        if nobodys or text in self._public or address in _OWN_RANGE:
            return text
        return self._stand_ins.address(text)

    def _message(self, found: re.Match[str]) -> str:
        """The names in an NTLM message are UTF-16 (MS-NLMP section 2.2); all of them are somebody's."""
        try:
            raw = base64.b64decode(found[0], validate=True)
        except (binascii.Error, ValueError):
            return found[0]
        return base64.b64encode(_WIDE.sub(self._wide, raw)).decode("ascii")

    def _wide(self, found: re.Match[bytes]) -> bytes:
        text = found[0].decode("utf-16-le")
        made = ".".join(map(self._stand_ins.word, text.split(".")))
        return made.encode("utf-16-le") if len(made) == len(text) else b"n\x00" * len(text)
