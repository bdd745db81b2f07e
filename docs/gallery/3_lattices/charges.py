"""
Counting what is conserved
==========================

Conserved quantities of chains without ends, over the number of sites that their densities need.
"""

from matplotlib import pyplot as plt

import caloriq as cq
from caloriq.transport.charges.conserved import conserved_charges

chains = {
    "XX": cq.Lattice.xx(8),
    "XXZ": cq.Lattice.xxz(8, anisotropy=0.7),
    "transverse Ising": cq.Lattice.transverse_ising(8),
    "tilted Ising": cq.Lattice.tilted_ising(8, transverse=1.4, longitudinal=0.9045),
}

figure, ax = plt.subplots()
for (name, chain), mark in zip(chains.items(), "osv^", strict=True):
    counts = conserved_charges(chain, 4).counts
    ax.plot(range(1, 5), counts, mark + "-", label=name, alpha=0.8)
ax.set(
    xlabel="sites of a density, at most",
    ylabel="independent charges",
    title="up to four sites the tilted Ising chain has its energy alone",
)
ax.set_xticks(range(1, 5))
ax.legend()
