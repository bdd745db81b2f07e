"""
How the steady state is reached
===============================

An empty chain is filled from both ends; the entropy production comes down to that of the steady state.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0))
wire = cq.SpinChain(sites=4, hopping=1.0, zz=0.5, dephasing=0.3, baths=baths)
path = cq.evolve(wire, np.linspace(0, 20, 121))

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
left.plot(path.times, path.populations, label=[f"site {k}" for k in range(4)])
left.set(xlabel="time t [1/hopping]", ylabel="population of the site", title="four sites, from empty")
left.legend()
right.plot(path.times[1:], path.entropy_production[1:], label="in time")
right.axhline(cq.steady_state(wire).entropy_production, color="0.3", linewidth=0.8, label="steady state")
right.set(xlabel="time t [1/hopping]", ylabel="entropy production [k_B hopping]", yscale="log")
right.legend()
