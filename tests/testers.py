"""Shared assertions. Each is broken once on purpose in laws/test_testers.py."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import caloriq as cq


def assert_close(found: np.ndarray, expected: np.ndarray, tol: float) -> None:
    """Same shape, largest absolute difference at most `tol` (and not NaN)."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    worst = float(np.abs(found - expected).max(initial=0.0))
    assert worst <= tol, f"differs by {worst:.3g}, allowed are {tol:.3g}"


def assert_physical(exact: cq.Evolution, tol: float = 1e-10) -> None:
    """Norm kept, populations in [0, 1], energy conserved, certificate in agreement."""
    P = exact.populations
    assert np.abs(P.sum(axis=-1) - 1).max() <= tol
    assert P.min() >= -tol
    assert P.max() <= 1 + tol
    assert exact.certificate.holds
    if exact.energy is not None:
        spread = np.ptp(exact.energy, axis=-1).max()
        assert spread <= tol * max(1.0, float(np.abs(exact.energy).max()))


def gauss_times(span: float, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Sampled times 0, Gauss nodes, `span`, and weights (0 at the ends) that integrate over [0, span]."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    return (
        np.concatenate([[0.0], span * (x + 1) / 2, [span]]),
        np.concatenate([[0.0], span * w / 2, [0.0]]),
    )


def assert_continuous(times_weights: np.ndarray, populations: np.ndarray, currents: np.ndarray, tol: float) -> None:
    """Continuity dP_µ/dt = J_µ-1 - J_µ in integral form, for the weights of `gauss_times`."""
    moved = times_weights @ currents  # (N-1,)
    flow = np.concatenate([[0.0], moved, [0.0]])
    assert_close(populations[-1] - populations[0], flow[:-1] - flow[1:], tol)


def refused(argument: str, *words: str, error: type[Exception] = cq.InvalidInput) -> Any:
    """Context: the error is of that type and its sentence names the argument and shows every one of `words`."""
    return _Refused(argument, words, error)


class _Refused:
    def __init__(self, argument: str, words: tuple[str, ...], error: type[Exception]) -> None:
        self.argument, self.words, self.error = argument, words, error
        self.value: Any = None

    def __enter__(self) -> _Refused:
        self.context = pytest.raises(self.error)
        self.info = self.context.__enter__()
        return self

    def __exit__(self, *exception: Any) -> bool:
        caught = bool(self.context.__exit__(*exception))
        if caught:
            self.value = self.info.value
            assert_sentence(str(self.value), self.argument, *self.words)
        return caught


def assert_sentence(message: str, argument: str, *words: str) -> None:
    """House grammar: "`argument` must ..., but ... (got VALUE)", one sentence on one line."""
    assert re.match(rf"`{re.escape(argument)}` must .*, but .*\(got .*\)", message), message
    assert "\n" not in message
    assert ". " not in message, f"more than one sentence: {message}"
    for word in words:
        assert word in message, f"{word!r} is missing in: {message}"
