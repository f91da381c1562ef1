"""The drawings of the devices: `fixtures/devices/pictures/NAME.svg`, shapes alone, to stand in a page as they are."""

import xml.etree.ElementTree as Xml
from functools import cache
from typing import Final

from proxycheck import resources
from proxycheck.catalogue.tables import read_bytes
from proxycheck.errors import ConfigurationError

_SPACE: Final = "{http://www.w3.org/2000/svg}"
_SHAPES: Final = ("svg", "g", "rect", "circle", "path")
_ATTRIBUTES: Final = ("class", "viewBox", "d", "x", "y", "width", "height", "rx", "cx", "cy", "r")
"""No style and no colour: those are the page's, in light and in dark."""


@cache
def device_picture(name: str) -> str | None:
    """The drawing of the device called `name` as SVG that is hidden from screen readers; None where nobody drew it.

    Raises ConfigurationError for a file that holds anything but shapes."""
    path = resources.fixtures() / "devices" / "pictures" / f"{name}.svg"
    if not path.is_file():
        return None
    try:
        drawn = Xml.fromstring(read_bytes(path))  # noqa: S314  a file of this program
    except Xml.ParseError as error:
        raise ConfigurationError(f"{path} is no drawing: {error}") from error
    for element in drawn.iter():
        if element.tag.removeprefix(_SPACE) not in _SHAPES or set(element.attrib) - set(_ATTRIBUTES):
            raise ConfigurationError(f"{path}: {element.tag.removeprefix(_SPACE)} is no shape without colour and style")
        element.tag = element.tag.removeprefix(_SPACE)
    drawn.attrib |= {"aria-hidden": "true", "focusable": "false"}
    return Xml.tostring(drawn, encoding="unicode")
