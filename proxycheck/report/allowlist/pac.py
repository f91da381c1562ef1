"""A PAC file that sends the hosts of a device to one proxy."""

import json

from proxycheck.report.allowlist.task import Task, Written, uncovered


def script(task: Task) -> Written:
    """JavaScript of 1997, which every engine of a browser or a system still reads."""
    entries = uncovered(task.entries)
    hosts = ",\n".join(f'  "{entry.host}": 1' for entry in entries if not entry.below)
    domains = ", ".join(f'"{entry.host}"' for entry in entries if entry.below)
    text = f"""{task.heading}
var proxy = {json.dumps(f"PROXY {task.proxy}")};
var domains = [{domains}];
var hosts = {{
{hosts}
}};

function FindProxyForURL(url, host) {{
  host = host.toLowerCase();
  if (hosts.hasOwnProperty(host)) return proxy;
  for (var i = 0; i < domains.length; i++) {{
    if (host === domains[i] || host.slice(-domains[i].length - 1) === "." + domains[i]) return proxy;
  }}
  return "DIRECT";
}}
"""
    return Written(text, len(entries))
