"""
Exact, second and fourth order
==============================

The rate of one bond of three units over time: 2λ²t at first in all of them.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

chain = cq.ExchangeChain(units=3, coupling=0.1, diagonal=False)
times = np.linspace(0.1, 5.0, 50)

figure, ax = plt.subplots()
for order, style in (("exact", "-"), (4, "--"), (2, ":")):
    rates = cq.population_kernel(chain, times, order=order).rates().values
    ax.plot(times, rates[:, 0], style, label=f"order {order}" if order != "exact" else "exact")
ax.set(
    xlabel="time t [1/energy unit]",
    ylabel="rate w of the first bond [energy unit]",
    title="three units, hopping, λ = 0.1",
)
ax.legend()
