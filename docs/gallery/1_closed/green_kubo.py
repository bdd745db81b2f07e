"""
The conductivity as a correlation
=================================

The running integral of the current's correlation, exact, beside that of the rate equation: by rates a current has no memory, and the integral
begins at γ.
"""

from matplotlib import pyplot as plt

import caloriq as cq
from caloriq.transport.green_kubo import green_kubo

chain = cq.ModularChain(subunits=3, levels=60, bandwidth=0.05, coupling=3.6e-4, seed=1)
found = green_kubo(chain)

figure, ax = plt.subplots()
ax.plot(found.times, found.running, label="exact")
ax.plot(found.times, found.by_rates, "--", label="by rates")
ax.axhline(cq.ham(chain).rate, color="0.3", linewidth=0.8, label="γ = 2πλ²n/δε")
ax.set(xlabel="time t [1/ΔE]", ylabel="integral of the correlation until t [ΔE]", title="three subunits of 60 levels")
ax.legend()
