"""
Diffusion from Schrödinger's equation
=====================================

One random pure state of the first of three subunits, dots, follows the rate equation, lines: nothing but unitary dynamics is at work.
"""

import numpy as np

import caloriq as cq

chain = cq.ModularChain(subunits=3, levels=200, bandwidth=0.05, coupling=1.25e-4, seed=1)
theory = cq.ham(chain)
exact = cq.evolve(chain, np.linspace(0, 5 / theory.rate, 101), initial=cq.haar(subunit=0, seed=2))
figure = exact.plot()
