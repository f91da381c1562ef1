"""Each device has a drawing of its own, which can do nothing in a page but be seen."""

from pathlib import Path

import pytest

from proxycheck import resources
from proxycheck.catalogue.devices import device_names, profile_names
from proxycheck.catalogue.pictures import device_picture
from proxycheck.errors import ConfigurationError


def test_each_device_has_a_drawing_and_no_two_the_same() -> None:
    drawings = {name: device_picture(name) for name in (*device_names(), *profile_names())}
    assert [name for name, drawing in drawings.items() if drawing is None] == [], "draw these"
    assert len({*drawings.values()}) == len(drawings)
    assert all(str(drawing).startswith('<svg viewBox="') for drawing in drawings.values())
    assert device_picture("my-device") is None


@pytest.mark.parametrize(
    "drawn",
    [
        "<svg><script>alert(1)</script></svg>",
        '<svg><rect style="fill: red"/></svg>',
        '<svg onload="alert(1)"/>',
        '<svg><a href="https://evil.example/"/></svg>',
        "<svg>",
    ],
)
def test_what_is_more_than_shapes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: str) -> None:
    folder = tmp_path / "devices" / "pictures"
    folder.mkdir(parents=True)
    (folder / "mine.svg").write_text(drawn, encoding="utf-8")
    monkeypatch.setattr(resources, "fixtures", lambda: tmp_path)
    device_picture.cache_clear()
    with pytest.raises(ConfigurationError, match=r"mine\.svg"):
        device_picture("mine")
