"""
A packet and its width
======================

A small excess of energy at one site of a ring spreads; half the growth of its squared width is the diffusivity at that time.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq
from caloriq.transport.spread import spread

ring = cq.Lattice.tilted_ising(9, transverse=1.4, longitudinal=0.9045, periodic=True)
packet = spread(ring, np.linspace(0, 2.5, 26), method="exact")

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
image = left.pcolormesh(np.arange(9), packet.times, packet.profile.real, shading="nearest")
figure.colorbar(image, label="share of the excess")
left.set(xlabel="site", ylabel="time t [1/J]", title="tilted Ising ring of nine")
right.plot(packet.times, packet.diffusivity)
right.set(xlabel="time t [1/J]", ylabel="diffusivity ½ d⟨x²⟩/dt [site²·J]")
