"""
Disorder without dephasing localises
====================================

Mean currents of an ensemble with random frequencies over its length. That it is localised is a theorem: by data alone the short chains would pass
for ohmic ones.
"""

import caloriq as cq

baths = (cq.Bath(site=0, gain=0.6, loss=1.6), cq.Bath(site=-1, gain=0.0, loss=1.0))
chain = cq.SpinChain(sites=2, hopping=1.0, baths=baths)
frequencies = cq.Disorder(quantity="frequency", width=3.0)
ensemble = cq.DisorderedChain(chain=chain, disorder=(frequencies,), samples=60, seed=1)
figure = cq.scaling(ensemble, [4, 8, 12, 16, 24]).plot()
