"""Servers that speak first, or answer strange words in their own protocol: which service is it?

Only the beginning is compared, and only beginnings that the protocol itself fixes.
"""

import re
from typing import Final

from proxycheck.wire.pattern import Pattern

_SERVICES: Final[tuple[tuple[Pattern[bytes], str], ...]] = (
    (Pattern(rb"SSH-\d"), "SSH"),  # RFC 4253 section 4.2
    (Pattern(rb"220[ -].*(SMTP|ESMTP|Mail|Postfix|Exim)", re.IGNORECASE), "SMTP (mail)"),  # RFC 5321 section 4.2
    (Pattern(rb"220[ -].*FTP", re.IGNORECASE), "FTP"),  # RFC 959 section 4.2
    (Pattern(rb"220[ -]"), "SMTP or FTP"),
    (Pattern(rb"\+OK"), "POP3 (mail)"),  # RFC 1939 section 3
    (Pattern(rb"\* (OK|PREAUTH|BYE)"), "IMAP (mail)"),  # RFC 3501 section 7.1
    (Pattern(rb"RFB \d{3}\.\d{3}"), "VNC"),  # RFC 6143 section 7.1.1
    (Pattern(rb"-(ERR|DENIED) "), "Redis"),
    (Pattern(rb".\x00\x00\x00\x0a[\d.]+", re.DOTALL), "MySQL"),
    (Pattern(rb"RTSP/\d"), "RTSP"),  # RFC 2326 section 7.1
    (Pattern(rb"SIP/\d"), "SIP"),  # RFC 3261 section 7.2
    (Pattern(rb"\xff[\xfb-\xfe]."), "Telnet"),  # RFC 854
)


def service_of(banner: bytes) -> str | None:
    """The service that begins a conversation so, None for one that is not in the table."""
    return next((name for pattern, name in _SERVICES if pattern.match(banner)), None)
