"""
Resistance grows with the length
================================

The dephased chain: 1/J = R + r(N − 1) exactly. A power law does not fit, and its local exponent comes down to that of diffusion.
"""

import caloriq as cq

baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
chain = cq.SpinChain(sites=2, hopping=1.0, dephasing=1.0, baths=baths)
figure = cq.scaling(chain, [2, 4, 8, 16, 32, 64, 128]).plot()
