"""Addresses: the host a device wants, the proxy between, and the credentials for it with what is tried beside them."""

from msgspec import Struct


class Target(Struct, frozen=True, order=True):
    """What a CONNECT names: a host name (or IP literal) and a TCP port. Never resolved on this machine."""

    host: str
    port: int

    @property
    def id(self) -> str:
        """`host:port`, IPv6 literals in brackets: the form CONNECT uses (RFC 9110 section 9.3.6)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class ProxyAddress(Struct, frozen=True):
    """The proxy as the administrator named it. Holds no password.

    `scheme` is `http` for a proxy the device can use; any other scheme is kept as given and judged."""

    scheme: str
    host: str
    port: int
    username: str | None = None

    @property
    def url(self) -> str:
        """`scheme://host:port`, without user name or password."""
        return f"{self.scheme}://{Target(self.host, self.port).id}"


class Credentials(Struct, frozen=True):
    """A user name and a password for the proxy. `repr` never shows the password."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials(username={self.username!r}, password=<hidden>)"

    __str__ = __repr__


class Probes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is tried beside the credentials given; each at most once in a run.

    `bad_password`: a password that is deliberately wrong. `user_case`: the user name in another case. `encoding`:
    user name and password in UTF-8 instead of the device's ISO-8859-1. `domain_form`: the same password under
    this other spelling of the user name, such as `user@domain` for `DOMAIN\\user`."""

    bad_password: bool = False
    user_case: bool = False
    encoding: bool = False
    domain_form: str | None = None
