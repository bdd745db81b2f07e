"""
Diffusion from Schrödinger's equation
=====================================

One random pure state of the first of three subunits, dots, follows the rate equation, lines: nothing but unitary dynamics is at work.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

chain = cq.ModularChain(subunits=3, levels=200, bandwidth=0.05, coupling=1.25e-4, seed=1)
theory = cq.ham(chain)
times = np.linspace(0, 5 / theory.rate, 61)
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
