"""
No gradient inside
==================

A harmonic chain of twenty sites between baths at 1.5 and 0.5: the temperature, by the kinetic energy of every site, is flat inside.
"""

from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.steady.harmonic.solve import harmonic_state

baths = (OhmicBath(site=0, temperature=1.5, friction=1.0), OhmicBath(site=-1, temperature=0.5, friction=1.0))
figure = harmonic_state(HarmonicChain(sites=20, pinning=1.0, baths=baths)).plot()
