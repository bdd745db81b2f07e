"""
A hub and its leaves
====================

Four subunits around one: rates along the edges of a graph, lines, beside the exact dynamics of one random state, dots.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

star = cq.ModularNetwork(graph=[[0, k] for k in range(1, 5)], levels=60, bandwidth=0.05, coupling=5e-4, seed=1)
theory = cq.ham(star)
times = np.linspace(0, 3 / theory.rate, 61)
exact = cq.evolve(star, times, initial=cq.haar(subunit=0, seed=2))

figure, ax = plt.subplots()
ax.plot(times * theory.rate, exact.populations, ".", markersize=4)
ax.set_prop_cycle(None)
for k, line in enumerate(ax.plot(times * theory.rate, theory.solve(times).populations)):
    line.set_label("hub" if k == 0 else f"leaf {k}")
ax.set(xlabel="time γt", ylabel="probability of the subunit", title="exact (dots) and by rates (lines)")
ax.legend()
