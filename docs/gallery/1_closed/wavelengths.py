"""
Long waves diffuse, short ones less so
======================================

Exponents of the exact decay of cosine modes of six subunits: 1 where a mode diffuses, 2 where it is ballistic.
"""

from matplotlib import pyplot as plt

import caloriq as cq

chain = cq.ModularChain(subunits=6, levels=40, bandwidth=0.05, coupling=6e-4, seed=1)
modes = cq.mode_decay(chain, modes=[1, 3, 5])
exponents = modes.exponents[0]

figure, ax = plt.subplots()
ax.plot(modes.wavelengths, exponents, "o-")
ax.axhline(1, color="0.3", linewidth=0.8)
ax.annotate("diffusive", (10, 1), xytext=(0, 3), textcoords="offset points")
ax.set(xlabel="wavelength [subunits]", ylabel="exponent of the decay in time", title="1 diffusive, 2 ballistic")
