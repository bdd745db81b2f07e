"""
What interaction does to the current
====================================

Five sites by exact steady states, with and without dephasing, over the ZZ coupling.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
couplings = np.linspace(0, 4, 13)

figure, ax = plt.subplots()
for dephasing in (0.0, 0.5, 2.0):
    J = [
        cq.steady_state(cq.SpinChain(sites=5, hopping=1.0, zz=zz, dephasing=dephasing, baths=baths)).current
        for zz in couplings
    ]
    ax.plot(couplings, J, "o-", markersize=3, label=f"γ = {dephasing:g}")
ax.set(
    xlabel="ZZ coupling [hopping]",
    ylabel="current of excitations [hopping]",
    title="five sites; γ in units of the hopping",
    ylim=(0, None),
)
ax.legend()
