"""Which transport a driven chain has by proof, whatever a finite length shows.

Sources: MT eqs. 11, 13 and the closed form with dephasing (docs/theory/driven-chain.md); H. Kunz, B. Souillard, Commun. Math.
Phys. 78, 201 (1980), doi:10.1007/BF01942371.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from caloriq.models.classical import ClassicalChain
from caloriq.models.disorder import Disorder, DisorderedChain
from caloriq.models.spins import SpinChain
from caloriq.steady import closed_form
from caloriq.transport.bulk import bulk_of

Transport = Literal["diffusive", "ballistic", "localised", "exponential", "anomalous"]
KUNZ_SOUILLARD = "Kunz, Souillard, Commun. Math. Phys. 78, 201 (1980), doi:10.1007/BF01942371"
AFFINE = "1/J is exactly affine in N, by the closed form"


@dataclass(frozen=True, slots=True)
class Proof:
    """A class of transport known without data.

    Attributes
    ----------
    transport : {"diffusive", "ballistic", "localised"}
        The class.
    reason : str
        The theorem or the formula, in words.
    source : str
        Where it is proved.
    """

    transport: Transport
    reason: str
    source: str


def proof(model: SpinChain | ClassicalChain | DisorderedChain) -> Proof | None:
    """What is proved of the excitations, and of the heat that they carry; None where nothing applies.

    Three cases. A uniform chain without ZZ terms has a closed form: ballistic without dephasing, diffusive with it (the same
    on every site, or random from site to site: the resistances of the bonds add up). A uniform classical chain has one too.
    Independent random frequencies with a density localise every state of a chain without ZZ terms and dephasing. Random
    hopping alone does not fall under it: the middle of the band is special (Dyson, Phys. Rev. 92, 1331 (1953),
    doi:10.1103/PhysRev.92.1331).
    """
    if isinstance(model, DisorderedChain):
        return _of_ensemble(model)
    if isinstance(model, ClassicalChain):
        same = bool(np.all(model.rates == model.rates[0])) and model.rates[0] > 0
        uniform = same and sorted(model.bath_sites) == [0, model.sites - 1] and bulk_of(model).even
        return Proof("diffusive", AFFINE, "MT IV") if uniform else None
    rates = model.dephasing_rates
    if model.interacting or closed_form.obstacle(model) is not None or np.any(rates != rates[0]):
        return None
    if rates[0] > 0:
        return Proof("diffusive", AFFINE, "MT 11 with dephasing")
    return Proof("ballistic", "a clean chain of free excitations carries the same current at any length", "MT 11")


def _of_ensemble(model: DisorderedChain) -> Proof | None:
    """Ensembles: without any width one chain, with random dephasing a row of resistances, else the theorem."""
    bulk, wide = bulk_of(model), [d for d in model.disorder if d.width > 0]
    if not wide:
        return proof(model.sample(0))
    if (
        not bulk.quasi_free or closed_form.obstacle(model.chain) is not None
    ):  # uniform but for its disorder, a bath at each end
        return None
    if bulk.random == {"dephasing"} and _positive(wide[0], float(model.chain.dephasing_rates[0])):
        reason = "every bond is a resistance, by the closed form, and random ones of finite mean add up"
        return Proof("diffusive", reason, "MT 11 with dephasing")
    if bulk.dephased or "frequency" not in bulk.random:
        return None
    theorem = "independent random frequencies localise every state of free excitations in one dimension"
    return Proof("localised", theorem, KUNZ_SOUILLARD)


def _positive(disorder: Disorder, base: float) -> bool:
    """Whether a random rate is never negative, with a mean that is known."""
    middle = base if disorder.centre is None else disorder.centre
    return disorder.distribution == "uniform" and middle - disorder.width / 2 >= 0
