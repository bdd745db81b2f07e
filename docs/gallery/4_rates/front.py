"""
A conductivity that depends on the temperature
==============================================

Diffusion with κ ∝ u, u the energy density, has sharp fronts: what a hot square in a cold plate has become.
"""

import numpy as np
from matplotlib import pyplot as plt

from caloriq.models.conductivities import PowerConductivity
from caloriq.reduced.rates.nonlinear import diffuse_nonlinear

start = np.zeros((32, 32))
start[12:20, 12:20] = 1.0
hot = diffuse_nonlinear(start, [0.0, 0.05], conductivity=PowerConductivity(exponent=1.0), length=[1.0, 1.0])

figure, ax = plt.subplots()
image = ax.imshow(hot.density[-1], origin="lower", extent=(0, 1, 0, 1), cmap="inferno")
figure.colorbar(image, label="energy density u [that of the start]")
ax.set(xlabel="x [length of the plate]", ylabel="y [length of the plate]", title="at t = 0.05")
