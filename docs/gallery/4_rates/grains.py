"""
Blocks of a spin chain
======================

Two blocks of six spins of the tilted Ising chain: the decay of their difference of energies by one rate, line, and by the Schrödinger equation, dots.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

blocks = cq.coarse_grain(cq.QuantumChain.tilted_ising(12), 6, contact=0.5)
times = np.linspace(0, 60, 16)
exact, error = blocks.exact(times, samples=2)

figure, ax = plt.subplots()
ax.plot(times, blocks.decay(times), label="one rate, e^(-2kt)")
ax.errorbar(times, exact, error, fmt="o", label="exact, random states")
ax.set(xlabel="time t [1/J]", ylabel="correlation of the difference of energies", title="bond between the blocks 0.5 J")
ax.legend()
