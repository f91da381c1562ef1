"""A head as the canary repeats it: credentials and cookies blanked, in time that grows with the head and no faster."""

import time

import pytest

from proxycheck.canary.http import HEAD_LIMIT, blanked


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        (b"Proxy-Authorization: Basic eDp5\r\nA: b\r\n", "Proxy-Authorization: **********\r\nA: b\r\n"),
        (b"X-Auth-Token :  abc \r\n", "X-Auth-Token :  ****\r\n"),
        (b"cookie: a=b\nSet-Cookie2: c\r\n", "cookie: ***\nSet-Cookie2: *\r\n"),
        (b"Authorization: Basic\r\n eDp5\r\n\tmore\r\nA: b\r\n", "Authorization: *****\r\n ****\r\n\t****\r\nA: b\r\n"),
        (b"Cookies-Wanted: no\r\nauthority\r\n", "Cookies-Wanted: no\r\nauthority\r\n"),
    ],
)
def test_values_of_credentials_become_asterisks_of_the_same_length(head: bytes, shown: str) -> None:
    assert blanked(head) == shown
    assert len(blanked(head)) == len(head)


@pytest.mark.parametrize(
    "head",
    [b"auth" * (HEAD_LIMIT // 4), b"auth " * (HEAD_LIMIT // 5), b"auth\r" * 3000, b"a:" * 8000, b"auth:\n" * 2700],
)
def test_no_head_costs_more_than_its_length(head: bytes) -> None:
    began = time.process_time()
    for _ in range(10):
        blanked(head)
    assert time.process_time() - began < 1.0
