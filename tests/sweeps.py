"""Small sweeps that several tests ask, and what equal datasets are."""

import numpy as np

BATHS = [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.0, "rate": 1.0}]
WIRE = {"kind": "spin-chain", "hopping": 1.0, "baths": BATHS}
DISORDERED = {
    "kind": "disordered-chain",
    "chain": {"sites": 5, "hopping": 1.0, "dephasing": 1.0, "baths": BATHS},
    "disorder": [
        {"quantity": "frequency", "width": 1.0, "centre": 0.5},
        {"quantity": "hopping", "width": 1.0, "centre": 0.5},
    ],
}
MODULAR = {"kind": "modular-chain", "subunits": 2, "levels": 20, "bandwidth": 0.05, "coupling": 5e-4}


def same_bits(first, second):
    """Whether two datasets have the same variables, dimensions, attributes, and bits."""
    assert set(first.variables) == set(second.variables)
    for name in first.variables:
        one, other = first[name], second[name]
        assert one.dims == other.dims, name
        assert one.dtype == other.dtype, name
        assert np.ascontiguousarray(one.values).tobytes() == np.ascontiguousarray(other.values).tobytes(), name
    assert first.attrs == second.attrs
    return True
