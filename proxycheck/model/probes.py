"""Probes of the credentials that a person asks for by name, because each may cost one refused login."""

from msgspec import Struct


class Probes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is tried beside the credentials given; each at most once in a run.

    `bad_password`: a password that is deliberately wrong. `user_case`: the user name in another case. `encoding`:
    user name and password in UTF-8 instead of the device's ISO-8859-1. `domain_form`: the same password under
    this other spelling of the user name, such as `user@domain` for `DOMAIN\\user`."""

    bad_password: bool = False
    user_case: bool = False
    encoding: bool = False
    domain_form: str | None = None
