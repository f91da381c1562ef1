"""The options of `proxycheck check`, a name each: what a person may ask of a run."""

from pathlib import Path
from typing import Annotated

import typer

LONGEST_TIMEOUT_S = 600.0
MOST_CONNECTIONS = 256

ProxyOption = Annotated[
    str | None,
    typer.Option("--proxy", metavar="HOST:PORT", help="The proxy; http://USER@HOST:PORT works as well."),
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
RootsOption = Annotated[
    Path | None,
    typer.Option("--roots", metavar="FILE", help="Trust these roots (PEM) instead of the public ones."),
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
CompareDirectOption = Annotated[
    bool,
    typer.Option(
        "--compare-direct/--no-compare-direct",
        help="Where something fails, ask public DNS and try it without the proxy: whose fault is it?",
    ),
]
