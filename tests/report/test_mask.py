"""A masked report names nobody and nothing of the company, and is the same report to every rule."""

import base64
import re

from msgspec import structs

from proxycheck.model.evidence import Evidence
from proxycheck.model.report import PacReport, Report
from proxycheck.report.json import encode
from proxycheck.report.mask.report import masked
from proxycheck.report.mask.stand_ins import StandIns
from proxycheck.report.mask.text import TextMask
from tests.report import factory
from tests.support import known

PAGE = (
    "HTTP/1.1 407 Proxy Authentication Required\r\nServer: squid/5.7\r\nVia: 1.1 gw7 (squid/5.7)\r\n"
    'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 96\r\n\r\n'
    "<a href='http://intra.acme.de/x.html'>10.20.30.41 alice@acme.de asked for notify.bluecoat.com</a>"
)
NTLM = base64.b64encode(b"NTLMSSP\x00\x02\x00\x00\x00" + "ACME".encode("utf-16-le") + bytes(8)).decode()


def _report() -> Report:
    made = factory.port_denied()
    assert made.proxy is not None
    auth = structs.replace(made.proxy.auth, username="ACME\\alice")
    said = Evidence("e9", "authentication", "connect", "distservp1.pb.com:443", 0, 0, "", f"{PAGE} {NTLM}", "eof")
    return structs.replace(
        made,
        proxy=structs.replace(made.proxy, url="http://proxy.acme.de:3128", address="10.20.30.40", auth=auth),
        run=structs.replace(
            made.run,
            host="alice-pc",
            options={"roots": "/home/alice/r.pem", "user": "ACME\\alice", "device": "sendpro-c"},
        ),
        evidence=(*made.evidence, said),
    )


def _masked() -> Report:
    return masked(_report(), known.device("sendpro-c"), known.knowledge())


def test_nothing_of_the_company_is_left() -> None:
    text = encode(_masked()).decode()
    for word in ("alice", "acme", "10.20.30", "gw7", "/home", "intra"):
        assert word not in text.lower(), word
    tokens = re.findall("TlRMTVNTUA[A-Za-z0-9+/=]+", text)
    assert tokens
    assert not any("ACME".encode("utf-16-le") in base64.b64decode(token) for token in tokens)


def test_what_is_everybody_s_stays_and_so_does_every_length() -> None:
    before, after = _report(), _masked()
    assert [each.id for each in after.endpoints] == [each.id for each in before.endpoints]
    assert after.evidence[-1].received.endswith(NTLM[:11] + after.evidence[-1].received[-len(NTLM) + 11 :])
    assert [len(each.received) for each in after.evidence] == [len(each.received) for each in before.evidence]
    assert "notify.bluecoat.com" in after.evidence[-1].received
    assert "squid/5.7" in after.evidence[-1].received
    assert (after.verdict, after.causes[0].code) == (before.verdict, before.causes[0].code)
    assert after.proxy is not None
    assert re.fullmatch(r"http://[a-z0-9]{5}\.[a-z0-9]{4}\.de:3128", after.proxy.url)
    assert encode(_masked()) == encode(after)


def test_stand_ins_are_the_same_everywhere_and_of_the_same_kind() -> None:
    mask = TextMask(("distservp1.pb.com",), ("pb",))
    assert mask("distservp1.pb.com pb other.pb.com") == "distservp1.pb.com n0 other.pb.com"
    told = mask("10.1.2.3 a.corp.local b.corp.local 10.1.2.4 10.9.2.3 127.0.0.1 192.168.10.250 52.1.1.1 fe80::1:2")
    one, first, second, two, three, own, kept, public, six = told.split()
    assert one.startswith("10.1.")
    assert one.rpartition(".")[0] == two.rpartition(".")[0]
    assert one != two != three
    assert first.partition(".")[2] == second.partition(".")[2] != "corp.local"
    assert (own, kept) == ("127.0.0.1", "192.168.10.250")
    assert public.startswith("52.")
    assert six.startswith("fe80::")
    assert mask("10.1.2.3") == one


def test_as_many_stand_ins_as_are_needed_are_different() -> None:
    stand_ins = StandIns()
    made = [stand_ins.word(f"{number:03d}x") for number in range(3000)]
    assert len(set(made)) == 3000
    short = [stand_ins.word(chr(ord("a") + number)) for number in range(26)]
    assert len(set(short)) == 26
    addresses = [stand_ins.address(f"10.0.{number // 250}.{number % 250}") for number in range(1000)]
    assert len(set(addresses)) == 1000


def test_the_file_of_a_pac_script_is_not_named() -> None:
    read = Evidence("p1", "pac", "pac_fetch", None, 0, 0, "", "", "closed", note="/home/alice/acme.pac", variant="file")
    pac = PacReport("/home/alice/acme.pac", None, (), (), None)
    options = {"pac": "/home/alice/acme.pac"}
    made = factory.compatible()
    report = structs.replace(made, pac=pac, evidence=(read,), run=structs.replace(made.run, options=options))
    assert b"acme" not in encode(masked(report, None, known.knowledge()))


def test_the_lines_to_type_name_no_file_of_that_computer() -> None:
    roots = r"C:\Users\alice\lab roots.pem"
    report = structs.replace(
        factory.inspected(), run=structs.replace(factory.inspected().run, options={"roots": roots})
    )
    kept, strange = f'curl -v --cacert "{roots}" https://a.example/', "curl -v --cacert 'C:/Users/ali'ce https://a/"
    endpoint = structs.replace(report.endpoints[0], reproduce=(kept, strange, "curl -v http://a.example/"))
    hidden = masked(structs.replace(report, endpoints=(endpoint,)), None, known.knowledge())
    assert hidden.run.options["roots"] == "masked.pem"
    first, last = hidden.endpoints[0].reproduce
    assert first.startswith('curl -v --cacert "masked.pem" https://')
    assert last.startswith("curl -v http://")
