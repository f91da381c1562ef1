"""The ClientHello profiles: what a device, or another kind of client, says first in TLS."""

from functools import cache

from proxycheck.catalogue.toml import load
from proxycheck.errors import ConfigurationError
from proxycheck.model.files.client_hello import HelloProfile
from proxycheck.resources import fixtures


def client_hello_names() -> tuple[str, ...]:
    """The profiles there are, in alphabetical order."""
    return tuple(sorted(path.stem for path in (fixtures() / "client_hellos").glob("*.toml")))


@cache
def load_client_hello(name: str) -> HelloProfile:
    """The profile called `name`, such as `android-7.0`.

    Raises ConfigurationError for a name that is not there and for a file that does not fit."""
    if name not in client_hello_names():
        raise ConfigurationError(
            f"no ClientHello profile is called {name!r}; there are {', '.join(client_hello_names())}"
        )
    profile = load(fixtures() / "client_hellos" / f"{name}.toml", HelloProfile)
    if profile.name != name:
        raise ConfigurationError(f"the ClientHello profile in {name}.toml calls itself {profile.name!r}")
    return profile
