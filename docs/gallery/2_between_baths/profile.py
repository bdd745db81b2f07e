"""
A chain between a warm and a cold bath
======================================

Populations, and the currents of all baths: with ZZ terms the dephasing takes energy out along the chain.
"""

import caloriq as cq

baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
figure = cq.steady_state(cq.SpinChain(sites=7, hopping=1.0, zz=0.5, dephasing=1.0, baths=baths)).plot()
