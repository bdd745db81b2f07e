"""
Nearly all pure states do the same
==================================

Exact mean of the population over all pure starts of the first subunit and their standard deviation, shaded, without a sample; eight starts, thin.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

chain = cq.ModularChain(subunits=2, levels=100, bandwidth=0.05, coupling=2.5e-4, seed=1)
times = np.linspace(0, 4 / cq.ham(chain).rate, 81)
every = cq.typicality(chain, times)
some = cq.evolve(chain, times, initial=cq.haar(subunit=0, seed=2, samples=8), observables=("populations",))

figure, ax = plt.subplots()
mean, width = every.mean[:, 0], every.width[:, 0]
ax.fill_between(times, mean - width, mean + width, alpha=0.25, label="standard deviation over all starts")
ax.plot(times, mean, label="mean over all starts")
ax.plot(times, some.populations[:, :, 0].T, color="0.3", linewidth=0.5)
ax.set(xlabel="time t [1/ΔE]", ylabel="probability of the first subunit", title="two subunits of 100 levels")
ax.legend()
