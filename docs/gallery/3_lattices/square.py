"""
Fermions cross a square
=======================

Filled at two sites of one corner and emptied at the opposite one, with dephasing: populations of 8 by 8 sites, each with a proved bound.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

side = 8
wire = cq.Lattice(
    sites=side**2,
    local="fermion",
    parameters={"side": side},
    terms=[
        {"operator": "c+ c-", "value": "sign((j + 1) % side)", "plus": "hermitian-conjugate"},
        {"operator": "c+ c-", "on": {"sites": [0, side], "every": 1}, "plus": "hermitian-conjugate"},
    ],
    dephasing=0.2,
    jumps=[
        {"operator": "c+", "rate": 0.8, "on": [0, 1], "name": "in"},
        {"operator": "c-", "rate": 1.0, "on": [side**2 - 1], "name": "out"},
    ],
)
state = cq.steady_state(wire)

figure, ax = plt.subplots()
image = ax.imshow(np.real(np.diag(state.two_point)).reshape(side, side), origin="lower", cmap="viridis")
figure.colorbar(image, label="population of the site")
ax.set(xlabel="column", ylabel="row", title="in at (0, 0) and (1, 0), out at (7, 7)")
