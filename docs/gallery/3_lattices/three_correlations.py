"""
Three roads to one correlation
==============================

All levels of a ring, random states on it, which agree to about their standard error, shaded, and strings on the chain without ends: these part from the
others where the ring feels its size or a string its length.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq
from caloriq.closed.correlation.methods import SupportLadder, Typicality

ring = cq.Lattice.tilted_ising(10, transverse=1.4, longitudinal=0.9045, periodic=True)
times = np.linspace(0, 5, 51)
roads = {"all levels": "exact", "random states": Typicality(samples=4), "strings": SupportLadder(length=7)}

figure, ax = plt.subplots()
for name, method in roads.items():
    found = cq.correlation(ring, "energy current", times=times, method=method)
    ax.plot(times, found.values.real, "--" if name == "strings" else "-", label=name)
    if name == "random states":
        ax.fill_between(times, found.values.real - found.error, found.values.real + found.error, color="C1", alpha=0.25)
ax.set(
    xlabel="time t [1/J]", ylabel="correlation of the energy current, per site [J⁴]", title="tilted Ising ring of ten"
)
ax.legend()
