"""
Local baths may break the second law
====================================

Two baths of one temperature, and a first site of another frequency: local Lindblad baths make heat flow between them. The result says so.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

equal = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=1.0, rate=1.0))
detunings = np.linspace(-0.8, 2.0, 29)
flows = [
    cq.steady_state(
        cq.SpinChain(sites=4, hopping=1.0, frequency=[1.0 + one, 1.0, 1.0, 1.0], baths=equal)
    ).heat_currents[0]
    for one in detunings
]

figure, ax = plt.subplots()
ax.plot(detunings, flows)
ax.set_title("T = 1 at both ends, where no heat may flow")
ax.axhline(0, color="0.3", linewidth=0.8)
ax.set(xlabel="detuning of the first site [hopping]", ylabel="heat current from the first bath [hopping²]")
