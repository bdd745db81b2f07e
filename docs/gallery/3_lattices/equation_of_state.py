"""
Heat capacity, entropy, susceptibility
======================================

An XXZ chain of ten spins over temperature, by all of its levels.
"""

import numpy as np

import caloriq as cq
from caloriq.closed.lattice.equation_of_state import equation_of_state

figure = equation_of_state(cq.Lattice.xxz(10, anisotropy=0.5), np.geomspace(0.05, 5, 60)).plot()
