"""
A verdict and its evidence
==========================

The dephased chain is proved to obey Fourier's law; the figure has what every route says.
"""

import caloriq as cq

baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
chain = cq.SpinChain(sites=8, hopping=1.0, dephasing=1.0, baths=baths)
figure = cq.verdict(chain, budget=0.05, workers=1).plot()
