"""The words of pages and reports that belong to no cause and to no device, read once."""

from functools import cache

from proxycheck import resources
from proxycheck.catalogue.page_texts import read_texts
from proxycheck.model.files.page_texts import Texts


@cache
def texts() -> Texts:
    """The English texts. Raises ConfigurationError where the file is missing or malformed."""
    return read_texts(resources.fixtures() / "texts" / "english.toml")
