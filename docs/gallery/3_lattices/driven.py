"""
Work by a drive, heat to a bath
===============================

A field that oscillates does work on three spins, and a bath at the first one takes it away: what the lattice has gained is the sum of the two.
"""

import numpy as np
from matplotlib import pyplot as plt
from scipy.integrate import cumulative_trapezoid

import caloriq as cq

wire = cq.Lattice(
    sites=3,
    parameters={"omega": 3.0},
    terms=[cq.Term("X X", 1.0), cq.Term("Z", 2.0), cq.Term("X", 0.6, drive="cos(omega*t)")],
    baths=[cq.Bath(site=0, gain=0.1, loss=0.4)],
)
run = cq.evolve(wire, np.linspace(0, 15, 301))
heat = cumulative_trapezoid(run.inflows["energy"][:, 0], run.times, initial=0)

figure, ax = plt.subplots()
ax.plot(run.times, run.work, label="work of the drive")
ax.plot(run.times, heat, label="heat from the bath")
ax.plot(run.times, run.energy - run.energy[0], label="energy gained")
ax.set(
    xlabel="time t [1/energy unit]",
    ylabel="energy since the start [energy unit]",
    title="three spins, drive cos(3t) on X",
)
ax.legend()
