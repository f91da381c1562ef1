"""The JSON form: whole, ASCII, described by the shipped schema, and read back strictly."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import msgspec
import pytest
from msgspec import structs

from proxycheck import resources
from proxycheck.errors import ConfigurationError
from proxycheck.model.evidence import TlsEvidence
from proxycheck.model.report import Report
from proxycheck.report.json import MAXIMUM_BYTES, ascii_json, decode, encode, schema
from proxycheck.wire.certificates.facts import to_pem
from tests.report import factory

REPORTS = pytest.mark.parametrize("make", [factory.compatible, factory.port_denied, factory.inspected])


def _with(report: Report, **changes: Any) -> Any:
    return {**json.loads(encode(report)), **changes}


@REPORTS
def test_a_report_survives_the_round_trip(make: Callable[[], Report]) -> None:
    assert decode(encode(make())) == make()


@REPORTS
def test_the_shipped_schema_fits_every_report(make: Callable[[], Report]) -> None:
    shipped = json.loads((resources.fixtures() / "report.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(shipped)
    jsonschema.Draft202012Validator(shipped).validate(json.loads(encode(make())))


def test_the_shipped_schema_is_the_one_of_the_types() -> None:
    shipped = json.loads((resources.fixtures() / "report.schema.json").read_bytes())
    assert shipped == json.loads(schema()), "run: python -m proxycheck.report.json > fixtures/report.schema.json"


def test_the_schema_does_not_depend_on_the_versions_of_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older and newer msgspec and Python indent texts, order alternatives and describe keys differently."""
    usual, generate = schema(), msgspec.json.schema

    def older(kind: Any) -> Any:
        return _as_another_version(generate(kind))

    monkeypatch.setattr(msgspec.json, "schema", older)
    assert schema() == usual


def _as_another_version(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_as_another_version(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    other = {key: _as_another_version(value) for key, value in schema.items()}
    if isinstance(other.get("description"), str):
        other["description"] = other["description"].replace("\n", "\n    ").replace("\n    \n", "\n\n")
    if "anyOf" in other:
        other["anyOf"].reverse()
    if "additionalProperties" in other and "propertyNames" not in other:
        other["propertyNames"] = {"enum": ["a"]}
    return other


@pytest.mark.parametrize(
    ("key", "value"), [("verdict", "fine"), ("schema", "proxycheck.report/2"), ("causes", None), ("proxy", [])]
)
@pytest.mark.slow
def test_the_shipped_schema_refuses_what_is_no_report(key: str, value: object) -> None:
    shipped = json.loads((resources.fixtures() / "report.schema.json").read_bytes())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_with(factory.compatible(), **{key: value}), shipped)


def test_every_field_of_the_contract_is_present_even_when_it_is_null() -> None:
    written = _with(factory.port_denied())
    assert set(written) >= {
        *("schema", "tool", "run", "device", "proxy", "verdict", "summary"),
        *("causes", "endpoints", "checks", "evidence"),
    }
    assert set(written["run"]) >= {"id", "started_at", "finished_at", "duration_s", "interrupted", "options"}
    assert set(written["proxy"]) >= {"url", "address", "auth", "products"}
    assert set(written["proxy"]["auth"]) >= {"schemes_offered", "scheme_used", "username"}
    assert set(written["summary"]["endpoints"]) == {"pass", "warn", "fail", "inconclusive", "skipped"}
    assert set(written["causes"][0]) >= {
        *("code", "severity", "confidence", "title", "explanation", "because", "endpoints"),
        *("product", "remedies"),
    }
    assert all({"product", "text", "config"} <= set(each) for each in written["causes"][1]["remedies"])
    for endpoint in written["endpoints"]:
        assert set(endpoint) >= {
            *("id", "host", "port", "scheme", "tier", "function", "any_of", "verdict", "causes", "reason"),
            *("stages", "tls", "reproduce"),
        }
        assert endpoint["any_of"] is None
        assert endpoint["tls"] is None
        assert set(endpoint["stages"][0]) >= {"stage", "outcome", "failure", "duration_s", "at_s"}
    for evidence in written["evidence"]:
        assert set(evidence) >= {
            *("id", "check", "endpoint", "operation", "started_s", "duration_s", "sent", "received"),
            *("ended", "failure"),
        }
    tls = _with(factory.inspected())["endpoints"][0]["tls"]
    assert set(tls) >= {
        *("verdict", "proof", "version", "cipher", "alpn", "issuer", "leaf_sha256", "chain"),
    }


def test_without_a_proxy_the_field_is_null() -> None:
    assert _with(factory.report("compatible", (), with_proxy=False))["proxy"] is None


def test_nothing_in_the_file_can_steer_a_terminal() -> None:
    hostile = "".join(map(chr, range(0x20))) + "\x7f\x80\x9b\x9f\u202e\u2028\u200b\U0001f600\ud800"
    encoded = encode(factory.report("degraded", (factory.endpoint("a", 443, reason=hostile),)))
    assert all(byte == 0x0A or 0x20 <= byte < 0x7F for byte in encoded)
    assert encoded.endswith(b"}\n")
    assert decode(encoded).endpoints[0].reason == hostile.replace("\ud800", "\ufffd")


def test_the_order_is_that_of_the_types_every_time() -> None:
    assert encode(factory.port_denied()) == encode(factory.port_denied())
    assert encode(factory.port_denied()).index(b'"schema"') < encode(factory.port_denied()).index(b'"tool"')


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<html>", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"\x89PNG\r\n\x1a\n", "not text"),
        (b"{}", "no report of proxycheck"),
        (b"[]", "no report of proxycheck"),
        (b"3", "no report of proxycheck"),
        (b'{"schema": 1}', "no report of proxycheck"),
        (
            b'{"schema": "proxycheck.report/9"}',
            "a newer proxycheck wrote this report",
        ),
        (b'{"schema": "proxycheck.report/0"}', "'proxycheck.report/0'; this version reads"),
        (b'{"schema": "proxycheck.report/x"}', "'proxycheck.report/x'; this version reads"),
        (b'{"schema": "proxycheck.report/1", "tool": {"version": "99.1"}}', "proxycheck 99.1 wrote this report"),
        (b'{"schema": "x\\u001b[2J"}', "x\\x1b[2J"),
        (b'{"schema": "proxycheck.report/1"}', "missing required field `tool`"),
        (b'{"schema": "proxycheck.report/1", "x": ' + b"[" * 2_000_000, "nested too deeply"),
    ],
)
def test_what_is_no_report_is_refused_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        decode(data)
    assert said in str(refusal.value)
    assert str(refusal.value).isprintable()


def test_a_report_cut_off_anywhere_is_refused() -> None:
    whole = encode(factory.compatible()).rstrip()
    for end in range(1, len(whole), 97):
        with pytest.raises(ConfigurationError, match=r"ends in the middle|no report|not JSON"):
            decode(whole[:end])


LEAF, ISSUER, ODD = to_pem(b"leaf"), to_pem(b"issuer"), "no certificate"


def _shown(*chains: tuple[str, ...]) -> Report:
    """A report in which these chains were shown."""
    report, known = factory.compatible(), factory.port_denied().evidence[0]
    records = tuple(
        structs.replace(known, id=f"e{number}", tls=TlsEvidence("host.example", chain=chain))
        for number, chain in enumerate(chains)
    )
    return structs.replace(report, evidence=records)


def test_a_certificate_of_many_handshakes_stands_once() -> None:
    report = _shown((LEAF, ISSUER), (ISSUER,), (ODD,))
    written = encode(report)
    found = json.loads(written)
    (leaf, issuer), (again,), odd = (record["tls"]["chain"] for record in found["evidence"])
    assert (again, odd) == (issuer, [ODD])
    assert found["certificates"] == {leaf: LEAF, issuer: ISSUER}
    assert decode(written) == report


def test_a_report_from_before_that_is_read() -> None:
    report = _shown((LEAF, ISSUER), (ISSUER,))
    assert decode(ascii_json(msgspec.to_builtins(report))) == report


@pytest.mark.parametrize("kept", [{"sha256:00": LEAF}, {}])
def test_a_certificate_that_is_named_and_not_there_is_told(kept: dict[str, str]) -> None:
    cut = _with(_shown((LEAF, ISSUER)), certificates=kept)
    with pytest.raises(ConfigurationError, match="names the certificate sha256:"):
        decode(json.dumps(cut).encode())


def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(ConfigurationError, match=f"larger than {MAXIMUM_BYTES >> 20} MB"):
        decode(bytes(MAXIMUM_BYTES + 1))


def test_a_value_that_does_not_fit_is_named_by_its_place() -> None:
    wrong = json.dumps(_with(factory.compatible(), verdict="fine")).encode()
    with pytest.raises(ConfigurationError, match=r"'fine'.*\$\.verdict"):
        decode(wrong)


def test_fields_of_a_later_version_are_ignored() -> None:
    later = json.dumps(_with(factory.compatible(), invented_later={"a": 1})).encode()
    assert decode(later) == factory.compatible()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_what_powershell_makes_of_a_report_is_read(encoding: str) -> None:
    assert decode(encode(factory.compatible()).decode("ascii").encode(encoding)) == factory.compatible()


def test_no_default_is_left_out() -> None:
    """`omit_defaults` on a type of the report would make contract fields vanish."""
    for kind in _structs(Report):
        assert not kind.__struct_config__.omit_defaults, kind


def _structs(kind: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    found: set[type[msgspec.Struct]] = set()
    waiting: list[Any] = [kind]
    while waiting:
        each = waiting.pop()
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            if each not in found:
                found.add(each)
                waiting += [field.type for field in msgspec.structs.fields(each)]
        else:
            waiting += getattr(each, "__args__", ())
    return found


@pytest.mark.parametrize("text", ["\\ud800", "\\\ud800", "\ud800", "\udc80\x7f", "é\U0001f600\\u00e9", '"\x00\n', ""])
def test_the_text_is_ascii_and_comes_back(text: str) -> None:
    """A lone surrogate is no text: it becomes the sign for what is not known. Whatever else stands beside it stays."""
    written = ascii_json({"text": text, text: [{}, [], None, 1.5]})
    assert written.isascii() and b"\x7f" not in written
    wanted = text.replace("\ud800", "\ufffd").replace("\udc80", "\ufffd")
    assert json.loads(written) == {"text": wanted, wanted: [{}, [], None, 1.5]}


def test_a_report_of_the_first_version_is_read() -> None:
    """Whatever was added to the schema since then has a default."""
    written = json.loads(encode(factory.port_denied()))
    for later in ("trust", "pac", "settings", "enter"):
        del written[later]
    for later in ("command", "host", "contacted", "evidence_left_out", "waits_cut_short", "request"):
        del written["run"][later]
    del written["tool"]["fault"]
    read = decode(json.dumps(written).encode())
    assert (read.verdict, read.causes) == ("incompatible", factory.port_denied().causes)


def test_a_report_of_a_later_version_of_this_schema_is_read() -> None:
    """It may say more: what this version does not know is no reason to refuse the rest."""
    written = json.loads(encode(factory.port_denied()))
    written["tool"]["version"], written["weather"], written["run"]["weather"] = "99.0", "rain", "rain"
    assert decode(json.dumps(written).encode()).causes == factory.port_denied().causes
