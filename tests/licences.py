"""The licences of all that the lock brings, as pip-licenses reads them: `python -m tests.licences` writes docs/licences.md."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
# licences beside which the whole may be given away under BSD-3-Clause: permissive ones, and weak copyleft on libraries that are taken as they are
COMPATIBLE = {
    *("0BSD", "3-clause BSD", "BSD", "BDS-3", "BSD 3-Clause", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0"),
    *("MIT", "MIT License", "MIT-CMU", "ISC License (ISCL)", "Zlib", "Public Domain"),
    *("Apache 2.0", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Apache Software License"),
    *("PSF-2.0", "Python Software Foundation License"),
    *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "LGPL-3.0-or-later"),
}
APART = {"docutils": "GNU General Public License (GPL)"}  # of its mode for Emacs, which its wheel does not carry
HEAD = """# Licences

caloriq is under [BSD-3-Clause](../LICENSE). These are the licences of all packages in
`requirements.lock`, as the packages state them; the page is written by `make sbom`, which also lists the packages with
versions and hashes in `build/sbom.json` (CycloneDX). Packages that only other systems need are in that list alone.
A test refuses what caloriq brings along under an unknown licence, or one that does not go with its own.

"""


def brought(package: str = "caloriq") -> set[str]:
    """Names of all packages that a package brings along on this system, with all of its extras."""
    extras = distribution(package).metadata.get_all("Provides-Extra") or []
    seen, left = set(), [(package, extra) for extra in ("", *extras)]
    while left:
        name, extra = left.pop()
        if (name, extra) in seen or not _is_here(name):
            continue
        seen.add((name, extra))
        for requirement in map(Requirement, requires(name) or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                left += [(canonicalize_name(requirement.name), wanted) for wanted in ("", *requirement.extras)]
    return {name for name, _ in seen} - {package}


def _is_here(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False  # the lock leaves out what only another system needs
    return True


def is_compatible(package: str, licence: str) -> bool:
    """Whether each licence that holds for a part is compatible, or one of those to choose from."""
    parts = [part for part in re.split(r"; | AND ", licence) if part != APART.get(package)]
    return all(COMPATIBLE.intersection(re.sub(r"^\((.*)\)$", r"\1", part).split(" OR ")) for part in parts)


def listed(*options: str) -> str:
    """What pip-licenses prints."""
    command = [str(Path(sys.executable).parent / "pip-licenses"), "--python", sys.executable, *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def stated(names: set[str]) -> dict[str, str]:
    """The licence of each package, by what it states itself."""
    rows = json.loads(listed("--format", "json", "--with-system", "--packages", *sorted(names)))
    return {canonicalize_name(row["Name"]): row["License"] for row in rows}


def page() -> str:
    """The text of docs/licences.md."""
    names = sorted(brought())
    table = ("--format", "markdown", "--with-system", "--no-version")
    along = listed(*table, "--packages", *names)
    rest = listed(*table, "--ignore-packages", "caloriq", *names)
    return f"{HEAD}## What caloriq brings along, with all extras\n\n{along}\n## What tests, pages and release need\n\n{rest}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
