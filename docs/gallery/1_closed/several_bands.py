"""
Two bodies at two temperatures
==============================

Subunits with three bands exchange heat until their energies agree: four quasi-thermal pure states at T = 1.2 and 0.8, and the rate equation, black.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

pair = cq.BandedPair(levels=[12, 12, 12], bandwidth=0.05, band="random", coupling=3e-4, seed=1)
theory = cq.ham(pair)
times = np.linspace(0, 5 / theory.fastest_rate, 81)
warm = cq.thermal(1.0, difference=0.4, samples=4)
exact = cq.evolve(pair, times, initial=warm)

figure, ax = plt.subplots()
for k, colour in enumerate(("#d1495b", "#0b5fa5")):
    ax.plot(times, exact.local_energies[..., k].T, color=colour, linewidth=0.6)
ax.plot(times, theory.solve(times, initial=warm).local_energies, color="black")
ax.set(xlabel="time t [1/ΔE]", ylabel="energy of the subunit [ΔE]", title="warm (red), cold (blue), by rates (black)")
