"""Debian's Icinga and Nagios run the shipped definitions against a real Squid and show state and performance data."""

import re
from pathlib import Path

import pytest

from proxycheck.resources import fixtures
from tests.real.monitoring.software import PROXYCHECK, needed, sites, started, until
from tests.real.squid import PLAIN_LISTENER, STOCK_RULES, squid
from tests.real.world import World

pytestmark = [pytest.mark.real, pytest.mark.timeout(200)]
SHIPPED = fixtures() / "monitoring"
BLOCKING = squid(PLAIN_LISTENER, STOCK_RULES)
DUE = re.compile(r"required_failed'?=[1-9]\d*;;0;0;\d+")


def program(folder: Path, world: World) -> Path:
    """The command `proxycheck` as the monitoring finds it, with the roots of the private internet."""
    path = folder / "proxycheck"
    told = f"--roots {world.roots} --ct-log-list {world.logs} --no-compare-direct"
    path.write_text(f'#!/bin/sh\nexec {" ".join(PROXYCHECK)} "$@" {told}\n')
    path.chmod(0o755)
    return path


def test_icinga(real_world: World, tmp_path: Path) -> None:
    needed("icinga2")
    for name in ("data", "log", "run", "cache", "spool"):
        (tmp_path / name).mkdir()
    shipped = (SHIPPED / "icinga/proxycheck.conf").read_text()
    told = shipped.replace('"proxycheck", "check"', f'"{program(tmp_path, real_world)}", "check"')
    (tmp_path / "proxycheck.conf").write_text(told.replace("check_interval = 5m", "check_interval = 1s"))
    with sites(real_world, BLOCKING) as (site,):
        host, _, port = site.address.partition(":")
        (tmp_path / "icinga2.conf").write_text(_ICINGA.format(folder=tmp_path, host=host, port=port))
        places = {"Data": "data", "Log": "log", "InitRun": "run", "Cache": "cache", "Spool": "spool"}
        define = [f"-D{name}Dir={tmp_path / folder}" for name, folder in places.items()]
        define += ["-DRunAsUser=root", "-DRunAsGroup=root"]
        command = ("icinga2", "daemon", "-c", str(tmp_path / "icinga2.conf"), *define)
        with started(real_world, tmp_path / "log.txt", *command):
            lines = until(lambda: "".join(path.read_text() for path in tmp_path.glob("service.*")))
    state, output, numbers = re.split("\t", lines)[1:4]
    assert state == "CRITICAL"
    assert output.startswith("PROXYCHECK CRITICAL - ")
    assert "BLOCKER connect.port-denied" in output
    assert DUE.search(numbers)


_ICINGA = """
include <itl>
const NodeName = "test"
object CheckerComponent "checker" {{ }}
library "perfdata"
object PerfdataWriter "perfdata" {{
  host_perfdata_path = "{folder}/host"
  service_perfdata_path = "{folder}/service"
  host_temp_path = "{folder}/hosts.part"
  service_temp_path = "{folder}/services.part"
  service_format_template = "$service.name$\\t$service.state$\\t$service.output$\\t$service.perfdata$"
  rotation_interval = 1s
}}
object CheckCommand "nothing" {{ command = [ "/bin/true" ] }}
object Host "proxy-berlin" {{
  address = "{host}"
  check_command = "nothing"
  vars.proxycheck["SendPro C"] = {{ device = "sendpro-c", port = {port} }}
}}
include "{folder}/proxycheck.conf"
"""


def test_nagios(real_world: World, tmp_path: Path) -> None:
    needed("nagios4")
    (tmp_path / "results").mkdir()
    shipped = (SHIPPED / "nagios/proxycheck.cfg").read_text()
    told = shipped.replace("    proxycheck check", f"    {program(tmp_path, real_world)} check")
    assert told != shipped
    (tmp_path / "proxycheck.cfg").write_text(told)
    with sites(real_world, BLOCKING) as (site,):
        host, _, port = site.address.partition(":")
        (tmp_path / "objects.cfg").write_text(_objects(host, port))
        (tmp_path / "nagios.cfg").write_text(_NAGIOS.replace("FOLDER", str(tmp_path)))
        status = tmp_path / "status.dat"
        with started(real_world, tmp_path / "log.txt", "nagios4", str(tmp_path / "nagios.cfg")):
            shown = until(lambda: status.exists() and "PROXYCHECK" in (text := status.read_text()) and text)
    service = shown.partition("servicestatus {")[2]
    assert "\tcurrent_state=2\n" in service
    assert "\tplugin_output=PROXYCHECK CRITICAL - " in service
    assert "\tlong_plugin_output=BLOCKER connect.port-denied" in service
    performance = re.search(r"\tperformance_data=(.*)", service)
    assert performance is not None
    assert DUE.search(performance[1])


def _objects(host: str, port: str) -> str:
    always = "".join(f"{day} 00:00-24:00\n" for day in _DAYS)
    silent = "".join(f"{kind}_notification_{key}\n" for kind in ("host", "service") for key in _SILENT)
    return f"""
define timeperiod {{
timeperiod_name always
alias always
{always}}}
define command {{
command_name nothing
command_line /bin/true
}}
define contact {{
contact_name nobody
host_notifications_enabled 0
service_notifications_enabled 0
{silent}}}
define host {{
host_name proxy-berlin
address {host}
check_command nothing
max_check_attempts 1
check_period always
contacts nobody
}}
define service {{
host_name proxy-berlin
service_description Proxycheck SendPro C
check_command check_proxycheck!{port}!sendpro-c
check_interval 1
retry_interval 1
max_check_attempts 1
check_period always
contacts nobody
}}
"""


_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_SILENT = ("period always", "commands nothing")
_NAGIOS = """
log_file=FOLDER/nagios.log
cfg_file=FOLDER/objects.cfg
cfg_file=FOLDER/proxycheck.cfg
object_cache_file=FOLDER/objects.cache
precached_object_file=FOLDER/objects.precache
status_file=FOLDER/status.dat
state_retention_file=FOLDER/retention.dat
temp_file=FOLDER/nagios.tmp
temp_path=FOLDER
check_result_path=FOLDER/results
lock_file=FOLDER/nagios.lock
query_socket=FOLDER/nagios.qh
command_file=FOLDER/nagios.cmd
nagios_user=root
nagios_group=root
status_update_interval=1
check_external_commands=0
interval_length=1
"""
