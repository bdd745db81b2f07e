"""What all pages of one server share: runs, drafts, presets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from caloriq.documents import read_mapping
from caloriq.lab.drafts import Drafts
from caloriq.lab.job import kind_of_job
from caloriq.lab.presets import Preset, presets

if TYPE_CHECKING:
    from caloriq.lab.job import Job
    from caloriq.lab.jobs import Jobs


class Lab:
    """Shared by all pages.

    Parameters
    ----------
    jobs : Jobs
        The queue of runs.
    state : Path
        Folder for drafts.
    """

    def __init__(self, jobs: Jobs, state: Path) -> None:
        self.jobs = jobs
        self.drafts = Drafts(state / "drafts.json")
        self._said: dict[str, str] = {}

    @staticmethod
    @cache
    def presets(card: str) -> Sequence[Preset]:
        """Ready files of a card."""
        return tuple(one for one in presets() if one.card == card)

    def submit(self, text: str) -> str:
        """Queue a file, called by its kind of model; the id of its run."""
        mapping = read_mapping("the page", text)
        model = mapping.get("model", mapping)
        name = model.get("kind", "run") if isinstance(model, dict) else "run"
        return self.jobs.submit(kind_of_job(mapping), str(name), text)

    def said(self, job: Job) -> str:
        """What a run that has ended found, in a sentence; kept, since a table asks again and again."""
        if job.status != "done":
            return ""
        if job.id not in self._said:
            from caloriq.lab.results import sentence, summary

            self._said[job.id] = sentence(summary(job))[1]
        return self._said[job.id]
