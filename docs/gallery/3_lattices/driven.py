"""
Work by a drive, heat to a bath
===============================

A field that oscillates: energy of the lattice, and what the drive and the bath bring.
"""

import numpy as np

import caloriq as cq

wire = cq.Lattice(
    sites=3,
    parameters={"omega": 3.0},
    terms=[cq.Term("X X", 1.0), cq.Term("Z", 2.0), cq.Term("X", 0.6, drive="cos(omega*t)")],
    baths=[cq.Bath(site=0, gain=0.1, loss=0.4)],
)
figure = cq.evolve(wire, np.linspace(0, 15, 61)).plot()
