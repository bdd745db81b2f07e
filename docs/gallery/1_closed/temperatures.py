"""
Temperatures of the parts of a pure state
=========================================

The whole stays pure, and yet every subunit has a temperature by its energy; the distance from the Gibbs state of that temperature says what it is
worth.
"""

import numpy as np

import caloriq as cq
from caloriq.closed.local_states import local_states

chain = cq.BandedChain(subunits=3, levels=[1, 4, 8], bandwidth=0.05, coupling=2e-3, seed=1)
times = np.linspace(0, 6 / cq.ham(chain).rate, 25)
figure = local_states(chain, times, initial=cq.thermal([0.5, 1.0, 1.5])).plot()
