"""
When a ring feels its size
==========================

Correlation and diffusivity of rings of two sizes, and of strings on the chain without ends: marks say until when the sizes agree.
"""

import numpy as np

import caloriq as cq

chain = cq.Lattice.tilted_ising(8, transverse=1.4, longitudinal=0.9045)
figure = cq.kubo(chain, sizes=[8, 10], times=np.linspace(0, 8, 41), lengths=[5, 6]).plot()
