"""What mitmproxy's libraries warn of, in the lab's own threads, fails no test that happens to run meanwhile."""

import warnings
from itertools import accumulate

import pytest
from _pytest.config import parse_warning_filter

_OF_MITMPROXY = "Passing pyOpenSSL X509 objects is deprecated. You should use a cryptography.x509.Certificate instead."


def test_no_moment_makes_an_error_of_it(pytestconfig: pytest.Config) -> None:
    """pytest sets the filters one after the other, and a thread may warn between any two of them."""
    filters: list[str] = pytestconfig.getini("filterwarnings")
    assert filters
    for so_far in accumulate([each] for each in filters):
        with warnings.catch_warnings(record=True):
            warnings.resetwarnings()
            for each in so_far:
                warnings.filterwarnings(*parse_warning_filter(each, escape=False))
            warnings.warn(_OF_MITMPROXY, DeprecationWarning, stacklevel=1)


def test_all_other_warnings_are_errors() -> None:
    with pytest.raises(DeprecationWarning, match="another"):
        warnings.warn("another", DeprecationWarning, stacklevel=1)
