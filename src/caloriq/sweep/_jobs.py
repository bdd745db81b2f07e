"""Dask workers as jobs of a cluster's own scheduler."""

from __future__ import annotations

import gc
import shlex
import shutil
import traceback
import warnings
from pathlib import Path
from typing import Any

from caloriq.documents import placed, read_mapping
from caloriq.errors import InvalidInput

KINDS = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "oar": "OARCluster",
    "moab": "MoabCluster",
    "htcondor": "HTCondorCluster",
}


def job_cluster(path: Path) -> Any:
    """Cluster as a file describes it, with its jobs handed in.

    Raises
    ------
    InvalidInput
        If the file does not fit, dask-jobqueue is missing, or the cluster's commands are not on this machine.
    """
    cluster, jobs = described(path)
    command = shlex.split(cluster.job_cls.submit_command)[0]
    if shutil.which(command) is None:
        cluster.close()
        raise InvalidInput(f"`dask` must be used where {command} is, but it is not on this machine (got {str(path)!r})")
    cluster.scale(jobs=jobs)
    return cluster


def described(path: Path) -> tuple[Any, int]:
    """Cluster as a file describes it, and the number of jobs that it asks for."""
    options = dict(read_mapping(path))
    kind, jobs = options.pop("kind", None), options.pop("jobs", None)
    with placed(path):
        if kind not in KINDS:
            raise InvalidInput(f"`kind` must be one of {', '.join(KINDS)}, but it is not (got {kind!r})")
        if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
            raise InvalidInput(f"`jobs` must be a number of jobs from 1, but it is not (got {jobs!r})")
    try:
        import dask_jobqueue
    except ImportError:
        raise InvalidInput(
            "`dask-jobqueue` must be installed to run as jobs, but it is not; pip install 'caloriq[dask]'"
        ) from None
    if "cores" in options:
        options.setdefault("processes", options["cores"])  # one thread each
    options.setdefault("scheduler_options", {}).setdefault("dashboard_address", None)
    try:
        return getattr(dask_jobqueue, KINDS[kind])(**options), jobs
    except (TypeError, ValueError, AttributeError, RuntimeError, OSError, KeyError) as error:
        said = " ".join(str(error).split("job_kwargs=")[0].split()).rstrip(".:")
        with warnings.catch_warnings():  # of the cluster that was begun and never ran
            warnings.simplefilter("ignore", ResourceWarning)
            traceback.clear_frames(error.__traceback__)
            gc.collect()
        raise InvalidInput(f"`{path.name}` must hold what a {KINDS[kind]} takes, but it does not: {said}") from None
