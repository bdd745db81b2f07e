"""
Matrix elements of two wells
============================

Direct and exchange integrals of two infinite wells, for a potential that grows with the distance of the two particles: the farther apart the wells,
the nearer to one rate for all levels.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

separations = np.linspace(0.3, 0.95, 8)
found = [cq.overlaps(separation=float(a), levels=4) for a in separations]

figure, ax = plt.subplots()
ax.semilogy(separations, [one.ratio for one in found], "o-", label="largest direct over exchange")
ax.semilogy(separations, [one.deviation() for one in found], "s-", label="largest deviation of exchange from its mean")
ax.set(xlabel="distance of the wells [width]", ylabel="ratio of integrals", title="four levels")
ax.legend()
