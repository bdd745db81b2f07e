"""
A chaotic chain between two baths
=================================

Energies and currents of a tilted Ising chain of five, from its whole density matrix. A bath at an end acts on the bond there too, so that the current
along the outer bonds is another than inside.
"""

import caloriq as cq

baths = (cq.Bath(site=0, gain=0.4, loss=1.0, name="left"), cq.Bath(site=-1, gain=0.1, loss=0.9, name="right"))
wire = cq.Lattice(sites=5, terms=(cq.Term("Z Z", 1.0), cq.Term("X", 0.9), cq.Term("Z", 0.5)), baths=baths)
figure = cq.steady_state(wire).plot()
