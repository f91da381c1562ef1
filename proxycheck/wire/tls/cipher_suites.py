"""How a cipher suite of TLS 1.2 and older exchanges keys: what decides whether the server must sign (RFC 5246
section 7.4.3)."""

from typing import Literal

KeyExchange = Literal["ecdhe", "dhe", "rsa", "tls-1.3", "other"]

# Numbers: IANA "TLS Cipher Suites". Anonymous, exported and pre-shared-key suites are `other`: nobody signs them.
_DHE = frozenset(
    {0x0011, 0x0012, 0x0013, 0x0014, 0x0015, 0x0016, 0x0032, 0x0033, 0x0038, 0x0039, 0x0040, 0x0045, 0x0067}
    | {0x006A, 0x006B, 0x0088, 0x009E, 0x009F, 0x00A2, 0x00A3, 0xC09E, 0xC09F, 0xC0A2, 0xC0A3, 0xCCAA}
)
_RSA = frozenset(
    {0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0007, 0x0008, 0x0009, 0x000A, 0x002F, 0x0035, 0x003B}
    | {0x003C, 0x003D, 0x0041, 0x0084, 0x0096, 0x009C, 0x009D, 0xC09C, 0xC09D, 0xC0A0, 0xC0A1}
)
_ECDHE = frozenset(
    set(range(0xC006, 0xC00B))
    | set(range(0xC010, 0xC015))
    | {0xC023, 0xC024, 0xC027, 0xC028, 0xC02B, 0xC02C, 0xC02F, 0xC030, 0xC072, 0xC073, 0xC076, 0xC077}
    | {0xC0AC, 0xC0AD, 0xC0AE, 0xC0AF, 0xCC13, 0xCC14, 0xCCA8, 0xCCA9}
)
_TLS_13 = frozenset(range(0x1301, 0x1306))

_OPENSSL = {
    0x002F: "AES128-SHA",
    0x0033: "DHE-RSA-AES128-SHA",
    0x0035: "AES256-SHA",
    0x0039: "DHE-RSA-AES256-SHA",
    0x003C: "AES128-SHA256",
    0x003D: "AES256-SHA256",
    0x0067: "DHE-RSA-AES128-SHA256",
    0x006B: "DHE-RSA-AES256-SHA256",
    0x009C: "AES128-GCM-SHA256",
    0x009D: "AES256-GCM-SHA384",
    0x009E: "DHE-RSA-AES128-GCM-SHA256",
    0x009F: "DHE-RSA-AES256-GCM-SHA384",
    0xC009: "ECDHE-ECDSA-AES128-SHA",
    0xC00A: "ECDHE-ECDSA-AES256-SHA",
    0xC013: "ECDHE-RSA-AES128-SHA",
    0xC014: "ECDHE-RSA-AES256-SHA",
    0xC023: "ECDHE-ECDSA-AES128-SHA256",
    0xC024: "ECDHE-ECDSA-AES256-SHA384",
    0xC027: "ECDHE-RSA-AES128-SHA256",
    0xC028: "ECDHE-RSA-AES256-SHA384",
    0xC02B: "ECDHE-ECDSA-AES128-GCM-SHA256",
    0xC02C: "ECDHE-ECDSA-AES256-GCM-SHA384",
    0xC02F: "ECDHE-RSA-AES128-GCM-SHA256",
    0xC030: "ECDHE-RSA-AES256-GCM-SHA384",
    0xCCA8: "ECDHE-RSA-CHACHA20-POLY1305",
    0xCCA9: "ECDHE-ECDSA-CHACHA20-POLY1305",
    0xCCAA: "DHE-RSA-CHACHA20-POLY1305",
}


def openssl_name(suite: int) -> str | None:
    """OpenSSL's name of a suite of TLS 1.2 (ciphers(1)); None for those that it has no more."""
    return _OPENSSL.get(suite)


def key_exchange(suite: int) -> KeyExchange:
    """The key exchange of the suite with this number."""
    tables: tuple[tuple[KeyExchange, frozenset[int]], ...] = (
        ("ecdhe", _ECDHE),
        ("dhe", _DHE),
        ("rsa", _RSA),
        ("tls-1.3", _TLS_13),
    )
    return next((name for name, suites in tables if suite in suites), "other")
