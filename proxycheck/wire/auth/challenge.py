"""One challenge of a 407, and the ways in which proxies write it wrongly."""

from typing import Literal

from msgspec import Struct

Deviation = Literal[
    "comma-after-scheme",  # Basic, realm="x"
    "cut",  # longer than is read
    "empty-value",  # realm=
    "folded",  # a line break inside the value
    "missing-comma",  # realm="x" charset="UTF-8"
    "no-realm",  # Basic or Digest without one
    "no-scheme",  # realm="x" and nothing before it
    "odd-bytes",  # NUL and other control bytes
    "odd-scheme",  # a scheme that is not a token
    "repeated-parameter",  # realm="x", realm="y"
    "space-around-equals",  # realm = "x"
    "stray-text",  # quotes or equals signs where none can be
    "unescaped-quote",  # realm="the "x" proxy", as Squid writes it
    "unquoted-realm",  # realm=x
    "unquoted-value",  # an unquoted value that is not a token
    "unterminated-quote",  # realm="x
]


class Challenge(Struct, frozen=True):
    """One challenge of a 407.

    `scheme` is as the proxy spelt it, `name` the same in lower case (empty where there was none).
    `parameters` keep their order, names in lower case, values without quotes and escapes; NTLM and Negotiate
    carry `token68` instead. `line` is the index of the header line in the sequence read, `raw` the
    challenge's own part of that line."""

    scheme: str
    name: str
    token68: str | None
    parameters: tuple[tuple[str, str], ...]
    line: int
    raw: str
    deviations: tuple[Deviation, ...]

    def parameter(self, name: str) -> str | None:
        """The first value given for `name` (lower case), or None."""
        return next((value for key, value in self.parameters if key == name), None)
