"""Basic (RFC 7617), in the encoding the device uses.

    credentials = "Basic" 1*SP base64( user-id ":" password )

A user-id cannot hold a colon (section 2). The device encodes in ISO-8859-1 and turns every other character
into a question mark, which no proxy accepts: such credentials are not sent at all.
"""

import base64
from typing import Literal

from proxycheck.model.target import Credentials, Target
from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.scheme import Unanswerable

BasicEncoding = Literal["iso-8859-1", "utf-8"]


class Basic:
    """Basic credentials: every request carries them, nothing is kept between requests."""

    name = "basic"
    per_connection = False
    awaits_challenge = False

    def __init__(self, credentials: Credentials, encoding: BasicEncoding = "iso-8859-1") -> None:
        self._credentials = credentials
        self._encoding = encoding

    def answer(
        self,
        challenge: Challenge | None,  # noqa: ARG002 - Basic says the same whatever was asked
        target: Target,  # noqa: ARG002
    ) -> str | Unanswerable:
        """The header value. Unanswerable `colon-in-username` or `not-in-encoding`."""
        username, password = self._credentials.username, self._credentials.password
        if ":" in username:
            return Unanswerable("colon-in-username", "Basic ends the user name at the first colon")
        try:
            pair = f"{username}:{password}".encode(self._encoding)
        except UnicodeEncodeError:
            detail = f"user name or password has characters that {self._encoding.upper()} lacks"
            return Unanswerable("not-in-encoding", detail)
        return f"Basic {base64.b64encode(pair).decode('ascii')}"
