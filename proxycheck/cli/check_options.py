"""The options of `proxycheck check`, a name each: what a person may ask of a run."""

from pathlib import Path

import click

LONGEST_TIMEOUT_S = 600.0
MOST_CONNECTIONS = 256
LONGEST_IDLE_S = 3000.0
IDLE_S = 30.0

proxy_option = click.option("--proxy", metavar="HOST:PORT", help="The proxy; http://USER@HOST:PORT works as well.")
direct_option = click.option(
    "--direct", is_flag=True, help="Test the way without a proxy: straight to the hosts, names resolved here."
)
device_option = click.option(
    "--device",
    metavar="NAME|FILE.toml",
    help="The device: proxycheck devices lists the names, devices --template prints a file for any other.",
)
tier_option = click.option(
    "--tier",
    default="optional",
    show_default=True,
    metavar="TIER",
    help="Test this tier and the stronger ones: required, recommended or optional.",
)
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
    type=click.Path(path_type=Path),
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
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Trust these roots (PEM) instead of the public ones.",
)
ct_log_list_option = click.option(
    "--ct-log-list",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Believe these logs of Certificate Transparency (a browser's log list, or a table) instead of ours.",
)
timeout_option = click.option(
    "--timeout",
    type=float,
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="The longest wait for one step on the wire.",
)
concurrency_option = click.option(
    "--concurrency", type=int, default=32, show_default=True, metavar="N", help="The most connections at once."
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
