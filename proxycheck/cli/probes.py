"""The probes of the credentials: what was asked for, and the warning before anything is sent."""

import sys
from typing import TYPE_CHECKING

import click

from proxycheck.errors import UsageError
from proxycheck.model.target import Probes
from proxycheck.model.text import counted

if TYPE_CHECKING:
    from proxycheck.runner import Plan


def probes(*, bad_password: bool, user_case: bool, encoding: bool, domain_form: str | None, user: str | None) -> Probes:
    """The probes asked for. Raises UsageError for one that varies credentials when there are none, and for a user name
    that Basic cannot carry or that is the given one."""
    from proxycheck.wire.address import parse_username

    if user is None and (user_case or encoding or domain_form is not None):
        asked = "--probe-user-case, --probe-encoding and --probe-domain-form"
        raise UsageError(f"{asked} vary the credentials given; add --user NAME")
    if domain_form is not None and parse_username(domain_form) == user:
        raise UsageError("--probe-domain-form names the same user name as --user; write its other form")
    return Probes(bad_password=bad_password, user_case=user_case, encoding=encoding, domain_form=domain_form)


def warn(plan: "Plan", *, quiet: bool) -> None:
    """Says on standard error, before anything is sent, how many refused logins the run may cause; with `quiet` only
    where probes were asked for."""
    from proxycheck.runner import most_refused_logins

    most = most_refused_logins(plan)
    if most == 0 or (quiet and plan.probes == Probes()):
        return
    logins = counted(most, "refused login")
    where, sparing = "", ""
    if plan.credentials is not None:
        where = f" of '{plan.credentials.username}'"
        sparing = f", {most - 1} where it refuses a password by 407 or 401 as the standard says"
    click.echo(f"proxycheck: this run may cause at most {logins}{where} at the proxy{sparing}.", file=sys.stderr)
