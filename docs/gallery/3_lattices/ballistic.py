"""
A current that never decays
===========================

Without the longitudinal field the Ising chain is integrable, and its energy current is a charge.
"""

import numpy as np

import caloriq as cq

ising = cq.Lattice.tilted_ising(8, transverse=1.4, longitudinal=0.0)
figure = cq.kubo(ising, sizes=[8, 10], times=np.linspace(0, 4, 21)).plot()
