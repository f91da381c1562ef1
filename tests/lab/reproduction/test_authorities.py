"""Names of authorities, as reports tell them and as the lab can issue certificates under them."""

import warnings

import pytest
from cryptography import x509

from proxycheck.lab.reproduction.authorities import writable


@pytest.mark.parametrize("name", ["CN=Example Proxy CA,O=Example Customer Ltd,C=GB", f"CN={'n' * 64}"])
def test_what_can_be_issued_stays(name: str) -> None:
    assert writable(name) == name


@pytest.mark.parametrize("name", [f"CN={'n' * 65}", "CN=", "C=Germany", "no name at all", "", "CN=a\\"])
def test_what_cannot_is_told(name: str) -> None:
    assert writable(name) == "CN=An authority whose name cannot be written"


def test_what_the_lab_warns_of_meanwhile_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters of warnings belong to the whole process: simulated proxies play in other threads of it."""
    read = x509.Name.from_rfc4514_string

    def beside(name: str) -> x509.Name:
        warnings.warn("of another thread", DeprecationWarning, stacklevel=1)
        return read(name)

    monkeypatch.setattr(x509.Name, "from_rfc4514_string", beside)
    assert writable("CN=Example") == "CN=Example"
