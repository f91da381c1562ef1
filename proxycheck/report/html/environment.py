"""The templates, and what stands between hostile text and the page.

Every expression is made `printable` (controls, bidirectional and zero-width characters become visible escapes) and then
escaped for HTML; only what the environment itself calls markup is exempt. A name that is not there is an error.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from proxycheck.model.text import printable
from proxycheck.report.texts import texts

LONGEST = 2000
"""More characters of one expression are never shown."""
_FOLDER = Path(__file__).parent


@cache
def environment() -> Environment:
    """The environment of all templates of the program."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["lines"] = lines
    made.filters["stage_name"] = lambda stage: texts().timeline.stages[stage]
    return made


def asset(name: str) -> Markup:
    """A file of this folder, to stand in the page as it is: ours, and without a closing tag."""
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704  a file of this package


def source_of(content: str) -> str:
    """How a Content-Security-Policy names a style or a script that stands in the page: by its hash."""
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def policy(*, style: str, script: str | None = None) -> str:
    """The Content-Security-Policy of a page that loads nothing: it allows the style, and the script where there is one,
    that stand in the page, by the hashes of their content."""
    sources = [f"style-src {source_of(style)}", *([] if script is None else [f"script-src {source_of(script)}"])]
    return "; ".join(("default-src 'none'", *sources, "base-uri 'none'", "form-action 'none'"))


def lines(text: str) -> Markup:
    """Several lines of text as the content of an element, each made visible and escaped, with their line ends kept.

    Quotes mean something in attributes alone. Here they stay as they are: configuration has many."""
    shown = "\n".join(str(Markup.escape(printable(line.expandtabs(4), LONGEST))) for line in text.splitlines())
    return Markup(shown.replace("&#34;", '"').replace("&#39;", "'"))  # noqa: S704  escaped above


def _visible(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value, LONGEST)
    return value
