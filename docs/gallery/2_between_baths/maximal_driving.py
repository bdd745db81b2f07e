"""
Three ways to carry a strong drive
==================================

The XXZ chain with gain alone on one end and loss alone on the other, exactly (T. Prosen, PRL 107, 137201 (2011)): the current of a hundred
sites is that of ten at Δ = ½, falls as 1/N² at Δ = 1, and by the same factor for every site at Δ = 1.5, where the ends freeze.
"""

from matplotlib import pyplot as plt

import caloriq as cq

baths = (cq.Bath(site=0, gain=1.0, loss=0.0), cq.Bath(site=-1, gain=0.0, loss=1.0))
sizes = (4, 6, 8, 12, 16, 24, 32, 48, 64, 100)

figure, (left, right) = plt.subplots(1, 2, figsize=(9.2, 3.9))
for anisotropy in (0.5, 1.0, 1.5):
    states = [cq.steady_state(cq.SpinChain(sites=n, hopping=1.0, zz=anisotropy, baths=baths)) for n in sizes]
    left.plot(sizes, [one.current for one in states], "o-", markersize=3, label=f"Δ = {anisotropy:g}")
    right.plot(states[-1].populations, label=f"Δ = {anisotropy:g}")
left.set(xscale="log", yscale="log", xlabel="sites", ylabel="current of excitations [hopping]", ylim=(1e-12, 1))
right.set(xlabel="site", ylabel="population of the site")
left.legend()
right.legend()
