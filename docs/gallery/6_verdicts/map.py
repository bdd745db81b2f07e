"""
A map of two parameters
=======================

Current of a chain over its interaction and its dephasing: one question at 99 points.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

baths = [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.0, "rate": 1.0}]
sweep = cq.Sweep(
    model={"kind": "spin-chain", "sites": 4, "hopping": 1.0, "baths": baths},
    vary={"zz": list(np.linspace(0, 4, 9)), "dephasing": list(np.geomspace(0.1, 10, 11))},
    question={"kind": "steady-state", "keep": ["current"]},
)
data = cq.run_sweep(sweep)

figure, ax = plt.subplots()
image = ax.pcolormesh(data.zz, data.dephasing, data.current.transpose("dephasing", "zz"), shading="nearest")
figure.colorbar(image, label="current of excitations [hopping]")
ax.set(xlabel="ZZ coupling [hopping]", ylabel="dephasing γ [hopping]", yscale="log", title="four sites")
