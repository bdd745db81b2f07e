"""
From ballistic to diffusive
===========================

The local exponent of J ∝ N^(α-1): the weaker the dephasing, the longer the chain must be before it shows. Closed form.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
sizes = np.unique(np.geomspace(4, 4000, 25).astype(int))

figure, ax = plt.subplots()
for dephasing in (0.01, 0.1, 1.0, 10.0):
    chain = cq.SpinChain(sites=4, hopping=1.0, dephasing=dephasing, baths=baths)
    J = [cq.steady_state(chain.model_copy(update={"sites": int(N)})).current for N in sizes]
    alpha = 1 + np.diff(np.log(J)) / np.diff(np.log(sizes))
    ax.semilogx(np.sqrt(sizes[1:] * sizes[:-1]), alpha, label=f"γ = {dephasing:g}")
ax.set(
    xlabel="sites N", ylabel="local exponent α", title="ballistic 1, diffusive 0; dephasing γ in units of the hopping"
)
ax.legend()
