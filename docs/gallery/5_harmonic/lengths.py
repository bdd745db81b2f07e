"""
The current does not fall
=========================

Harmonic chains conduct without resistance; with a bath on every site that takes no heat on the whole J falls as 1/N. Classical noise in both.
"""

import numpy as np
from matplotlib import pyplot as plt

from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.verdicts.harmonic import harmonic_scaling

baths = (OhmicBath(site=0, temperature=1.5, friction=1.0), OhmicBath(site=-1, temperature=0.5, friction=1.0))
chain = HarmonicChain(sites=16, pinning=1.0, wall=1.0, noise="classical", baths=baths)
damped = chain.model_copy(update={"inner_friction": 1.0})
sizes = np.array([16, 32, 64, 128])

figure, ax = plt.subplots()
for name, one in (("harmonic", chain), ("with baths on every site", damped)):
    ax.loglog(sizes, harmonic_scaling(one, sizes).currents, "o-", label=name)
ax.set(xlabel="sites N", ylabel="heat current [energy unit²]", title="between baths at T = 1.5 and 0.5")
ax.set_xticks(sizes, labels=sizes, minor=False)
ax.set_xticks([], minor=True)
ax.legend()
