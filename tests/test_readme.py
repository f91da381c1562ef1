"""The README cannot lie: what it shows of the program is compared with the program.

`PROXYCHECK_WRITE_README=1 python -m pytest tests/test_readme.py` writes the sections anew."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.checks import CHECKS
from proxycheck.model.files.allowlist import Purpose
from proxycheck.model.questions import QUESTIONS

README = Path(__file__).resolve().parents[1] / "README.md"


def _help() -> str:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    command = [sys.executable, "-m", "proxycheck", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=README.parent)
    return f"```\n{shown.stdout.strip()}\n```"


def _checks() -> str:
    rows = [f"| `{check.id}` | {QUESTIONS[check.id].text} |" for check in CHECKS]
    return "\n".join(["| Check | The question |", "|---|---|", *rows])


def _allowlists() -> str:
    """Product by purpose: the engine that was run with an exported list, or that there was none to run."""
    rows = []
    for form in load_allowlists().formats.values():
        places = {place.purpose: place.proved or "after its documentation" for place in form.places}
        cells = (places.get(purpose, "has no such list") for purpose in get_args(Purpose))
        rows.append(f"| `{form.name}` | {form.title} | {' | '.join(cells)} |")
    return "\n".join(
        ["| `--format` | Product | To reach the hosts | To leave their TLS alone |", "|---|---|---|---|", *rows]
    )


def _remedies() -> str:
    """How many remedies of each engine were made on it; the products without an engine in one line."""
    products = load_knowledge().products
    engines = [product for product in products if any(remedy.proved for remedy in product.remedies)]
    rows = []
    for product in engines:
        proved = [remedy for remedy in product.remedies if remedy.proved]
        causes = ", ".join(f"`{code}`" for code in dict.fromkeys(remedy.cause for remedy in proved))
        rows.append(f"| {proved[0].proved} | {len(proved)} of {len(product.remedies)} | {causes} |")
    rest = [remedy for product in products if product not in engines for remedy in product.remedies]
    table = "\n".join(["| Engine | Proved | For these causes |", "|---|---:|---|", *rows])
    return f"{table}\n\nThe other {len(rest)} remedies, for products that cannot be had here, are documented."


MOST_WORDS = 1500
"""Above the rule, where everybody reads; below it stands what few look for."""
SECTIONS = {"help": _help, "checks": _checks, "allowlists": _allowlists, "remedies": _remedies}


@pytest.mark.parametrize("name", SECTIONS)
def test_the_section_is_what_the_program_says(name: str) -> None:
    text = README.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {name} -->\n)(.*?)(\n?<!-- /{name} -->)", re.DOTALL)
    due = SECTIONS[name]()
    if os.environ.get("PROXYCHECK_WRITE_README") == "1":
        README.write_text(pattern.sub(lambda found: f"{found[1]}{due}\n<!-- /{name} -->", text), encoding="utf-8")
        return
    found = pattern.search(text)
    assert found is not None, f"the section {name} is missing"
    assert found[2].strip() == due


def test_what_everybody_reads_is_short() -> None:
    above = README.read_text(encoding="utf-8").partition("\n---\n")[0]
    assert len(above.split()) <= MOST_WORDS
