"""The options of `proxycheck check`, a name each: what a person may ask of a run."""

from pathlib import Path
from typing import Annotated

import typer

LONGEST_TIMEOUT_S = 600.0
MOST_CONNECTIONS = 256
LONGEST_IDLE_S = 3000.0
IDLE_S = 30.0

ProxyOption = Annotated[
    str | None,
    typer.Option("--proxy", metavar="HOST:PORT", help="The proxy; http://USER@HOST:PORT works as well."),
]
DirectOption = Annotated[
    bool,
    typer.Option("--direct", help="Test the way without a proxy: straight to the hosts, names resolved here."),
]
DeviceOption = Annotated[
    str | None,
    typer.Option("--device", metavar="NAME", help="The device; proxycheck devices lists the names."),
]
TierOption = Annotated[
    str,
    typer.Option(
        "--tier",
        metavar="TIER",
        help="Test this tier and the stronger ones: required, recommended or optional.",
    ),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="HOST:PORT",
        help="Test only what matches, such as *.pb.com:443 or *:80; may repeat.",
    ),
]
AddOption = Annotated[
    list[str] | None,
    typer.Option("--add", metavar="HOST:PORT", help="Test this as well; its loss degrades; may repeat."),
]
UserOption = Annotated[str | None, typer.Option("--user", metavar="NAME", help="The user name for the proxy.")]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="Take the password from the first line of FILE."),
]
PasswordStdinOption = Annotated[bool, typer.Option("--password-stdin", help="Take the password from standard input.")]
RefusedPasswordOption = Annotated[
    str | None, typer.Option("--password", "--proxy-user", "--proxy-password", hidden=True)
]
ProbeBadPasswordOption = Annotated[
    bool,
    typer.Option("--probe-bad-password", help="Send a wrong password, once: does the proxy look at it at all?"),
]
ProbeUserCaseOption = Annotated[
    bool,
    typer.Option("--probe-user-case", help="Send the user name in another case, once: does the proxy care?"),
]
ProbeEncodingOption = Annotated[
    bool,
    typer.Option("--probe-encoding", help="Send user name and password in UTF-8, once; the device has ISO-8859-1."),
]
ProbeDomainFormOption = Annotated[
    str | None,
    typer.Option(
        "--probe-domain-form",
        metavar="NAME",
        help=r"Send the password under this other form of the user name, once: DOMAIN\user or user@domain.",
    ),
]
RootsOption = Annotated[
    Path | None,
    typer.Option("--roots", metavar="FILE", help="Trust these roots (PEM) instead of the public ones."),
]
CtLogListOption = Annotated[
    Path | None,
    typer.Option(
        "--ct-log-list",
        metavar="FILE",
        help="Believe these logs of Certificate Transparency (a browser's log list, or a table) instead of ours.",
    ),
]
TimeoutOption = Annotated[
    float,
    typer.Option("--timeout", metavar="SECONDS", help="The longest wait for one step on the wire."),
]
ConcurrencyOption = Annotated[int, typer.Option("--concurrency", metavar="N", help="The most connections at once.")]
UserAgentOption = Annotated[
    str | None,
    typer.Option("--user-agent", metavar="TEXT", help="Say this instead of the device's own User-Agent."),
]
NetworkOption = Annotated[
    bool,
    typer.Option(
        "--network/--no-network",
        help="Ask the network beside the proxy for what the device needs of it: DNS, time, gateway, IPv6.",
    ),
]
CompareDirectOption = Annotated[
    bool,
    typer.Option(
        "--compare-direct/--no-compare-direct",
        help="Where something fails, ask public DNS and try it without the proxy: whose fault is it?",
    ),
]
CanaryOption = Annotated[
    str | None,
    typer.Option(
        "--canary",
        metavar="HOST:PORT#KEY",
        help="Ask your own server too (proxycheck canary serve names it): do bytes arrive unchanged, and in time?",
    ),
]
IdleOption = Annotated[
    float | None,
    typer.Option("--idle", metavar="SECONDS", help="Keep a tunnel to the canary quiet for so long; 30 unless given."),
]
