"""
The quantum chain and its classical limit
=========================================

A dephased chain of two-level units of one frequency carries the current of a classical chain with V = 2g²/γ, once the contacts are counted: dots on
the line. Without them it does so where the dephasing is strong.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
rates = np.geomspace(0.05, 50, 25)
chains = [cq.SpinChain(sites=20, hopping=1.0, dephasing=rate, baths=baths) for rate in rates]

figure, ax = plt.subplots()
ax.loglog(rates, [cq.steady_state(one).current for one in chains], "o", label="quantum")
ax.loglog(
    rates, [cq.steady_state(cq.exclusion_limit(one)).current for one in chains], label="classical, with the contacts"
)
bare = [cq.steady_state(cq.exclusion_limit(one, contact=False)).current for one in chains]
ax.loglog(rates, bare, "--", label="classical, V = 2g²/γ on every bond")
ax.set(xlabel="dephasing γ [hopping g]", ylabel="current of excitations [hopping g]", title="20 sites")
ax.legend()
