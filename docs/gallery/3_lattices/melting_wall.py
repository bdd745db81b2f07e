"""
A domain wall melts
===================

Twelve spins of the XX chain from a wall in the middle: magnetisation over place and time.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

chain = cq.Lattice.xx(12)
times = np.linspace(0, 10, 81)
run = cq.evolve(chain, times, initial=cq.starts.domain_wall(), observables=["magnetisation"])

figure, ax = plt.subplots()
image = ax.pcolormesh(np.arange(12), times, run.profiles["magnetisation"], cmap="RdBu_r", shading="nearest")
figure.colorbar(image, label="magnetisation per site")
ax.set(xlabel="site", ylabel="t (1/J)", title="XX chain, exact")
