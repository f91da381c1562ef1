"""What a proxy or a host answers, as bytes on the wire."""

from http import HTTPStatus

OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"
"""The tunnel is open."""


def answer(status: int, body: str = "", *lines: str, **fields: str) -> bytes:
    """A well-formed answer; `lines` are header lines, and `Server_Field="x"` is the field `Server-Field: x`."""
    reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Reason"
    head = [f"HTTP/1.1 {status} {reason}", *lines]
    head += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    head += [] if status == 204 else [f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", body]).encode("latin-1")
