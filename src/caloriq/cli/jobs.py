"""What `run` does: ask, store, draw, tell."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caloriq.cli.show import print_answers, print_json, progress_bar

if TYPE_CHECKING:
    from caloriq.questions.run import Run


def run(asked: Run, file: Path, out: Path, *, overwrite: bool, as_json: bool, details: bool) -> None:
    """Solve what a file says; write data, figures, model, verdict and provenance; print the answers."""
    from caloriq import plots, provenance, runs, store
    from caloriq.files import folder, write_json
    from caloriq.models.files import write_model

    name = file.stem
    provenance.check_source(out / name, name, file)
    provenance.check_results(out / name, name, asked.model.digest, overwrite=overwrite)
    command = provenance.command_line()
    with runs.record("run", name, out / name, asked.to_mapping(), asked.digest, command) as entry:
        with folder(out / name) as target:
            clock = time.perf_counter()
            with progress_bar(asked.questions[0].title) as progress:
                answers = asked.ask(progress)
            seconds = time.perf_counter() - clock
            summary: dict[str, Any] = asked.summary(answers)
            told = [(found, found.to_dataset()) for found in answers]
            for question, (found, data) in zip(asked.questions, told, strict=True):
                stem = name if found is answers[0] else f"{name}-{question.kind}"
                data.attrs.setdefault("verdict", question.told(found))
                store.save(data, target / f"{stem}.zarr.zip")
                plots.write(plots.drawn(found, data), target / f"{stem}.png")
            write_model(asked.model, target / f"{name}-model.yaml")
            write_json(target / f"{name}-verdict.json", summary)
            made = {"command": command, "file": provenance.source_of(file, out / name), "wall time in s": seconds}
            write_json(target / f"{name}-provenance.json", provenance.of(asked, asked.model, **made))
            written = sorted(file.name for file in target.iterdir())
        if overwrite:
            runs.remove_left(out / name, written)
        entry.finish("done", summary, files=written)
    if as_json:
        print_json(summary)
    else:
        print_answers(summary["verdict"], told, out / name, details=details)
