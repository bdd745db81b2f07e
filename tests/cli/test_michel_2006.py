"""The tables of two reproductions that no other test runs: mixed starts, and the histogram of D²."""

import numpy as np
import pytest

from caloriq.papers.registry import RECIPES
from figures import assert_readable

# True: in accord with the paper; False: not; None: the paper says nothing
AGREES = {
    "michel-2006-mixed": [True, True, None],
    "michel-2006-fig-4": [None, True, None, False, None],  # within a factor of two lie 89 %, not almost all
}


@pytest.mark.parametrize("name", AGREES)
def test_tables(name):
    found = RECIPES[name].run(True, None)
    assert [row.agrees for row in found.rows] == AGREES[name], [(r.quantity, r.ours) for r in found.rows]
    assert_readable(found.figure)
    if name == "michel-2006-mixed":
        data = found.data["mixed"]
        assert np.all(data.mixed.mean("draw") < data.pure.mean("draw") / 2)
        assert data.attrs["mixed_slope"] < data.attrs["pure_slope"] < -0.5
