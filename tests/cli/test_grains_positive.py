"""The study of weak contacts: three blocks beside the rates of their bands, and the homogeneous chain that is refused."""

import numpy as np

from caloriq.papers.registry import RECIPES
from figures import assert_readable


def test_table_and_figure():
    outcome = RECIPES["michel-2006-grains-positive"].run(True, None)
    assert all(row.ours and row.agrees is None for row in outcome.rows)
    data = outcome.data["weak-contacts"]
    off = np.abs(data.exact - data.predicted).values
    assert off.max() < 0.06 * abs(float(data.predicted[0, 0]))
    exact, bands = data.pair.values[:, 0], data.pair.values[:, 4]
    misfit = dict(zip(data.contact.values.tolist(), np.abs(exact - bands).max(axis=1).tolist(), strict=True))
    assert misfit[0.45] < 0.06 < misfit[1.0]
    memory, one = (np.abs(exact[-1] - data.pair.values[-1, k]).max() for k in (3, 2))
    assert memory < one
    assert "inside" in data.attrs["verdicts"][-1]
    assert len(outcome.figure.axes) == 2
    assert_readable(outcome.figure)
