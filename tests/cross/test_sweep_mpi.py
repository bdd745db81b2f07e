"""Tasks under MPI, with real ranks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from caloriq.errors import InvalidInput
from caloriq.sweep.workers import Mpi, open_workers

MPIEXEC = Path(sys.executable).parent / "mpiexec"
SCRIPT = """
import operator, os
from caloriq.sweep.workers import *

if __name__ == "__main__":
    with open_workers(Mpi(), setup=(b"once",)) as workers:
        print(workers.label, workers.count)
        print([workers.submit(operator.mul, k, k).result() for k in range(6)])
        print(workers.submit(setup).result())
        print(len({workers.submit(os.getpid).result() for _ in range(6)} | {os.getpid()}))
        try:
            workers.submit(int, "one").result()
        except ValueError as error:
            print(error)
"""
SAID = "[0, 1, 4, 9, 16, 25]\n(b'once',)\n2\ninvalid literal for int() with base 10: 'one'\n"


def run(tmp_path, *start):
    file = tmp_path / "script.py"
    file.write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return subprocess.run(
        [*start, sys.executable, "-W", "error", "-m", "mpi4py.futures", str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )


def test_two_ranks_are_one_worker_beside_the_parent(tmp_path):
    done = run(tmp_path, str(MPIEXEC), "-n", "2")
    assert done.stderr == ""
    assert done.stdout == f"MPI, 1 worker 1\n{SAID}"
    assert done.returncode == 0


def test_outside_of_an_mpi_program_it_is_refused_with_the_command_to_use():
    with pytest.raises(InvalidInput, match=r"mpiexec -n 9 python -m mpi4py\.futures"), open_workers(Mpi()):
        pass
