"""A ladder put down in a file and taken up again: after a kill the work goes on and ends with the same bits."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from caloriq.errors import InvalidInput
from caloriq.files import atomic, cache, usable
from caloriq.linalg.charged_train import ChargedTrain
from caloriq.linalg.charges import Letters
from caloriq.linalg.tensor_train import Train
from caloriq.steady.tensor import leaping
from caloriq.steady.tensor.ladder import Ladder, Level
from caloriq.steady.tensor.relaxing import Relaxation

FORMAT = 2  # of the file, and of the algorithm: rises when either changes
EVERY = 15.0  # seconds between two writings
SHARE = 20.0  # and as many times what one takes
LISTS = ("changes", "away")
NUMBERS = (
    "step",
    "largest",
    "goal",
    "lost",
    "drift",
    "wandered",
    "failures",
    "moved",
    "spells",
    "pause",
    "passes",
    "since",
    "rest_of_means",
    "leaps",
)


@dataclass
class Checkpoint:
    """A file for the work on one model by one method.

    Attributes
    ----------
    path : str or None
        Where it is; None for none.
    whose : str
        Model and method.
    own : bool
        Whether nobody asked for it.
    written, took : float
        When it was written, and how long that took, in seconds.
    """

    path: str | None
    whose: str
    own: bool = False
    written: float = field(default_factory=time.monotonic)
    took: float = 0.0

    @classmethod
    def of(cls, model: Any, method: Any, purpose: str = "") -> Checkpoint:
        """The file that a method names, or that of the user's cache; work for another purpose is other work."""
        asked = method.to_mapping()
        asked.pop("checkpoint", None)
        whose = f"format {FORMAT}: {model.digest} {json.dumps(asked, sort_keys=True)} {purpose}".rstrip()
        if method.checkpoint != "auto":
            return cls(None if method.checkpoint is None else _written_to(method.checkpoint), whose)
        folder = cache()
        name = hashlib.sha256(whose.encode()).hexdigest()[:32]
        return cls(None if folder is None else str(folder / "unfinished" / f"{name}.npz"), whose, own=True)

    def put_down(self, ladder: Ladder) -> None:
        """Write everything, if the last time was some time ago, and that took little of it."""
        if self.path is None or time.monotonic() - self.written < max(EVERY, SHARE * self.took):
            return
        begun = time.monotonic()
        try:
            self.write(ladder)
        except InvalidInput:
            if not self.own:
                raise
            self.path = None  # a cache that cannot be written to is none
        self.written = time.monotonic()
        self.took = self.written - begun

    def write(self, ladder: Ladder) -> None:
        """Write everything."""
        assert self.path is not None
        arrays: dict[str, Any] = {}
        told: dict[str, Any] = {"whose": self.whose, "levels": []}
        for n, level in enumerate(ladder.levels):
            arrays[f"level {n}"], arrays[f"rest {n}"] = level.values, level.rest
            told["levels"].append({k: v for k, v in level._asdict().items() if k not in ("values", "rest")})
        trains = {"train": ladder.train, "kept": ladder.kept}
        if ladder.running is not None:
            running = ladder.running
            trains |= {"running": running.train, **{f"past {n}": one for n, one in enumerate(running.past)}}
            told["relaxation"] = {name: getattr(running, name) for name in (*LISTS, *NUMBERS)}
            arrays["values"], arrays["held"] = np.array(running.values), np.array(running.held)
            if running.aim is not None:
                arrays["aim"] = running.aim
        for name, train in trains.items():
            if train is not None:
                told[name] = {"centre": train.centre, "cells": len(train.tensors)}
                if isinstance(train, ChargedTrain):
                    told[name]["sizes"] = [list(one.items()) for one in train.sizes]
                    told[name]["keys"] = [list(one) for one in train.tensors]
                tensors: list[Any] = train.tensors
                for k, one in enumerate(tensors):
                    for n, block in enumerate(one.values() if isinstance(one, dict) else [one]):
                        arrays[f"{name} {k} {n}"] = block
        arrays["told"] = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)

        def write(target: Path) -> None:
            with target.open("wb") as file:
                np.savez(file, **arrays)

        atomic(Path(self.path), write)

    def take_up(self, ladder: Ladder) -> bool:
        """Set a ladder to where it was put down; whether there was a file.

        Raises
        ------
        InvalidInput
            If the file is none of ours, or of other work.
        """
        if self.path is None:
            return False
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            told = json.loads(arrays["told"].tobytes().decode())
            mine = bool(told["whose"] == self.whose)
            if mine:
                self._set(ladder, told, arrays)
        except FileNotFoundError:
            return False
        except Exception as error:  # whatever a foreign file does to a reader
            if self.own:
                return False
            raise InvalidInput(
                f"`checkpoint` must be a file that this method wrote, but it cannot be read ({type(error).__name__}) (got {self.path!r}); remove it, or name another"
            ) from None
        if not mine and not self.own:
            raise InvalidInput(
                f"`checkpoint` must be of the same model and method, but it is of others (got {self.path!r}); remove it, or name another"
            )
        return mine

    def _set(self, ladder: Ladder, told: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Set a ladder, all of it or nothing."""
        levels = [
            Level(values=arrays[f"level {n}"], rest=arrays[f"rest {n}"], **one) for n, one in enumerate(told["levels"])
        ]
        letters = ladder.chain.cells.charged
        names = ("train", "kept", "running", *(f"past {n}" for n in range(leaping.KEPT)))
        trains = {name: _train(name, told, arrays, letters) for name in names}
        running = None
        if trains["running"] is not None:
            state = dict(told["relaxation"])
            state |= {name: list(arrays[name]) for name in ("values", "held")}
            state["past"] = [one for name, one in trains.items() if name.startswith("past") and one is not None]
            running = Relaxation(trains["running"], aim=arrays.get("aim"), **state)
        if trains["train"] is None:
            raise KeyError("train")
        ladder.levels, ladder.train, ladder.kept, ladder.running = levels, trains["train"], trains["kept"], running

    def clear(self) -> None:
        """Remove the file when the work is done."""
        if self.path is not None:
            Path(self.path).unlink(missing_ok=True)


def _written_to(path: str) -> str:
    """A path that can be written to; refused before the work."""
    try:
        usable(Path(path).parent)
    except InvalidInput:
        raise InvalidInput(
            f"`checkpoint` must be a file in a folder that can be written to, but it cannot (got {path!r}); name another"
        ) from None
    if Path(path).is_dir():
        raise InvalidInput(f"`checkpoint` must be a file, but it is a folder (got {path!r}); name a file in it")
    return path


def _train(
    name: str, told: dict[str, Any], arrays: dict[str, Any], letters: list[Letters] | None
) -> Train | ChargedTrain | None:
    """A train of a file."""
    if name not in told:
        return None
    own = told[name]
    if "keys" not in own:
        return Train([arrays[f"{name} {k} 0"] for k in range(own["cells"])], own["centre"])
    tensors = [
        {(q, s): arrays[f"{name} {k} {n}"] for n, (q, s) in enumerate(keys)} for k, keys in enumerate(own["keys"])
    ]
    assert letters is not None
    return ChargedTrain(tensors, own["centre"], letters, [dict(map(tuple, one)) for one in own["sizes"]])
