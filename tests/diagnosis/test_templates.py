"""What is filled in, and how configuration lines are repeated."""

import pytest

from proxycheck.diagnosis.templates import configuration, sentence

VALUES = {"ports": "80, 5228", "hosts": "a.example and 9 more", "device": "A device", "proxy": "http://p:1"}


def test_a_sentence_takes_the_ready_made_strings() -> None:
    assert sentence("Allow {ports} for {device}.", VALUES) == "Allow 80, 5228 for A device."


def test_an_unknown_field_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        sentence("{nothing}", VALUES)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("acl SSL_ports port {ports}", "acl SSL_ports port 80 5228"),
        ("allow * * * 443,{port_list} HTTP_CONNECT", "allow * * * 443,80,5228 HTTP_CONNECT"),
        ("ConnectPort {port}", "ConnectPort 80\nConnectPort 5228"),
        (
            'ranges.AddRange "port {port}", {port}, {port}',
            'ranges.AddRange "port 80", 80, 80\nranges.AddRange "port 5228", 5228, 5228',
        ),
        (
            "acl h dstdomain {host}\nhttp_access allow h",
            "acl h dstdomain a.example\nacl h dstdomain b-c.example\nhttp_access allow h",
        ),
        (
            'edit "{host}"\n  set fqdn "{host}"\nnext{host:.0}\nend',
            'edit "a.example"\n  set fqdn "a.example"\nnext\nedit "b-c.example"\n  set fqdn "b-c.example"\nnext\nend',
        ),
        ("^{host_regex}$", "^a\\.example$\n^b-c\\.example$"),
        ("allow {host_list}", "allow a.example,b-c.example"),
        ("# {hosts} by {proxy}", "# a.example b-c.example by http://p:1"),
        ("{{ -block }}\n{host}", "{ -block }\na.example\nb-c.example"),
        ("AllowCONNECT {needed_ports}", "AllowCONNECT 80 443 5228"),
        ("ConnectPort {needed_port}", "ConnectPort 80\nConnectPort 443\nConnectPort 5228"),
        ("^({host_regexes}):", r"^(a\.example|b-c\.example):"),
    ],
)
def test_configuration_is_complete(template: str, expected: str) -> None:
    hosts = ("a.example", "b-c.example")
    assert configuration(template, (80, 5228), hosts, VALUES, needed=(443, 80)) == expected


def test_a_repeated_line_vanishes_when_there_is_nothing_to_repeat_it_for() -> None:
    assert configuration("before\nConnectPort {port}\nallow {host}\nafter", (), (), VALUES) == "before\nafter"
