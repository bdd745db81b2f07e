"""
A short chain answers for its contacts
======================================

The XXZ chain of Δ = 1.5 at infinite temperature as its drive vanishes: resistance over the length, and the diffusivity inside, at three
couplings to the baths. What is the bulk's does not depend on them; at eight sites it still does.
"""

import caloriq as cq

chain = cq.SpinChain(sites=8, hopping=0.5, zz=0.75)
figure = cq.linear_response(chain, rates=[0.25, 1.0, 4.0], sizes=[5, 6, 7, 8]).plot()
