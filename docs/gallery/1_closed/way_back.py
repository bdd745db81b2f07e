"""
The way back
============

Reversed in time the chain returns to its start; after a weak kick of one subunit nearly so, after a strong one not, and the entropies of the parts
stay.
"""

import numpy as np

import caloriq as cq
from caloriq.closed.reversal import reversal

chain = cq.BandedChain(subunits=3, levels=[1, 3, 9], bandwidth=0.05, coupling=1.4e-3, seed=1)
way = reversal(chain, np.linspace(0, 800, 17), [0.0, 0.3, 3.0], subunit=1, initial=cq.thermal([0.5, 1.0, 1.5]))
figure = way.plot()
