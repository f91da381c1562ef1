"""JUnit XML for build servers. Of a report the device is the suite, each endpoint a case, its cause the failure; of
rehearsals each scenario is a case.

What was not measured is skipped, what could not be decided is an error, so neither ever looks like a pass. An
alternative that is not needed is skipped as well. Characters that XML cannot hold are shown as escapes.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree as ET

from proxycheck.model.cause import CauseCode
from proxycheck.model.files.scenario import ScenarioOutcome
from proxycheck.model.report import EndpointReport, Report
from proxycheck.model.text import printable
from proxycheck.report.reading.causes import reasons
from proxycheck.report.reading.headline import headline
from proxycheck.report.reading.needs import Need, needs
from proxycheck.report.reading.proxy import proxy_url

_LONGEST = 2000
NAME = "proxycheck"


def junit(report: Report) -> bytes:
    """The XML, UTF-8."""
    cases = [*_endpoints(report), *_checks(report)]
    root = ET.Element("testsuites", name=NAME)
    suite = ET.SubElement(
        root,
        "testsuite",
        name=_text(report.device.title),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        time=f"{report.run.duration_s:.3f}",
        timestamp=_text(report.run.started_at.removesuffix("Z")),
        hostname=_text(report.run.host or ""),
    )
    line = headline(report)
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("verdict", report.verdict),
        ("headline", f"{line.label}: {line.sentence}"),
        ("proxy", proxy_url(report) or ""),
        ("run", report.run.id),
        ("version", report.tool.version),
        ("guide", report.device.document),
    ):
        ET.SubElement(properties, "property", name=name, value=_text(value))
    suite.extend(cases)
    return _written(root)


def rehearsals_junit(outcomes: Sequence[ScenarioOutcome]) -> bytes:
    """How scenarios were rehearsed, UTF-8: verdict and causes of each are properties and output of its case, an
    expectation that does not hold is the failure."""
    root = ET.Element("testsuites", name=NAME)
    suite = ET.SubElement(
        root,
        "testsuite",
        name=f"{NAME} lab check",
        tests=str(len(outcomes)),
        failures=str(sum(not outcome.holds for outcome in outcomes)),
        errors="0",
        skipped="0",
        time=f"{sum(outcome.duration_s for outcome in outcomes):.3f}",
    )
    suite.extend(map(_rehearsal, outcomes))
    return _written(root)


def _rehearsal(outcome: ScenarioOutcome) -> ET.Element:
    case = ET.Element(
        "testcase", name=_text(outcome.name), classname=f"{NAME}.scenarios", time=f"{outcome.duration_s:.3f}"
    )
    causes = ", ".join(outcome.causes)
    properties = ET.SubElement(case, "properties")
    for name, value in (("title", outcome.title), ("verdict", outcome.verdict), ("causes", causes)):
        ET.SubElement(properties, "property", name=name, value=_text(value))
    if not outcome.holds:
        failure = ET.SubElement(case, "failure", type="expectation", message=_text("; ".join(outcome.differences)))
        failure.text = "\n".join(map(_text, outcome.differences))
    ET.SubElement(case, "system-out").text = f"{outcome.verdict}: {_text(causes) or 'no cause'}"
    return case


def _written(root: ET.Element) -> bytes:
    written = io.BytesIO()
    ET.indent(root)
    ET.ElementTree(root).write(written, encoding="utf-8", xml_declaration=True)
    return written.getvalue() + b"\n"


def _endpoints(report: Report) -> Iterator[ET.Element]:
    titles = {reason.cause.code: reason.title for reason in reasons(report)}
    for need in needs(report):
        for endpoint in need.members:
            yield _case(report, need, endpoint, titles)


def _case(report: Report, need: Need, endpoint: EndpointReport, titles: Mapping[CauseCode, str]) -> ET.Element:
    seconds = sum(stage.duration_s or 0.0 for stage in endpoint.stages)
    classname = f"{NAME}.{report.device.name}.{endpoint.tier}"
    case = ET.Element("testcase", name=_text(endpoint.id), classname=_text(classname), time=f"{seconds:.3f}")
    if endpoint is not need.shown and need.state == "works":
        if endpoint.verdict != "pass":
            ET.SubElement(case, "skipped", message=_text(endpoint.reason))
    elif need.state == "fails":
        message = titles.get(endpoint.causes[0], endpoint.reason) if endpoint.causes else endpoint.reason
        failure = ET.SubElement(case, "failure", type=_kind(endpoint, "unexplained"), message=_text(message))
        failure.text = _text("; ".join([endpoint.reason, *endpoint.causes]))
    elif endpoint.verdict == "skipped":
        ET.SubElement(case, "skipped", message=_text(endpoint.reason))
    elif need.state == "unknown":
        ET.SubElement(case, "error", type=_kind(endpoint, "inconclusive"), message=_text(endpoint.reason))
    return case


def _kind(endpoint: EndpointReport, without: str) -> str:
    return endpoint.causes[0] if endpoint.causes else without


def _checks(report: Report) -> Iterator[ET.Element]:
    """Causes about the whole set-up, which no endpoint tells."""
    for reason in reasons(report):
        if reason.cause.endpoints or reason.cause.severity == "info":
            continue
        case = ET.Element("testcase", name=_text(reason.title), classname=f"{NAME}.{_text(report.device.name)}.setup")
        failure = ET.SubElement(case, "failure", type=reason.cause.code, message=_text(reason.title))
        failure.text = _text("; ".join(reason.seen))
        yield case


def _text(text: str) -> str:
    return printable(text, _LONGEST)
