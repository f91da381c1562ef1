"""The way out of a computer, from recorded outputs of each system."""

import pytest

from proxycheck.net.computer.paths import read_linux, read_macos, read_paths, read_windows
from proxycheck.net.computer.system_settings import Unreadable
from proxycheck.routes.gateway import (
    linux_addresses6,
    linux_gateways,
    linux_gateways6,
    macos_gateway,
    windows_gateways,
    windows_gateways6,
    within,
    written_addresses6,
)

_HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
_WLAN = "wlan0\t00000000\tFE01A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
_ETHERNET = "eth0\t00000000\tF00AA8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
_DOWN = "eth1\t00000000\t0101A8C0\t0002\t0\t0\t50\t00000000\t0\t0\t0\n"
_SUBNET = "eth0\t000AA8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
_ZEROS = "0" * 32
_GATEWAY6 = "fe800000000000000200000000000001"
_IPV6 = f"""\
20010db8000000010000000000000000 40 {_ZEROS} 00 {_ZEROS} 00000100 00000001 00000000 00000001     eth0
{_ZEROS} 00 {_ZEROS} 00 {_GATEWAY6} 00000400 00000003 00000000 00450003     eth0
{_ZEROS} 00 {_ZEROS} 00 {_ZEROS} ffffffff 00000001 00000000 00200200       lo
"""
_ADDRESSES6 = """\
00000000000000000000000000000001 01 80 10 80       lo
20010db8000000010000000000000023 02 40 00 80     eth0
fe80000000000000024211fffeac0002 02 40 20 80     eth0
fd12345678900000000000000000abcd 02 40 00 80     eth0
"""
_MACOS = """\
   route to: default
destination: default
       mask: default
    gateway: 192.168.10.250
  interface: en0
      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL>
 recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire
       0         0         0         0         0         0      1500         0
"""
_MACOS_IPV6 = _MACOS.replace("192.168.10.250", "fe80::1%en0")
_IFCONFIG = """\
lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384
	inet6 ::1 prefixlen 128
	inet6 fe80::1%lo0 prefixlen 64 scopeid 0x1
en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	ether a4:83:e7:01:02:03
	inet6 fe80::1c2b:5dff:fe0a:1b2c%en0 prefixlen 64 secured scopeid 0xb
	inet6 2001:db8:1:2:8a4:83ff:fe01:203 prefixlen 64 autoconf secured
	inet 192.168.10.23 netmask 0xffffff00 broadcast 192.168.10.255
"""
_WINDOWS = """\
===========================================================================
Schnittstellenliste
 12...a4 83 e7 01 02 03 ......Intel(R) Ethernet Connection
  1...........................Software Loopback Interface 1
===========================================================================

IPv4-Routentabelle
===========================================================================
Aktive Routen:
     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik
          0.0.0.0          0.0.0.0   192.168.10.250    192.168.10.23     25
===========================================================================
St\u00e4ndige Routen:
  Keine
"""
_WINDOWS_IPV6 = """\
IPv6 Route Table
===========================================================================
Active Routes:
 If Metric Network Destination      Gateway
 12    281 ::/0                     fe80::52d4:f7ff:fe12:3456
  1    331 ::1/128                  On-link
 12    281 2001:db8:1:2::/64        On-link
===========================================================================
"""
_IPCONFIG = """\
Windows IP Configuration

Ethernet adapter Ethernet:

   Connection-specific DNS Suffix  . : corp.example
   IPv6 Address. . . . . . . . . . . : 2001:db8:1:2:f5c3:9d2e:1a2b:3c4d
   Temporary IPv6 Address. . . . . . : 2001:db8:1:2:45:6789:abcd:ef01
   Link-local IPv6 Address . . . . . : fe80::f5c3:9d2e:1a2b:3c4d%12
   IPv4 Address. . . . . . . . . . . : 192.168.10.23
   Default Gateway . . . . . . . . . : fe80::52d4:f7ff:fe12:3456%12
                                       192.168.10.250
"""


def test_linux() -> None:
    assert linux_gateways(_HEAD + _WLAN + _DOWN + _SUBNET + _ETHERNET) == ("192.168.10.240", "192.168.1.254")
    assert linux_gateways(_HEAD + _SUBNET) == ()
    assert linux_gateways("") == ()
    assert linux_gateways6(_IPV6) == ("fe80::200:0:0:1",)
    assert linux_addresses6(_ADDRESSES6) == ("2001:db8:0:1::23",)


def test_macos() -> None:
    assert macos_gateway(_MACOS) == ("192.168.10.250",)
    assert macos_gateway(_MACOS_IPV6) == ("fe80::1",)
    assert macos_gateway("route: writing to routing socket: not in table\n") == ()
    assert macos_gateway(_MACOS.replace("192.168.10.250", "link#11")) == ()
    assert written_addresses6(_IFCONFIG) == ("2001:db8:1:2:8a4:83ff:fe01:203",)


def test_windows_in_any_language() -> None:
    assert windows_gateways(_WINDOWS) == ("192.168.10.250",)
    assert windows_gateways(_WINDOWS.replace("          0.0.0.0          0.0.0.0 ", "On-link ")) == ()
    assert windows_gateways6(_WINDOWS_IPV6) == ("fe80::52d4:f7ff:fe12:3456",)
    assert written_addresses6(_IPCONFIG) == (
        "2001:db8:1:2:f5c3:9d2e:1a2b:3c4d",
        "2001:db8:1:2:45:6789:abcd:ef01",
    )


def test_reading_asks_each_system_in_its_own_way() -> None:
    files = {"/proc/net/route": _HEAD + _ETHERNET, "/proc/net/ipv6_route": _IPV6, "/proc/net/if_inet6": _ADDRESSES6}
    found = read_linux(lambda path: files[path])
    assert (found.gateways, found.gateways6, found.addresses6) == (
        ("192.168.10.240",),
        ("fe80::200:0:0:1",),
        ("2001:db8:0:1::23",),
    )
    told = {"-inet6": _MACOS_IPV6, "get": _MACOS, "/sbin/ifconfig": _IFCONFIG}
    found = read_macos(lambda words: next(text for word, text in told.items() if word in words))
    assert (found.gateways, found.gateways6) == (("192.168.10.250",), ("fe80::1",))
    told = {"0.0.0.0": _WINDOWS, "-6": _WINDOWS_IPV6}  # noqa: S104
    found = read_windows(lambda words: told.get(words[-1], _IPCONFIG))
    assert (found.gateways, len(found.addresses6)) == (("192.168.10.250",), 2)


def test_what_cannot_be_read_is_a_note() -> None:
    def refused(words: object) -> str:
        raise Unreadable(f"{words} did not answer")

    def no_route(_: object) -> str:
        raise Unreadable("/sbin/route failed: route: writing to routing socket: not in table")

    def unreadable(path: str) -> str:
        raise PermissionError(13, "Permission denied", path)

    def missing(path: str) -> str:
        raise FileNotFoundError(2, "No such file", path)

    assert len(read_windows(refused).notes) == 3
    assert read_macos(no_route).notes == ()
    assert read_linux(unreadable).notes[0] == "/proc/net/route cannot be read: Permission denied"
    assert read_linux(missing).notes == ()


def test_this_computer_can_be_read() -> None:
    assert read_paths().notes == ()


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("192.168.10.240", True),
        ("192.168.10.255", True),
        ("192.168.10.239", False),
        ("fe80::1", False),
        ("on-link", False),
    ],
)
def test_an_inclusive_range(address: str, inside: bool) -> None:
    assert within(address, "192.168.10.240", "192.168.10.255") is inside
