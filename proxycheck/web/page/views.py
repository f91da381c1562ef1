"""The pages: each template with what it gets, and the files of a result."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup

from proxycheck.catalogue.devices import device_names, load_device, profile_names
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.catalogue.pictures import device_picture
from proxycheck.catalogue.scenarios import load_scenario, scenario_names, speaks_of
from proxycheck.checks.authentication.credentials import refused_logins
from proxycheck.model.device import Device
from proxycheck.model.files.scenario import Scenario
from proxycheck.model.report import Report
from proxycheck.model.target import Credentials, Probes
from proxycheck.model.text import counted
from proxycheck.report import comparison as compared
from proxycheck.report.bundle import bundle
from proxycheck.report.html.environment import asset, environment, source_of
from proxycheck.report.html.page import page, parts
from proxycheck.report.json import encode
from proxycheck.report.markdown import markdown
from proxycheck.report.mask.report import masked
from proxycheck.report.reading.comparison import compare
from proxycheck.report.texts import texts
from proxycheck.routes.system.proxy_text import without_secrets
from proxycheck.routes.system.settings import SystemSettings, distinct_proxies
from proxycheck.web.page.form import Filled
from proxycheck.web.page.lab import Played
from proxycheck.web.page.runs import PageRun
from proxycheck.web.page.sent import LARGEST_FILE

_FOLDER = Path(__file__).parent / "templates"
FILES = {
    "report.html": "text/html; charset=utf-8",
    "report.md": "text/markdown; charset=utf-8",
    "report.json": "application/json",
    "bundle.zip": "application/zip",
}
"""What a result can be taken away as, and the media type of each."""


@cache
def _templates() -> Environment:
    """The templates of the report, with those of this page beside them."""
    reports = environment()
    assert reports.loader is not None  # noqa: S101  the environment has one: for the types alone
    made = reports.overlay(loader=ChoiceLoader([FileSystemLoader(_FOLDER, encoding="utf-8"), reports.loader]))
    made.filters = {**reports.filters, "without_secrets": without_secrets}
    return made


def _shown(name: str, **given: object) -> bytes:
    page = _templates().get_template(name).render(**{"t": texts(), "counted": counted, **given})
    return page.encode("utf-8", "backslashreplace")


@cache
def _style() -> Markup:
    return asset("style.css") + Markup((_FOLDER / "live.css").read_text(encoding="utf-8"))  # noqa: S704  ours


def style() -> bytes:
    """The style sheet: that of the report, and what this page adds."""
    return _style().encode()


def style_source() -> str:
    """How a Content-Security-Policy names the style sheet where it stands in a page."""
    return source_of(_style())


def script() -> bytes:
    """The script: that of the report, and what this page adds."""
    return (asset("page.js") + Markup((_FOLDER / "live.js").read_text(encoding="utf-8"))).encode()  # noqa: S704  ours


def picture(device: Device) -> Markup:
    """The drawing of a device; nothing where nobody drew it."""
    return Markup(device_picture(device.name) or "")  # noqa: S704  ours, and shapes alone


@cache
def listed_devices() -> tuple[Device, ...]:
    """The devices of the catalogue."""
    return tuple(load_device(name) for name in (*device_names(), *profile_names()))


def pac_addresses(found: Sequence[SystemSettings]) -> tuple[str, ...]:
    """The PAC files that this computer uses, each once."""
    return tuple(dict.fromkeys(place.pac_url for place in found if place.pac_url))


def start_page(
    form: Filled, error: str, runs: Sequence[PageRun], found: Sequence[SystemSettings], *, lab: bool = False
) -> bytes:
    """The form, with what is wrong about it where something is, and the proxies that this computer uses; with `lab` it
    leads to the page of the simulated ones."""
    devices = [(device, picture(device)) for device in listed_devices()]
    most = refused_logins(Credentials("user", "password"), Probes())
    return _shown(
        "start.html.jinja",
        form=form,
        error=error,
        runs=runs,
        devices=devices,
        proxies=distinct_proxies(found),
        pacs=pac_addresses(found),
        most=most,
        largest=LARGEST_FILE,
        lab=lab,
    )


def running_page(run: PageRun) -> bytes:
    """A run under way."""
    return _shown("running.html.jinja", run=run, state=run.state(), picture=picture(run.device))


def failed_page(run: PageRun, runs: Sequence[PageRun]) -> bytes:
    """A run that ended without a report."""
    return _shown("failed.html.jinja", run=run, runs=runs)


def result_page(run: PageRun, report: Report, before: Report | None, runs: Sequence[PageRun]) -> bytes:
    """The report, with what changed since the run before."""
    found = None if before is None else compare(before, report)
    return _shown(
        "result.html.jinja",
        **parts(report),
        run=run,
        runs=runs,
        comparison=found,
        changes=None if found is None else compared.in_order(found.functions),
        sentence=None if found is None else compared.sentence(found),
    )


@cache
def scenarios() -> tuple[tuple[str, Scenario], ...]:
    """The library of the lab, by name."""
    return tuple((name, load_scenario(name)) for name in scenario_names())


def lab_page(played: Played | None, searched: str, error: str) -> bytes:
    """The simulated proxy that is played, and what can be."""
    known = scenarios()
    found = [(name, scenario) for name, scenario in known if speaks_of(name, scenario, searched)]
    return _shown("lab.html.jinja", played=played, searched=searched, error=error, found=found, total=len(known))


def ended_page() -> bytes:
    """The last page."""
    return _shown("ended.html.jinja", style=_style())


def file_of(run: PageRun, report: Report, name: str, *, mask: bool) -> bytes:
    """The file `name` of `FILES`; with `mask` the company's names and addresses are replaced."""
    shown = masked(report, run.device, load_knowledge()) if mask else report
    if name == "bundle.zip":
        return bundle(shown, masked=mask)
    return {"report.html": page, "report.md": markdown, "report.json": encode}[name](shown)
