"""
Which disordered chains gain from dephasing
===========================================

Heat from the hot bath into 2000 chains of five sites with random frequencies and hoppings, without dephasing and with it: above the line it helps.
"""

from matplotlib import pyplot as plt

import caloriq as cq

baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
disorder = tuple(cq.Disorder(quantity=name, width=1.0, centre=0.5) for name in ("frequency", "hopping"))


def currents(dephasing):
    """Heat from the hot bath, of every sample."""
    chain = cq.SpinChain(sites=5, hopping=1.0, dephasing=dephasing, baths=baths)
    return cq.steady_state(cq.DisorderedChain(chain=chain, disorder=disorder, samples=2000, seed=1)).heat_currents[:, 0]


without, dephased = currents(0.0), currents(1.0)
helped = float((dephased > without).mean())
figure, ax = plt.subplots()
ax.plot(without, dephased, ".", markersize=2)
ax.plot([0, without.max()], [0, without.max()], color="0.3", linewidth=0.8)
ax.set(
    xlabel="heat current without dephasing [hopping²]",
    ylabel="heat current at γ = 1 [hopping²]",
    title=f"dephasing helps {helped:.0%} of the samples",
)
