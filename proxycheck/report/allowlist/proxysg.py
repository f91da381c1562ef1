"""Blue Coat ProxySG: a category of the local database, or rules of the policy language."""

from proxycheck.report.allowlist.task import Task, Written, uncovered


def configuration(task: Task) -> Written:
    """To allow, a category; to leave TLS alone, rules that open a tunnel without looking for TLS in it.

    An entry stands for its domain and every name below in both."""
    names = list(dict.fromkeys(entry.host for entry in uncovered(task.entries)))
    if not names:
        return Written("", 0)
    if task.purpose == "allow":
        lines = [f"define category {task.name}", *names, "end"]
    else:
        lines = ["<Proxy>", *(f"    url.domain={name} detect_protocol(none) ALLOW" for name in names)]
    return Written("".join(f"{line}\n" for line in lines), len(names))
