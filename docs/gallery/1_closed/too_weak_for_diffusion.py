"""
Too weakly coupled to diffuse
=============================

With c1 = 2λn/δε far below 1 the coupling reaches too few levels of the neighbour: the exact probabilities, dots, do not follow the rate equation,
lines.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

chain = cq.ModularChain(subunits=3, levels=60, bandwidth=0.05, coupling=5e-5, seed=1)
theory = cq.ham(chain)
times = np.linspace(0, 5 / theory.rate, 101)
exact = cq.evolve(chain, times, initial=cq.haar(subunit=0, seed=2))

figure, ax = plt.subplots()
for k, line in enumerate(ax.plot(times * theory.rate, theory.solve(times).populations)):
    ax.plot(times * theory.rate, exact.populations[:, k], ".", color=line.get_color(), label=f"subunit {k}")
ax.set(
    xlabel="time γt",
    ylabel="probability of the subunit",
    title=f"exact (dots) and by rates (lines), c1 = {theory.criteria[0].value:.2g}",
)
ax.legend()
