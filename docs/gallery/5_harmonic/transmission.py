"""
Which frequencies pass
======================

Transmission of a pinned harmonic chain of twenty sites: a band, and the resonances of its ends.
"""

import numpy as np
from matplotlib import pyplot as plt

from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.steady.harmonic.infinite import transmission

baths = (OhmicBath(site=0, temperature=1.5, friction=1.0), OhmicBath(site=-1, temperature=0.5, friction=1.0))
frequencies = np.linspace(0.5, 2.8, 600)

figure, ax = plt.subplots()
ax.plot(frequencies, transmission(HarmonicChain(sites=20, pinning=1.0, baths=baths), frequencies))
ax.set(xlabel="frequency ω [√(stiffness/mass)]", ylabel="transmission", title="pinned chain, band from 1 to √5")
