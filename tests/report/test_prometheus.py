"""Metrics: read by Prometheus's own parser, with the names of the contract, and nothing that belongs to somebody."""

import pytest
from msgspec import structs
from prometheus_client.parser import text_string_to_metric_families

from proxycheck.model.report import Report
from proxycheck.report.monitoring.exposition import Family, Sample, write_exposition
from proxycheck.report.monitoring.prometheus import report_families, textfile
from tests.report import factory

Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Values:
    """Every value by name and labels; two under the same ones are an error."""
    found: Values = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found
            found[key] = sample.value
    return found


def values(report: Report) -> Values:
    """What the exporter says of a report."""
    return read(write_exposition(report_families(report)))


def test_the_verdict_is_one_of_four() -> None:
    found = values(factory.port_denied())
    verdicts = {labels: value for (name, labels), value in found.items() if name == "proxycheck_verdict"}
    assert verdicts == {
        (("verdict", "compatible"),): 0,
        (("verdict", "degraded"),): 0,
        (("verdict", "incompatible"),): 1,
        (("verdict", "inconclusive"),): 0,
    }
    assert found["probe_success", ()] == 0
    assert values(factory.compatible())["probe_success", ()] == 1
    assert found["probe_duration_seconds", ()] == pytest.approx(3.42)
    assert found["proxycheck_last_run_timestamp_seconds", ()] == 1767225603
    assert found["proxycheck_cause", (("cause", "connect.port-denied"), ("severity", "blocker"))] == 1


@pytest.mark.parametrize(("verdict", "value"), [("degraded", 1), ("inconclusive", 0)])
def test_what_cannot_be_told_is_no_success(verdict: str, value: int) -> None:
    report = structs.replace(factory.compatible(), verdict=verdict)
    assert values(report)["probe_success", ()] == value


def test_an_endpoint_without_a_measurement_has_no_value() -> None:
    found = values(factory.compatible())
    hosts = {dict(labels)["host"] for (name, labels) in found if name == "proxycheck_endpoint_success"}
    assert "distservp1.pb.com" in hosts
    assert "router3.teamviewer.com" not in hosts
    assert found["proxycheck_endpoints", (("state", "skipped"), ("tier", "recommended"))] == 1
    failed = values(factory.port_denied())
    assert (
        failed[
            "proxycheck_endpoint_success",
            (("host", "r1---sn-8pgbpohxqp5-auol.gvt1.com"), ("port", "443"), ("tier", "optional")),
        ]
        == 0
    )


@pytest.mark.parametrize(("proved", "value"), [(True, 1), (False, 0), (None, 1)])
def test_a_warning_without_proof_is_no_success(value: int, *, proved: bool | None) -> None:
    warned = structs.replace(factory.endpoint("viewer.example", 5938, "warn"), proved=proved)
    labels = (("host", "viewer.example"), ("port", "5938"), ("tier", "required"))
    assert values(factory.report("compatible", (warned,)))["proxycheck_endpoint_success", labels] == value


def test_functions_by_how_much_of_them_works() -> None:
    found = values(factory.port_denied())
    ratios = {dict(labels)["function"]: value for (name, labels), value in found.items() if name.endswith("_ratio")}
    assert ratios["Funds (Funds Management & Refills)"] == 1
    assert ratios["Distributor"] == 0.5
    assert ratios["Online Help"] == 0


def test_inspection_and_its_authority() -> None:
    where = (("host", "distservp1.pb.com"), ("port", "443"))
    found = values(factory.inspected())
    assert found["proxycheck_endpoint_inspected", where] == 1
    number = found["proxycheck_endpoint_authority", where]
    assert number == int(number) < 2**48
    assert "ACME" not in write_exposition(report_families(factory.inspected()))
    assert not [name for name, _ in values(factory.compatible()) if name == "proxycheck_endpoint_inspected"]


def test_a_renewed_certificate_of_one_organisation_is_no_change() -> None:
    def number(issuer: str) -> float:
        report = factory.inspected()
        first = report.endpoints[0]
        assert first.tls is not None
        endpoints = (structs.replace(first, tls=structs.replace(first.tls, issuer=issuer)),)
        found = values(structs.replace(report, endpoints=endpoints))
        return next(value for (name, _), value in found.items() if name == "proxycheck_endpoint_authority")

    assert number("CN=R10,O=Let's Encrypt,C=US") == number("CN=R11,O=Let's Encrypt,C=US")
    assert number("CN=R10,O=Let's Encrypt,C=US") != number("CN=ACME Web Gateway CA")


def test_a_textfile_says_which_proxy_and_device() -> None:
    found = read(textfile(factory.compatible()))
    assert all({"proxy", "device"} <= {label for label, _ in labels} for _, labels in found)
    assert found["probe_success", (("device", "sendpro-c"), ("proxy", "10.0.0.1:3128"))] == 1
    direct = read(textfile(factory.report("compatible", (), with_proxy=False)))
    assert ("probe_success", (("device", "sendpro-c"), ("proxy", "direct"))) in direct


def test_labels_are_escaped() -> None:
    text = write_exposition([Family("name", "one\ntwo \\", (Sample(0.25, (("label", 'a"b\\c\nd'),)),))])
    assert text == '# HELP name one\\ntwo \\\\\n# TYPE name gauge\nname{label="a\\"b\\\\c\\nd"} 0.25\n'
    assert read(text) == {("name", (("label", 'a"b\\c\nd'),)): 0.25}


def test_a_user_name_is_nowhere() -> None:
    assert "alice" not in textfile(factory.compatible())
