"""The options of `proxycheck check` in one table: what a person may ask of a run, of which type, under which heading.

To add an option: a `click.option` here, a field of `CheckOptions`, and the one place where the run uses it.
"""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import click
from msgspec import Struct

from proxycheck.cli import setup_options as setup
from proxycheck.cli.file_names import FileName, FilePath, device_or_file

LONGEST_TIMEOUT_S = 600.0
MOST_CONNECTIONS = 256
LONGEST_IDLE_S = 3000.0
IDLE_S = 30.0
TIERS = ("required", "recommended", "optional")

EXAMPLES = (
    "proxycheck check proxy.example.com:8080 --device sendpro-c",
    "proxycheck check proxy.example.com:8080 --device sendpro-c --user clerk --html report.html",
)
_OUTPUT = (
    *("html", "markdown", "bundle", "json", "junit", "mask", "force", "compare", "form", "output"),
    *("quiet", "verbose", "no_color", "strict"),
)

address_argument = click.argument("address", metavar="[HOST:PORT]", required=False)
compare_option = click.option(
    "--compare",
    type=FileName(),
    metavar="OLD",
    help="Tell as well what changed since the report OLD: I changed it, test again.",
)
proxy_option = click.option("--proxy", metavar="HOST:PORT", help="The proxy; http://USER@HOST:PORT works as well.")
direct_option = click.option(
    "--direct", is_flag=True, help="Test the way without a proxy: straight to the hosts, names resolved here."
)
device_option = click.option(
    "--device",
    type=device_or_file(),
    metavar="NAME|FILE.toml",
    help="The device: proxycheck devices lists the names, devices --template prints a file for any other.",
)


def tier_of(verb: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option that chooses by tier, for a command that does with its endpoints what `verb` says."""
    return click.option(
        "--tier",
        shell_complete=lambda _context, _option, begun: [tier for tier in TIERS if tier.startswith(begun)],
        default="optional",
        show_default=True,
        metavar="TIER",
        help=f"{verb} this tier and the stronger ones: required, recommended or optional.",
    )


tier_option = tier_of("Test")
only_option = click.option(
    "--only",
    multiple=True,
    metavar="HOST:PORT",
    help="Test only what matches, such as *.pb.com:443 or *:80; may repeat.",
)
add_option = click.option(
    "--add", multiple=True, metavar="HOST:PORT", help="Test this as well; its loss degrades; may repeat."
)
user_option = click.option("--user", metavar="NAME", help="The user name for the proxy.")
password_file_option = click.option(
    "--password-file",
    type=FilePath(),
    metavar="FILE",
    help="Take the password from the first line of FILE.",
)
password_stdin_option = click.option("--password-stdin", is_flag=True, help="Take the password from standard input.")
refused_password_option = click.option("--password", "--proxy-user", "--proxy-password", hidden=True)
probe_bad_password_option = click.option(
    "--probe-bad-password", is_flag=True, help="Send a wrong password, once: does the proxy look at it at all?"
)
probe_user_case_option = click.option(
    "--probe-user-case", is_flag=True, help="Send the user name in another case, once: does the proxy care?"
)
probe_encoding_option = click.option(
    "--probe-encoding", is_flag=True, help="Send user name and password in UTF-8, once; the device has ISO-8859-1."
)
probe_domain_form_option = click.option(
    "--probe-domain-form",
    metavar="NAME",
    help=r"Send the password under this other form of the user name, once: DOMAIN\user or user@domain.",
)
roots_option = click.option(
    "--roots",
    type=FilePath(),
    metavar="FILE",
    help="Trust these roots (PEM) instead of the public ones.",
)
ct_log_list_option = click.option(
    "--ct-log-list",
    type=FilePath(),
    metavar="FILE",
    help="Believe these logs of Certificate Transparency (a browser's log list, or a table) instead of ours.",
)
timeout_option = click.option(
    "--timeout",
    type=float,
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="The longest wait for one step on the wire. Written, it is kept to the end for every host; else later hosts "
    "are waited for half as long, once several have been silent.",
)
concurrency_option = click.option(
    "--concurrency",
    type=int,
    default=32,
    show_default=True,
    metavar="N",
    help="The most tunnels at once. Not written, it grows to 64 while the proxy answers at once, and no longer.",
)
user_agent_option = click.option(
    "--user-agent", metavar="TEXT", help="Say this instead of the device's own User-Agent."
)
network_option = click.option(
    "--network/--no-network",
    default=True,
    show_default=True,
    help="Ask the network beside the proxy for what the device needs of it: DNS, time, gateway, IPv6.",
)
compare_direct_option = click.option(
    "--compare-direct/--no-compare-direct",
    default=True,
    show_default=True,
    help="Where something fails, ask public DNS and try it without the proxy: whose fault is it?",
)
canary_option = click.option(
    "--canary",
    metavar="HOST:PORT#KEY",
    help="Ask your own server too (proxycheck canary serve names it): do bytes arrive unchanged, and in time?",
)
idle_option = click.option(
    "--idle", type=float, metavar="SECONDS", help="Keep a tunnel to the canary quiet for so long; 30 unless given."
)

Group = Literal["proxy", "login", "what to test", "expert"]
"""The headings under which a person looks for an option."""


class Row(Struct, frozen=True):
    """One row of the table: how the option is read, where the help lists it, and whether a report tells it. Files are
    told by their names."""

    decorate: Callable[[Callable[..., Any]], Callable[..., Any]]
    group: Group
    told: bool = True


class CheckOptions(Struct, frozen=True, kw_only=True):
    """What a person asked of one check, in the order of the help."""

    proxy: Annotated[str | None, Row(proxy_option, "proxy", told=False)]
    direct: Annotated[bool, Row(direct_option, "proxy")]
    pac: Annotated[str | None, Row(setup.pac_option, "proxy")]
    wpad: Annotated[bool, Row(setup.wpad_option, "proxy")]
    system_settings: Annotated[bool, Row(setup.system_settings_option, "proxy")]
    user: Annotated[str | None, Row(user_option, "login", told=False)]
    password_file: Annotated[Path | None, Row(password_file_option, "login", told=False)]
    password_stdin: Annotated[bool, Row(password_stdin_option, "login", told=False)]
    password: Annotated[str | None, Row(refused_password_option, "login", told=False)]
    probe_bad_password: Annotated[bool, Row(probe_bad_password_option, "login")]
    probe_user_case: Annotated[bool, Row(probe_user_case_option, "login")]
    probe_encoding: Annotated[bool, Row(probe_encoding_option, "login")]
    probe_domain_form: Annotated[str | None, Row(probe_domain_form_option, "login")]
    device: Annotated[str | None, Row(device_option, "what to test")]
    tier: Annotated[str, Row(tier_option, "what to test")]
    only: Annotated[tuple[str, ...], Row(only_option, "what to test")]
    add: Annotated[tuple[str, ...], Row(add_option, "what to test")]
    network: Annotated[bool, Row(network_option, "what to test")]
    compare_direct: Annotated[bool, Row(compare_direct_option, "what to test")]
    canary: Annotated[str | None, Row(canary_option, "what to test")]
    idle: Annotated[float | None, Row(idle_option, "what to test")]
    timeout: Annotated[float, Row(timeout_option, "expert")]
    concurrency: Annotated[int, Row(concurrency_option, "expert")]
    user_agent: Annotated[str | None, Row(user_agent_option, "expert")]
    roots: Annotated[Path | None, Row(roots_option, "expert")]
    ct_log_list: Annotated[Path | None, Row(ct_log_list_option, "expert")]

    @property
    def looks_around(self) -> bool:
        """Whether PAC files or this computer's settings are looked at."""
        return self.pac is not None or self.wpad or self.system_settings

    def told(self) -> dict[str, str | int | float | bool | list[str] | None]:
        """What the report says of the command line; never a secret, and no name of a user."""
        told = {name: _plain(getattr(self, name)) for name, row in rows().items() if row.told}
        return {**told, "pac": setup.shown_source(self.pac)}


def _plain(value: Any) -> str | int | float | bool | list[str] | None:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return str(value) if isinstance(value, Path) else value


@functools.cache
def rows() -> Mapping[str, Row]:
    """The table by the name of the option's value."""
    hints = get_type_hints(CheckOptions, include_extras=True)
    return {name: hints[name].__metadata__[0] for name in CheckOptions.__struct_fields__}


def check_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command every option of the table; it gets them as one `given`."""

    @functools.wraps(command)
    def run(**values: Any) -> Any:
        given = {name: values.pop(name) for name in rows()}
        return command(given=CheckOptions(**given), **values)

    decorated: Callable[..., Any] = run
    for row in reversed(tuple(rows().values())):
        decorated = row.decorate(decorated)
    return decorated


def groups() -> dict[str, list[str]]:
    """The groups of `check --help` by their titles, experts' last: the names of the options' values."""
    found: dict[str, list[str]] = {}
    for group in get_args(Group):
        if group == "expert":
            found["Output"] = list(_OUTPUT)
        found[group.capitalize()] = [name for name, row in rows().items() if row.group == group]
    return found
