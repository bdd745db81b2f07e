"""One chain or network: exact dynamics beside the rate equation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from caloriq.closed.evolve import Evolution
from caloriq.errors import NotEnoughData
from caloriq.files import plain
from caloriq.reduced.ham import Theory
from caloriq.reduced.network import NetworkTheory
from caloriq.transport.deviation import start_populations
from caloriq.transport.verdict import verdict

if TYPE_CHECKING:
    import xarray as xr


def comparison(exact: Evolution, theory: Theory | NetworkTheory) -> xr.Dataset:
    """Dataset of an evolution with the theory's populations, currents, widths, D² and the verdict beside it.

    Where the times do not cover 5/γ there is no D², and the verdict says why.

    Parameters
    ----------
    exact : Evolution
        One start or an ensemble.
    theory : Theory or NetworkTheory
        Of the same chain or network.
    """
    data = exact.to_dataset()
    relaxed = theory.solve(exact.times, initial=start_populations(exact))
    lead = ("sample",) if exact.populations.ndim == 3 else ()
    c1, c2 = theory.criteria[:2]
    data = data.assign(
        theory_populations=(("time", "subunit"), relaxed.populations, {"long_name": "P_µ(t), rate equation"}),
        theory_currents=(("time", "bond"), relaxed.currents, {"long_name": "J_µ(t), Fourier"}),
        theory_widths=(("time", "subunit"), relaxed.widths, {"long_name": "bound on the typicality width"}),
    ).assign_attrs(rate=theory.rate, c1=c1.value, c2=c2.value)
    if isinstance(theory, NetworkTheory):
        data = data.assign_attrs(busiest=theory.busiest.value)
    try:
        judged = verdict(exact, theory)
    except NotEnoughData as error:
        return data.assign_attrs(verdict=f"No verdict: {error}.")
    return data.assign(
        deviation=((*lead, "subunit"), judged.deviation.values, {"long_name": "D²_µ"}),
        deviation_error=((*lead, "subunit"), judged.deviation.errors, {"long_name": "quadrature error of D²_µ"}),
    ).assign_attrs(
        verdict=judged.sentence,
        evidence=json.dumps(judged.evidence.to_mapping(), default=plain),
    )
