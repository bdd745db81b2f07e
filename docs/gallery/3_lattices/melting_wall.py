"""
A domain wall melts
===================

Twelve spins of the XX chain from a wall in the middle: magnetisation over place and time. The fronts reach the ends at t = 6 and come back.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

chain = cq.Lattice.xx(12)
times = np.linspace(0, 10, 81)
run = cq.evolve(chain, times, initial=cq.starts.domain_wall(), observables=["magnetisation"])

figure, ax = plt.subplots()
colours = {"cmap": "RdBu_r", "vmin": -0.5, "vmax": 0.5}
image = ax.pcolormesh(np.arange(12), times, run.profiles["magnetisation"], shading="nearest", **colours)
figure.colorbar(image, label="magnetisation of the site")
ax.set(xlabel="site", ylabel="time t [1/J]", title="XX chain, exact")
