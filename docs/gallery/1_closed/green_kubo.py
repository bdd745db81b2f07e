"""
The conductivity as a correlation
=================================

The running integral of the current's correlation, with its error, beside that of the rate equation.
"""

from matplotlib import pyplot as plt

import caloriq as cq
from caloriq.transport.green_kubo import green_kubo

chain = cq.ModularChain(subunits=3, levels=60, bandwidth=0.05, coupling=3.6e-4, seed=1)
found = green_kubo(chain)

figure, ax = plt.subplots()
low, high = found.running - found.running_error, found.running + found.running_error
ax.fill_between(found.times, low, high, alpha=0.3)
ax.plot(found.times, found.running, label="correlation of the current")
ax.plot(found.times, found.by_rates, "--", label="by rates")
ax.axhline(cq.ham(chain).rate, color="0.3", linewidth=0.8)
ax.set(xlabel="t (1/ΔE)", ylabel="∫C (ΔE)", title="grey: γ")
ax.legend()
