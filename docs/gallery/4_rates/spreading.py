"""
Energy diffuses along a line
============================

From a hot end into a cold line of forty units, with rates between neighbours.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

start = np.zeros(40)
start[:5] = 1.0
times = np.array([0.0, 5.0, 20.0, 80.0, 320.0])
spread = cq.diffuse(start, times, rate=1.0)

figure, ax = plt.subplots()
for t, density in zip(times, spread.density, strict=True):
    ax.plot(np.arange(40), density, label=f"t = {t:g}/w" if t else "t = 0")
ax.set(xlabel="unit", ylabel="energy of the unit [that of the start]", title="insulated ends")
ax.legend()
