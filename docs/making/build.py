"""Build the pages and hold them against what a reader relies on: `python -m making.build FOLDER`.

A warning is an error. Afterwards the built pages are checked: links and anchors lead somewhere, nothing is loaded from elsewhere, every public
name is in the reference. The size and the time are printed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from making.built import faults, told

DOCS = Path(__file__).resolve().parents[1]


def main(folder: Path) -> int:
    """Build, check, tell; the exit status."""
    started = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        str(DOCS),
        str(folder),
    ]
    if status := subprocess.run(command, check=False).returncode:
        return status
    seconds = time.monotonic() - started
    found = faults(folder)
    for fault in found:
        print(fault, file=sys.stderr)
    print(f"{told(folder)}, built in {seconds:.0f} s: {folder / 'index.html'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
