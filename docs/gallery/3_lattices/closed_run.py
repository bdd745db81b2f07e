"""
Heat enters a cold half
=======================

The tilted Ising chain from a half at T = 20 beside one at T = 2: energy of every site in time, mean of twelve pure states.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

chain = cq.Lattice.tilted_ising(10, transverse=1.4, longitudinal=0.9045)
start = cq.starts.gibbs([20.0] * 5 + [2.0] * 5, seed=1, samples=12)
times = np.linspace(0, 8, 41)
run = cq.evolve(chain, times, initial=start, observables=["energy"])

figure, ax = plt.subplots()
image = ax.pcolormesh(np.arange(10), times, run.profiles["energy"].mean(axis=0), shading="nearest", cmap="inferno")
figure.colorbar(image, label="energy of the site [J]")
ax.set(xlabel="site", ylabel="time t [1/J]", title="tilted Ising chain of ten")
