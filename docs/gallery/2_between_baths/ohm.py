"""
Resistance grows with the length
================================

The dephased chain: 1/J = R + rN exactly, and the law of the fit with its residuals.
"""

import caloriq as cq

baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
chain = cq.SpinChain(sites=2, hopping=1.0, dephasing=1.0, baths=baths)
figure = cq.scaling(chain, [2, 4, 8, 16, 32, 64, 128]).plot()
