"""`fixtures/allowlists.toml`: read strictly, and whole."""

from pathlib import Path

import pytest

from proxycheck import resources
from proxycheck.catalogue.allowlists import load_allowlists, read_allowlists
from proxycheck.errors import ConfigurationError

TEXT = (resources.fixtures() / "allowlists.toml").read_text(encoding="utf-8")


def test_a_host_that_a_report_found_blocked_or_inspected_is_on_one_of_the_lists() -> None:
    answers = load_allowlists().answers
    assert {"connect.host-denied", "connect.port-denied", "http.block-page"} <= answers["allow"]
    assert {"tls.inspected", "tunnel.tls-only"} <= answers["no-inspect"]
    assert "tls.inspected" not in answers["allow"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('name = "zscaler"', 'name = "zscaled"', "zscaled"),
        ('name = "zscaler"', 'name = "umbrella"', r"one \[\[format\]\] for zscaler, got 0"),
        ('purpose = "no-inspect"\ncauses', 'purpose = "allow"\ncauses', r"one \[\[answer\]\] for allow, got 2"),
        ('kind = "content"', 'kind = "login"', r"one \[\[exemption\]\] for login, got 2"),
        ('["http.altered", "http.cached"]', '["http.altered", "connect.reset"]', r"content has an \[\[answer\]\] too"),
        ('title = "pfSense"', 'title = "pfSense"\nwildcards = true', "wildcards"),
        ('"tls.diverted", "tunnel.tls-only"', '"tls.diverted", "tunnel.tls"', "tunnel.tls"),
        ("limits = { entries = 1000 }", 'limits = { entries = "many" }', "entries"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in TEXT
    file = tmp_path / "allowlists.toml"
    file.write_text(TEXT.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told) as error:
        read_allowlists(file)
    assert str(file) in str(error.value)


def test_a_format_without_a_place_is_refused(tmp_path: Path) -> None:
    start = TEXT.index("places = [", TEXT.index('name = "pfsense"'))
    end = TEXT.index("\n]", start) + 2
    file = tmp_path / "allowlists.toml"
    file.write_text(f"{TEXT[:start]}places = []{TEXT[end:]}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="pfsense needs one place"):
        read_allowlists(file)
