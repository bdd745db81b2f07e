"""
A scan of the criteria
======================

Mean square deviation from the rate equation over the coupling: too weak and levels do not meet, too strong and memory counts.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

scan = cq.Sweep(
    model={"kind": "modular-chain", "subunits": 2, "levels": 40, "bandwidth": 0.05, "seed": 1},
    vary={"coupling": list(np.geomspace(2e-5, 1e-2, 15))},
    question={"kind": "deviation", "initial": {"kind": "mixed", "subunit": 0}},
)
data = cq.run_sweep(scan)

figure, ax = plt.subplots()
ax.loglog(data.c1, data.deviation[:, 0], "o-")
ax.axvline(1, color="0.3", linewidth=0.8)
ax.set(
    xlabel="criterion c1 = 2λn/δε",
    ylabel="mean square deviation D² of the first subunit",
    title="two subunits of 40 levels, mixed start",
)
