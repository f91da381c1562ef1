"""Debian's Prometheus scrapes the exporter, which tests real Squids of three sites: what goes wrong there fires the
shipped alerts, what is put right ends them, and a refused password is sent once."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxycheck.resources import fixtures
from tests.real.checkrun import basic_token
from tests.real.monitoring.software import (
    EXPORTER,
    PROMETHEUS,
    PROXYCHECK,
    Site,
    firing,
    get,
    needed,
    query,
    sites,
    started,
    until,
)
from tests.real.monitoring.test_shipped_files import dashboard_expressions
from tests.real.scenarios import Login
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, PLAIN_LISTENER, STOCK_RULES, squid, squid_with_users
from tests.real.world import REPOSITORY, World

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

RIGHT, WRONG = Login("meter", "right-and-long"), Login("meter", "wrong-and-long")
PLAIN = squid(PLAIN_LISTENER, ALLOW_ALL)
INSPECTING = squid(INSPECTING_LISTENER, "ssl_bump bump all", ALLOW_ALL)
ASKING = squid_with_users({RIGHT.user: RIGHT.password})
FASTER = {
    r"_interval: 1m": "_interval: 2s",
    r"scrape_timeout: 30s": "scrape_timeout: 2s",
    r"for: [0-9]+m": "for: 4s",
}
"""What a test cannot wait for; all else is as it is shipped."""


def fleet(world: World, folder: Path, found: list[Site], more: str = "") -> Path:
    """The shipped files in `folder`, made faster, for these sites; `more` is a further module's text."""
    shutil.copytree(fixtures() / "monitoring", folder)
    for path in (folder / "prometheus").iterdir():
        text = path.read_text()
        for slow, fast in FASTER.items():
            text = re.sub(slow, fast, text)
        path.write_text(text)
    labels = ["sendpro-c", "asking"]
    entries = (f'- {{targets: ["{s.address}"], labels: {{module: {labels[s.port == 3202]}}}}}\n' for s in found)
    (folder / "prometheus/targets.yml").write_text("".join(entries))
    common = (
        f'device = "sendpro-c"\ntier = "required"\nroots = "{world.roots}"\nct_log_list = "{world.logs}"\n'
        "minimum_interval = 1\ncompare_direct = false\n"
    )
    (folder / "exporter.toml").write_text(f"[modules.sendpro-c]\n{common}[modules.asking]\n{common}{more}")
    return folder


@contextmanager
def watched(world: World, folder: Path) -> Iterator[None]:
    """The exporter and Prometheus, with the files in `folder`."""
    exporter = (*PROXYCHECK, "exporter", "--config", str(folder / "exporter.toml"))
    prometheus = ("prometheus", "--config.file", str(folder / "prometheus/prometheus.yml"))
    where = ("--web.listen-address", PROMETHEUS.partition("://")[2], "--storage.tsdb.path", str(folder / "data"))
    with (
        started(world, folder / "exporter.log", *exporter),
        started(world, folder / "prometheus.log", *prometheus, *where, folder=folder),
    ):
        try:
            yield
        except BaseException:
            print((folder / "exporter.log").read_text(), (folder / "prometheus.log").read_text()[-3000:])  # noqa: T201
            raise


def test_alerts_fire_and_go(real_world: World, tmp_path: Path) -> None:
    needed("prometheus", "promtool", "curl")
    (tmp_path / "password").write_text(f"{RIGHT.password}\n")
    with sites(real_world, PLAIN, ASKING, PLAIN) as (one, two, three):
        module = f'user = "meter"\npassword_file = "{tmp_path}/password"\ntargets = ["{two.address}"]\n'
        folder = fleet(real_world, tmp_path / "fleet", [one, two, three], module)
        with watched(real_world, folder):
            until(lambda: len(query(real_world, 'proxycheck_verdict{verdict="compatible"} == 1')) == 3)
            until(lambda: len(query(real_world, "proxycheck:verdict:rank == 0")) == 3)
            assert firing(real_world) == set()

            one.run(INSPECTING)
            (tmp_path / "password").write_text(f"{WRONG.password}\n")
            three.die()
            due = {
                *((name, one.address) for name in ("ProxycheckInspectionBegan", "ProxycheckVerdictWorse")),
                *((name, one.address) for name in ("ProxycheckIncompatible", "ProxycheckAuthorityChanged")),
                *((name, two.address) for name in ("ProxycheckCredentialsRefused", "ProxycheckIncompatible")),
                *((name, three.address) for name in ("ProxycheckIncompatible", "ProxycheckVerdictWorse")),
            }
            until(lambda: due <= firing(real_world))
            _looks_right(real_world, one, three)
            for _ in range(100):
                told = get(real_world, f"{EXPORTER}/probe", target=two.address, module="asking")
                assert 'proxycheck_probe_state{state="held"} 1' in told
            assert two.requests().count(basic_token(WRONG).decode()) == 1

            one.run(PLAIN)
            (tmp_path / "password").write_text(f"{RIGHT.password}\n")
            three.run(PLAIN)
            until(lambda: not {name for name, _ in firing(real_world)} - {"ProxycheckAuthorityChanged"})
            assert two.requests().count(basic_token(WRONG).decode()) == 1
            changes = query(real_world, f'proxycheck_changed_timestamp_seconds{{instance="{one.address}"}}')
            assert {(each["metric"]["cause"], each["metric"]["change"]) for each in changes} >= {
                ("tls.inspected", "worse"),
                ("tls.inspected", "better"),
            }


def _looks_right(world: World, inspecting: Site, dead: Site) -> None:
    """The metrics pass Prometheus's own lint, the dashboard gets answers, and the page behind it opens."""
    for address, options in ((f"{EXPORTER}/metrics", {}), (f"{EXPORTER}/probe", {"target": inspecting.address})):
        text = get(world, address, **options, **({"module": "sendpro-c"} if options else {}))
        assert not _lint(text)
    unanswered = [expression for expression in dashboard_expressions() if not query(world, expression)]
    assert unanswered == []
    page = get(world, f"{EXPORTER}/report", target=inspecting.address, module="sendpro-c")
    assert "<html" in page
    causes = query(world, f'proxycheck_cause{{instance="{dead.address}"}} == 1')
    assert [each["metric"]["cause"] for each in causes] == ["proxy.refused"]


def _lint(text: str) -> str:
    lint = ["promtool", "check", "metrics"]
    found = subprocess.run(lint, input=text, capture_output=True, text=True, check=False)
    return found.stdout + found.stderr if found.returncode else ""


def test_the_lines_of_the_readme(real_world: World, tmp_path: Path) -> None:
    """From a list of proxies to a firing alert, as the README has it; only names, roots and waiting times differ."""
    needed("prometheus", "curl", "bash")
    readme = (REPOSITORY / "README.md").read_text()
    found = re.search(r"<!-- fleet -->\n```\n(.*?)```\n<!-- /fleet -->", readme, re.DOTALL)
    assert found is not None
    lines = found[1]
    assert len(lines.splitlines()) <= 15
    with sites(real_world, PLAIN, squid(PLAIN_LISTENER, STOCK_RULES)) as (good, bad):
        names = re.findall(r'"([\w.-]+:\d+)"', lines)
        assert len(names) == 2
        for name, site in zip(names, (good, bad), strict=True):
            lines = lines.replace(name, site.address)
        here = f'roots = "{real_world.roots}"\\nct_log_list = "{real_world.logs}"\\ncompare_direct = false'
        changes = [f"sed -i 's|^tier = .*|{here}|' exporter.toml"]
        changes += [f"sed -Ei 's|{slow}|{fast}|' prometheus/*.yml" for slow, fast in FASTER.items()]
        command = " ".join(PROXYCHECK)
        first, rest = lines.split("\n", 1)
        script = "\n".join((f'proxycheck() {{ {command} "$@"; }}', first, *changes, rest, "wait", ""))
        with started(real_world, tmp_path / "log", "bash", "-euc", script, folder=tmp_path):
            until(lambda: ("ProxycheckIncompatible", bad.address) in firing(real_world))
            assert ("ProxycheckIncompatible", good.address) not in firing(real_world)
