"""Queues of jobs for tests: small files, and waiting for what they come to."""

import time

from caloriq.documents import yaml_text
from registered import SMALL

QUICK = yaml_text({**SMALL, "levels": 6})
SWEEP = yaml_text(
    {
        "model": {
            "kind": "spin-chain",
            "sites": 3,
            "hopping": 1.0,
            "baths": [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.5, "rate": 1.0}],
        },
        "vary": {"dephasing": [0.5, 1.0, 2.0]},
        "question": {"kind": "steady-state"},
    }
)
LONG = yaml_text({"model": {**SMALL, "levels": 700, "subunits": 4}, "times": {"stop": 4000.0, "count": 5000}})
PATIENCE = 240.0  # seconds until a wait is a fault


def until(jobs, name, holds, patience=PATIENCE):
    """Tick until the job is as it should be."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        jobs.tick()
        if holds(job := jobs.get(name)):
            return job
        time.sleep(0.05)
    raise AssertionError(f"{jobs.get(name)}\n{jobs.log(name)}")


def over(jobs, name):
    """Tick until it has ended, and its process too."""
    return until(jobs, name, lambda job: job.over and name not in jobs._started)


def at_work(jobs, name):
    """Tick until its command runs."""
    return until(jobs, name, lambda job: job.over or (job.pid is not None and jobs.progress(name).fraction is not None))
