"""What a run says that it contacted."""

from proxycheck.catalogue.devices import load_device
from proxycheck.model.evidence import Evidence
from proxycheck.model.report import Contact
from proxycheck.runner.contacts import contacts


def _asked(proxy: str, endpoint: str, *, reached: bool = True) -> Evidence:
    sent = f"CONNECT {endpoint} HTTP/1.1\r\n\r\n" if reached else ""
    return Evidence("e1", "pac", "pac_proxy", endpoint, 0.0, 0.1, sent, "", "closed", variant=proxy)


def test_the_host_that_a_proxy_of_a_pac_file_was_asked_for_was_contacted_as_well() -> None:
    device = load_device("sendpro-c")
    first, second = device.endpoints[:2]
    evidence = (_asked("gw.example:8080", first.id), _asked("other.example:3128", first.id))
    found = contacts(device, [each.id for each in (first, second)], None, evidence)
    assert found == (
        Contact("gw.example", 8080, "a proxy that the PAC file names"),
        Contact(first.host, first.port, None),
        Contact("other.example", 3128, "a proxy that the PAC file names"),
    )


def test_a_host_added_by_hand_that_such_a_proxy_was_asked_for_is_told_as_added() -> None:
    device = load_device("sendpro-c")
    found = contacts(device, ["mine.example:443"], None, (_asked("gw.example:8080", "mine.example:443"),))
    assert found[1:] == (Contact("mine.example", 443, "added by hand"),)


def test_of_a_proxy_that_was_not_reached_nothing_was_asked() -> None:
    device = load_device("sendpro-c")
    host = device.endpoints[0]
    (found,) = contacts(device, [host.id], None, (_asked("gw.example:8080", host.id, reached=False),))
    assert found.host == "gw.example"
