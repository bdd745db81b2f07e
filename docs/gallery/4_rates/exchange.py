"""
Exchange alone is no diffusion
==============================

What the exact generator of the populations of four units misses of the three assumptions behind Fourier's law, over time.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

chain = cq.ExchangeChain(units=4, levels=3, coupling=0.1, spectrum=[0, 1, 1.8])
times = np.linspace(0.1, 4.0, 40)
missed = cq.population_kernel(chain, times, start=(2, 1, 0, 0)).assumptions()

figure, ax = plt.subplots()
for name in ("locality", "energy_conservation", "level_independence"):
    ax.plot(0.1 * times, getattr(missed, name), label=name.replace("_", " "))
ax.set(xlabel="time λt", ylabel="violation, as a share of the gains", title="four units of three levels")
ax.legend()
