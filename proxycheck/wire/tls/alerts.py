"""TLS alerts by name (RFC 8446 section 6, and the older ones of RFC 5246 section 7.2)."""

from msgspec import Struct

_NO_APPLICATION_PROTOCOL = "no application protocol"
"""As OpenSSL calls it."""
_NAMES = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}
_WARNING = 1


class Alert(Struct, frozen=True):
    """An alert as it stood on the wire."""

    level: int
    description: int

    @property
    def name(self) -> str:
        """The registered name, or the number where there is none."""
        return _NAMES.get(self.description, f"alert {self.description}")

    @property
    def warning(self) -> bool:
        """Whether the peer may go on after it (RFC 5246 section 7.2); closing is never a mere warning."""
        return self.level == _WARNING and self.description != 0


def wants_other_protocol(alert: str | None) -> bool:
    """Whether a handshake failed because none of the protocols on offer is spoken there."""
    return alert is not None and _NO_APPLICATION_PROTOCOL in alert.lower()
