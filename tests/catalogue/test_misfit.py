"""A file that does not fit its type: file, key and what was expected are named, however deep the key stands."""

from pathlib import Path

import pytest
from msgspec import Struct

from proxycheck.catalogue.toml import load
from proxycheck.errors import ConfigurationError


class Inner(Struct, forbid_unknown_fields=True):
    """What stands in a table of the file."""

    seconds: float = 1.0
    names: tuple[str, ...] = ()


class Outer(Struct, forbid_unknown_fields=True):
    """A file."""

    title: str | None = None
    modules: dict[str, Inner] = {}
    list: tuple[Inner, ...] = ()
    one: Inner | None = None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tite = 1", "the key tite is unknown; the keys there are: title, modules, list, one"),
        ("[modules.a]\n[modules.b]\nsecond = 1", "modules.b.second is unknown; the keys there are: seconds, names"),
        ("[[list]]\n[[list]]\nsecond = 1", "list[1].second is unknown; the keys there are: seconds, names"),
        ("[one]\nsecond = 1", "one.second is unknown; the keys there are: seconds, names"),
        ("[modules.a]\n[modules.b]\nseconds = 'x'", "Expected `float`, got `str` - at modules.b.seconds"),
        ("[[list]]\nnames = ['x', 1]", "Expected `str`, got `int` - at list[0].names[1]"),
        ("title = 1", "Expected `str | null`, got `int` - at title"),
        ("modules = 1", "Expected `object`, got `int` - at modules"),
        ("[one]\nnames = []\nnames = []", "the key names stands there twice; once was expected"),
        ("title = 'x'\ntitle = 'y'\n[one]\n", "the key title stands there twice; once was expected"),
        ("[one]\n[one]", "('one',) twice"),
    ],
)
def test_file_key_and_expectation_are_named(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file, Outer)
    assert str(file) in str(caught.value)
    assert told in str(caught.value)
