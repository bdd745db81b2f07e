"""
A bath makes the rate constant
==============================

With white noise on the levels the rate of a bond settles near the 2λ²/Γ of second order; without, it grows until it diverges.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

times = np.linspace(0.1, 12.0, 60)
noisy = cq.ExchangeChain(units=3, coupling=0.05, diagonal=False, bath=cq.PureDephasing(rate=0.5))
quiet = cq.ExchangeChain(units=3, coupling=0.05, diagonal=False)

figure, ax = plt.subplots()
ax.plot(times, cq.population_kernel(noisy, times).rates().values[:, 0], label="Γ = 0.5")
ax.plot(times, cq.population_kernel(quiet, times).rates().values[:, 0], label="no bath")
ax.axhline(cq.markov_kernel(noisy).rates().values[0, 0], color="0.3", linewidth=0.8, label="2λ²/Γ")
ax.set(
    xlabel="time t [1/energy unit]",
    ylabel="rate w of the first bond [energy unit]",
    title="three units, λ = 0.05",
    ylim=(0, 0.05),
)
ax.legend()
