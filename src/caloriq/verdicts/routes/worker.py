"""One stage of a route in a process of its own: the case comes on standard input, progress and evidence go out on standard output."""

from __future__ import annotations

import os
import pickle
import struct
import sys
import threading
import time
from typing import IO, Any

from caloriq.errors import CaloriqError
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.evidence import Evidence
from caloriq.verdicts.routes.stage import Stage
from caloriq.verdicts.routes.table import routes

LOST = "lost"  # family of what says nothing of the model, and is not kept
LENGTH = struct.Struct(">Q")
LOOK = 0.5  # seconds between looks at the parent


def looked(case: Case, stage: Stage, progress: Any = None) -> Evidence:
    """Evidence of a stage; a refusal is evidence that says why."""
    try:
        return routes()[stage.route].ask(case, stage, progress)
    except CaloriqError as error:
        return Evidence(stage.route, "none", case.of, None, "none", f"Not certified: {error}.", stage.what)
    except MemoryError:
        return Evidence(stage.route, LOST, case.of, None, "none", "Not enough memory.", stage.what)
    except Exception as error:
        told = f"Failed: {type(error).__name__}: {' '.join(str(error).split())}."
        return Evidence(stage.route, LOST, case.of, None, "none", told, stage.what)


def send(stream: IO[bytes], what: Any) -> None:
    """One message: its length, and a pickle."""
    content = pickle.dumps(what)
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """The next message; None where the stream ends."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = stream.read(length)
    return pickle.loads(content) if len(content) == length else None


def _end_with_the_parent() -> None:
    """Nobody hears the answer once the process that asked has ended, however it did."""
    if not hasattr(os, "getppid") or len(sys.argv) < 2:
        return
    parent = int(sys.argv[1])  # who started it, even if that has ended since

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()


def main() -> None:
    """Answer one stage."""
    _end_with_the_parent()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what else is printed must not come between messages
    asked = receive(sys.stdin.buffer)
    if asked is None:
        return
    case, stage = asked

    def tell(done: float, total: float) -> None:
        send(out, ("progress", done / total if total else 0.0))

    send(out, ("evidence", looked(case, stage, tell)))


if __name__ == "__main__":
    main()
