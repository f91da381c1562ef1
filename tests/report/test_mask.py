"""A masked report names nobody and nothing of the company, and is the same report to every rule."""

import base64
import io
import re
import zipfile
from typing import Any

import msgspec
from msgspec import inspect, structs

from proxycheck.model.cause import ProductName
from proxycheck.model.evidence import Evidence
from proxycheck.model.report import DeviceReference, PacReport, Report
from proxycheck.report.bundle import bundle
from proxycheck.report.json import encode
from proxycheck.report.junit import junit
from proxycheck.report.mask.fields import KEPT, VOCABULARY, fields
from proxycheck.report.mask.report import masked
from proxycheck.report.mask.stand_ins import StandIns
from proxycheck.report.mask.text import TextMask
from proxycheck.report.monitoring.plugin import nagios
from proxycheck.report.monitoring.prometheus import textfile
from tests.report import factory
from tests.support import known

PAGE = (
    "HTTP/1.1 407 Proxy Authentication Required\r\nServer: squid/5.7\r\nVia: 1.1 gw7 (squid/5.7)\r\n"
    'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 96\r\n\r\n'
    "<a href='http://intra.acme.de/x.html'>10.20.30.41 alice@acme.de asked for notify.bluecoat.com</a>"
)
GATEWAY, ADDRESS, PERSON, CLOSED = "gw01.corp.internal", "10.20.30.41", "mmustermann", "kept"
CANARY = f"1.1 {GATEWAY} (squid/5.7) {ADDRESS} {PERSON} {PERSON}@corp.internal"
PATH = f"/home/{PERSON}/corp.internal/secret-project.pem"
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


def _planted(kind: inspect.Type, place: str) -> Any:
    """A value of this type with a canary in every text of it that is not kept."""
    if isinstance(kind, inspect.StructType):
        return {f.encode_name: _planted(f.type, f"{place}.{f.encode_name}".lstrip(".")) for f in kind.fields}
    if isinstance(kind, inspect.VarTupleType):
        return [_planted(kind.item_type, place)]
    if isinstance(kind, inspect.UnionType):
        return _planted(next(each for each in kind.types if not isinstance(each, inspect.NoneType)), place)
    if isinstance(kind, inspect.DictType):
        return {} if place == "certificates" else {_planted(kind.key_type, ""): _planted(kind.value_type, f"{place}.*")}
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.StrType):
        return CLOSED if place in KEPT or not place else CANARY
    return {inspect.IntType: 1, inspect.FloatType: 1.0, inspect.BoolType: True}[type(kind)]


def _everywhere() -> Report:
    plain = _planted(inspect.type_info(Report), "")
    plain["run"]["started_at"] = plain["run"]["finished_at"] = "2026-01-01T00:00:00Z"
    texts = dict.fromkeys(("device", "proxy", "tier", "user_agent"), CANARY)
    paths = dict.fromkeys(("roots", "pac", "canary", "ct_log_list", "an_option_to_come"), PATH)
    plain["run"]["options"] = {**texts, **paths, "only": [CANARY], "add": [GATEWAY + ":443"], "user": PERSON}
    plain["proxy"]["url"], plain["proxy"]["auth"]["username"] = f"http://{GATEWAY}:8080", f"CORP\\{PERSON}"
    plain["endpoints"][0] |= {"id": f"{GATEWAY}:443", "host": GATEWAY, "reproduce": [f"curl --cacert {PATH} {GATEWAY}"]}
    return msgspec.convert(plain, Report)


def _forms(report: Report) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(bundle(report, masked=True))) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    return {**files, "junit": junit(report).decode(), "nagios": nagios(report), "textfile": textfile(report)}


def test_no_field_of_a_report_gives_a_name_an_address_or_a_user_away() -> None:
    """A field that is added later is planted by its type, and found if it is neither masked nor decided to be kept."""
    report = _everywhere()
    assert encode(report).count(GATEWAY.encode()) > 50
    for name, form in _forms(masked(report, None, known.knowledge())).items():
        for secret in (GATEWAY, "corp", "gw01", ADDRESS, PERSON, "secret-project"):
            assert secret not in form.lower(), (name, secret, form[max(0, form.lower().find(secret) - 200) :][:260])


def test_what_is_kept_is_a_field_of_text_that_this_program_writes() -> None:
    text = {place for place, kind in fields() if isinstance(kind, inspect.StrType)}
    assert text >= KEPT
    assert text | {"run.options.device"} >= VOCABULARY
    assert not KEPT & VOCABULARY


def test_the_words_of_the_guide_and_of_products_stay_and_those_of_a_person_s_own_device_do_not() -> None:
    device = known.device("sendpro-c")
    made = structs.replace(_report(), device=DeviceReference(device.name, device.title, device.document))
    made = structs.replace(made, run=structs.replace(made.run, options={"user": "sendpro", "device": device.name}))
    kept = masked(made, device, known.knowledge())
    assert (kept.device, kept.run.options["device"]) == (made.device, "sendpro-c")
    own = structs.replace(made, device=DeviceReference("own", f"Printer of {GATEWAY}", "acme.internal"))
    assert "internal" not in masked(own, None, known.knowledge()).device.title.replace(".internal", "")
    assert GATEWAY not in encode(masked(own, None, known.knowledge())).decode()
    assert [each.name for each in kept.proxy.products] == ["Squid"] if kept.proxy else False


def test_the_product_is_recognised_by_a_header_that_names_nobody() -> None:
    product = ProductName("Squid", f'header "Via: 1.1 {GATEWAY} (squid/5.7)"')
    made = factory.port_denied()
    cause = structs.replace(made.causes[0], product=product)
    hidden = masked(
        structs.replace(made, causes=(cause, *made.causes[1:])), known.device("sendpro-c"), known.knowledge()
    )
    assert hidden.causes[0].product is not None
    assert hidden.causes[0].product.name == "Squid"
    assert re.fullmatch(r'header "Via: 1\.1 \w{4}\.\w{4}\.internal \(squid/5\.7\)"', hidden.causes[0].product.because)


def test_squids_own_page_names_its_proxy_by_a_stand_in() -> None:
    page = "<p>Generated Mon, 30 Nov 2026 11:22:57 GMT by gw7 (squid/5.7)</p>"
    made = TextMask((), ())(page)
    assert "gw7" not in made
    assert len(made) == len(page)
