"""Every format against its product's grammar: over the devices, over generated catalogues, and where products trap."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.catalogue.devices import device_names, load_device
from proxycheck.errors import UsageError
from proxycheck.model.files.allowlist import Entry, FormatName, Hosts, Listing, Purpose
from proxycheck.report.allowlist import WRITERS, listing
from proxycheck.report.allowlist.entries import device_hosts, host_name
from proxycheck.runner.selection import select
from tests.report.allowlist.grammar import EXACT, READERS, SUFFIXES

LISTS = load_allowlists()
FORMS = [pytest.param(*key, id="-".join(key)) for key in READERS]


def _write(hosts: Hosts, name: FormatName, purpose: Purpose) -> Listing:
    return listing(hosts, LISTS.formats[name], purpose)


def _hosts(*entries: Entry) -> Hosts:
    return Hosts("example", "An example", "A guide, 2020", "2020010100", entries)


def _entry(host: str, *ports: int, below: bool = False) -> Entry:
    return Entry(host=host, ports=ports or (443,), tier="required", functions=("Funds",), below=below)


LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
NAMES = st.builds(
    lambda labels, top: ".".join((*labels, top)),
    st.lists(LABELS, min_size=1, max_size=4),
    st.sampled_from(("com", "example", "co.uk", "xn--p1ai")),
)
WRITTEN = st.one_of(NAMES, NAMES.map(str.upper), st.builds("bücher{}.münchen.example".format, st.integers(0, 99)))
PORTS = st.lists(st.sampled_from((80, 443, 5228, 5938, 8443)), min_size=1, max_size=3, unique=True)


@st.composite
def catalogues(draw: st.DrawFn) -> Hosts:
    """Hosts as a device file or a report may hold them, some of them patterns, some of them below a pattern."""
    drawn = draw(st.lists(st.tuples(WRITTEN, PORTS, st.booleans()), max_size=12))
    below = [(f"{draw(LABELS)}.{name}", ports, False) for name, ports, pattern in drawn if pattern]
    named = {(host_name(name), pattern): tuple(sorted(ports)) for name, ports, pattern in (*drawn, *below)}
    entries = [_entry(host, *ports, below=pattern) for (host, pattern), ports in sorted(named.items(), key=str) if host]
    return _hosts(*entries)


def test_every_format_has_a_writer_a_reader_and_a_place_for_each_purpose() -> None:
    assert set(WRITERS) == set(LISTS.formats)
    assert {(name, place.purpose) for name, form in LISTS.formats.items() for place in form.places} == set(READERS)


@pytest.mark.parametrize(("name", "purpose"), FORMS)
@pytest.mark.parametrize("device", device_names())
def test_a_device_is_on_the_list_whole(name: FormatName, purpose: Purpose, device: str) -> None:
    entry = load_device(device)
    hosts = device_hosts(entry, entry.endpoints)
    made = _write(hosts, name, purpose)
    reads = READERS[name, purpose](made.text)
    assert all(reads(endpoint.host) for endpoint in entry.endpoints)
    assert not reads("www.example.org")
    assert (name in EXACT) == any("takes no pattern" in note for note in made.notes)


@settings(max_examples=40, deadline=None)
@given(hosts=catalogues(), other=NAMES)
@pytest.mark.slow
def test_a_list_stands_for_its_hosts_and_no_other(hosts: Hosts, other: str) -> None:
    for name, purpose in READERS:
        made = _write(hosts, name, purpose)
        assert made.text == _write(hosts, name, purpose).text
        reads = READERS[name, purpose](made.text)
        for entry in hosts.entries:
            if entry.below and name in EXACT:
                assert any(entry.name in note for note in made.notes)
            else:
                assert reads(entry.host)
                assert reads(f"any-9.{entry.host}") or not entry.below
        assert not reads(other) or any(_stands(entry, other, name) for entry in hosts.entries)


def _stands(entry: Entry, host: str, name: FormatName) -> bool:
    if entry.host == host:
        return True
    return (entry.below or name in SUFFIXES) and host.endswith(f".{entry.host}")


@pytest.mark.parametrize("device", device_names())
def test_check_takes_the_plain_list(device: str) -> None:
    entry = load_device(device)
    lines = _write(device_hosts(entry, entry.endpoints), "plain", "allow").text.split()
    only = [option for line in lines if not line.startswith("*.") for option in ("--only", line)]
    assert select(entry.endpoints, "optional", only[1::2], ()) == entry.endpoints


def test_no_byte_depends_on_the_process() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-m", "tests.report.allowlist.whole"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).resolve().parents[3],
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]


def test_what_claims_to_be_proved_is() -> None:
    proved = {(name, p.purpose): p.proved for name, form in LISTS.formats.items() for p in form.places if p.proved}
    assert proved == {
        **{("plain", purpose): "check --only of this program" for purpose in get_args(Purpose)},
        **{("csv", purpose): "the csv reader of Python" for purpose in get_args(Purpose)},
        **{("json", purpose): "the json reader of Python" for purpose in get_args(Purpose)},
        **{("squid", purpose): "Squid 5.7" for purpose in get_args(Purpose)},
        ("pac", "allow"): "QuickJS and Duktape (pypac)",
    }, "beside tests/real/test_allowlist.py and test_pac_engines.py nothing shows an engine that takes a list"


@pytest.mark.parametrize(("name", "purpose"), FORMS)
def test_an_empty_list_is_one(name: FormatName, purpose: Purpose) -> None:
    made = _write(_hosts(), name, purpose)
    assert made.entries == 0
    assert not READERS[name, purpose](made.text)("www.example.com")
    assert "acl" not in made.text


@pytest.mark.parametrize(("name", "purpose"), FORMS)
@pytest.mark.slow
def test_ten_thousand_hosts(name: FormatName, purpose: Purpose) -> None:
    entries = [_entry(f"h{number}.d{number % 100}.example", 443) for number in range(10_000)]
    made = _write(_hosts(*entries), name, purpose)
    assert made.entries == 10_000
    limit = LISTS.formats[name].limits.entries
    assert any("divide it" in note for note in made.notes) == (limit is not None and limit < 10_000)


@pytest.mark.parametrize("name", [name for name, form in LISTS.formats.items() if not form.ports and name != "pac"])
def test_ports_that_a_product_cannot_name_are_told(name: FormatName) -> None:
    hosts = _hosts(_entry("a.example.com", 443), _entry("b.example.com", 80, 5228))
    notes = " ".join(_write(hosts, name, LISTS.formats[name].places[0].purpose).notes)
    assert "80 for b.example.com" in notes
    assert "5228 for b.example.com" in notes


@pytest.mark.parametrize(("name", "purpose"), FORMS)
def test_every_host_is_told_with_a_port_that_its_list_does_not_name(name: FormatName, purpose: Purpose) -> None:
    hosts = _hosts(*(_entry(f"h{number}.example.com", 80) for number in range(120)))
    made = _write(hosts, name, purpose)
    if name not in ("plain", "csv", "json", "squid", "pac"):
        assert all(entry.host in " ".join(made.notes) for entry in hosts.entries)
    brief = listing(hosts, LISTS.formats[name], purpose, brief=True)
    assert brief.text == made.text
    assert all(len(note) < 400 for note in brief.notes)
    assert any(note.startswith("The list") and "80 for 120 hosts" in note for note in brief.notes) == any(
        "h0.example.com" in note for note in made.notes
    )


def test_more_hosts_than_a_note_takes_are_counted_and_the_whole_is_named() -> None:
    hosts = _hosts(*(_entry(f"h{number}.example.com", 80) for number in range(501)))
    notes = _write(hosts, "zscaler", "allow").notes
    told = "The list names no ports. Beside 443 open 80 for 501 hosts. --format plain names the ports of every host."
    assert told in notes


def test_squid_gets_no_host_beside_the_pattern_that_swallows_it() -> None:
    hosts = _hosts(
        _entry("teamviewer.com", 80, 443, below=True), _entry("teamviewer.com"), _entry("ping3.teamviewer.com", 443)
    )
    names = re.findall(r"dstdomain (.*)", _write(hosts, "squid", "allow").text)
    assert names == [".teamviewer.com"]


def test_squid_gives_no_host_a_port_of_another() -> None:
    hosts = _hosts(
        _entry("x.example", 80, 443, below=True), _entry("push.x.example", 443, 5228), _entry("b.example", 80)
    )
    text = _write(hosts, "squid", "allow").text
    groups = re.findall(r"dstdomain (.*)\nacl \S+ port (.*)\nhttp_access allow \S+_clients \S+_hosts \S+_ports", text)
    assert groups == [("b.example", "80"), (".x.example", "80 443"), ("push.x.example", "443 5228")]


def test_a_pattern_is_written_as_each_product_means_it() -> None:
    hosts = _hosts(_entry("x.example", below=True))
    shown = {
        (name, purpose): _write(hosts, name, purpose).text.split()
        for name, purpose in READERS
        if name in ("panos-url", "panos-exclusion", "zscaler", "umbrella", "netskope", "aws-nfw", "checkpoint")
    }
    assert shown["panos-url", "allow"] == ["x.example/", "*.x.example/"]
    assert shown["panos-exclusion", "no-inspect"] == ["x.example", "*.x.example", "*.*.x.example"]
    assert shown["zscaler", "allow"] == [".x.example"]
    assert shown["umbrella", "allow"] == ["x.example"]
    assert shown["netskope", "no-inspect"] == ["*.x.example"]
    assert shown["checkpoint", "allow"] == [r"^https?://([^/]+\.)*x\.example/"]


def test_deeper_names_than_a_pattern_reaches_stay_on_the_list() -> None:
    deep = "a.b.c.d.e.f.x.example"
    text = _write(_hosts(_entry("x.example", below=True), _entry(deep)), "zscaler", "allow").text
    assert text.split() == [".x.example", deep]


def test_netskope_names_ports_that_no_browser_would_leave_out() -> None:
    text = _write(_hosts(_entry("a.example", 80, 443, 5228), _entry("b.example", 5938)), "netskope", "allow").text
    assert text.split() == ["a.example", "a.example:5228", "b.example:5938"]


@pytest.mark.parametrize(
    ("name", "purpose"),
    [("pac", "no-inspect"), ("pfsense", "no-inspect"), ("aws-nfw", "no-inspect"), ("panos-exclusion", "allow")],
)
def test_a_purpose_without_a_place_is_refused(name: FormatName, purpose: Purpose) -> None:
    with pytest.raises(UsageError, match=f"{name} has no place for --purpose {purpose}"):
        _write(_hosts(), name, purpose)


@pytest.mark.parametrize(
    "text",
    (
        *("", "localhost", "com", ".com", "192.0.2.1", "::1", "1.2.3.4.5", "a b.example", "a..example", "-a.example"),
        *("x.example\nallow all", "a.example;x", 'a".example', "*.example.com", "a" * 64 + ".example"),
        "é" * 70 + ".example",
    ),
)
def test_what_is_no_host_name_is_on_no_list(text: str) -> None:
    assert host_name(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ES-MAD.TeamViewer.com", "es-mad.teamviewer.com"),
        ("r1---sn-8pgbpohxqp5-auol.gvt1.com", "r1---sn-8pgbpohxqp5-auol.gvt1.com"),
        ("bücher.example.", "xn--bcher-kva.example"),
    ],
)
def test_a_host_name_is_as_dns_has_it(text: str, name: str) -> None:
    assert host_name(text) == name
