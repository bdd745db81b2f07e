"""One small example of every kind of model, the smallest form of every question, and what they are known to refuse or round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import caloriq as cq
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.models.unequal import UnequalNetwork
from model_laws import (
    Laws,
    any_lattice,
    banded,
    coupled,
    disordered,
    driven,
    driven_modular,
    exclusion,
    one_excitation,
    oscillators,
    spins,
)


@dataclass(frozen=True)
class Example:
    """A model as a file has it, the same in Python, and its laws."""

    text: str
    make: Callable[[], Any]
    laws: Callable[[Any], Laws]


BATHS = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0))
BATH_LINES = "baths: [{site: 0, temperature: 1.0, rate: 1.0}, {site: -1, temperature: 0.5, rate: 1.0}]"
# a pair of two levels: hopping and a shift of the state in which both are excited
PAIR = [[0.0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0.5]]

EXAMPLES = {
    "modular-chain": Example(
        "{kind: modular-chain, subunits: 3, levels: 6, bandwidth: 0.4, coupling: 0.02, seed: 5, interaction: real-gaussian}",
        lambda: cq.ModularChain(
            subunits=3, levels=6, bandwidth=0.4, coupling=0.02, seed=5, interaction="real-gaussian"
        ),
        one_excitation,
    ),
    "modular-network": Example(
        "{kind: modular-network, graph: [[0, 1], [1, 2], [0, 2]], levels: 4, bandwidth: 0.4, coupling: 0.02, seed: 5}",
        lambda: cq.ModularNetwork(graph=[[0, 1], [1, 2], [0, 2]], levels=4, bandwidth=0.4, coupling=0.02, seed=5),
        one_excitation,
    ),
    "unequal-network": Example(
        "{kind: unequal-network, levels: [4, 6, 5], bandwidth: [0.4, 0.5, 0.45], gap: [1.0, 1.02, 0.99], coupling: 0.02, seed: 5}",
        lambda: UnequalNetwork(
            levels=[4, 6, 5], bandwidth=[0.4, 0.5, 0.45], gap=[1.0, 1.02, 0.99], coupling=0.02, seed=5
        ),
        one_excitation,
    ),
    "driven-modular-chain": Example(
        "{kind: driven-modular-chain, chain: {subunits: 2, levels: 4, bandwidth: 0.4, coupling: 0.02, seed: 5}, "
        + BATH_LINES
        + "}",
        lambda: DrivenModularChain(
            chain=cq.ModularChain(subunits=2, levels=4, bandwidth=0.4, coupling=0.02, seed=5), baths=BATHS
        ),
        driven_modular,
    ),
    "banded-chain": Example(
        "{kind: banded-chain, subunits: 3, levels: [1, 3, 2], bandwidth: 0.1, coupling: 0.01, seed: 2}",
        lambda: cq.BandedChain(subunits=3, levels=[1, 3, 2], bandwidth=0.1, coupling=0.01, seed=2),
        banded,
    ),
    "banded-pair": Example(
        "{kind: banded-pair, levels: [1, 40], bandwidth: 0.05, coupling: 2e-4, seed: 1}",
        lambda: cq.BandedPair(levels=[1, 40], bandwidth=0.05, coupling=2e-4, seed=1),
        banded,
    ),
    "spin-chain": Example(
        f"{{kind: spin-chain, sites: 3, hopping: 1.0, dephasing: 0.5, {BATH_LINES}}}",
        lambda: cq.SpinChain(sites=3, hopping=1.0, dephasing=0.5, baths=BATHS),
        driven,
    ),
    "fmo": Example(
        "{kind: fmo, injection: 1/ns, temperature: 77 K}",
        lambda: cq.fmo(temperature=77.0),
        driven,
    ),
    "classical-chain": Example(
        f"{{kind: classical-chain, sites: 3, rate: 0.5, {BATH_LINES}}}",
        lambda: cq.ClassicalChain(sites=3, rate=0.5, baths=BATHS),
        exclusion,
    ),
    "disordered-chain": Example(
        f"{{kind: disordered-chain, chain: {{sites: 3, hopping: 1.0, dephasing: 0.5, {BATH_LINES}}}, "
        "disorder: [{quantity: frequency, width: 0.5}], samples: 2, seed: 1}",
        lambda: cq.DisorderedChain(
            chain=cq.SpinChain(sites=3, hopping=1.0, dephasing=0.5, baths=BATHS),
            disorder=[cq.Disorder(quantity="frequency", width=0.5)],
            samples=2,
            seed=1,
        ),
        disordered,
    ),
    "coupled-units": Example(
        f"{{kind: coupled-units, units: 3, levels: [0.0, 1.0], interaction: {PAIR}, coupling: 0.1}}",
        lambda: cq.CoupledUnits(units=3, levels=[0.0, 1.0], interaction=PAIR, coupling=0.1),
        coupled,
    ),
    "exchange-chain": Example(
        "{kind: exchange-chain, units: 3, levels: 3, coupling: 0.1}",
        lambda: cq.ExchangeChain(units=3, levels=3, coupling=0.1),
        coupled,
    ),
    "quantum-chain": Example(
        "{kind: quantum-chain, sites: 6, jx: 1.0, jy: 1.0, jz: 0.5}",
        lambda: cq.QuantumChain(sites=6, jx=1.0, jy=1.0, jz=0.5),
        spins,
    ),
    "harmonic-chain": Example(
        "{kind: harmonic-chain, sites: 4, pinning: 0.5, spring: 0.8, inner_friction: 0.3, noise: quantum, baths: ["
        "{site: 0, temperature: 1.0, friction: 0.7}, {site: -1, temperature: 0.5, friction: 0.4}]}",
        lambda: HarmonicChain(
            sites=4,
            pinning=0.5,
            spring=0.8,
            inner_friction=0.3,
            baths=(
                OhmicBath(site=0, temperature=1.0, friction=0.7),
                OhmicBath(site=-1, temperature=0.5, friction=0.4),
            ),
        ),
        oscillators,
    ),
    "lattice": Example(
        "{kind: lattice, sites: 3, parameters: {J: 1.0}, terms: [{operator: Z Z, value: J}, {operator: X, value: [0.9, 1.0, 1.1]}, "
        "{operator: Z, value: {random: uniform, width: 0.5}}], seed: 1, dephasing: 0.1, "
        "baths: [{site: 0, gain: 0.4, loss: 1.0}, {site: -1, gain: 0.1, loss: 0.9}]}",
        lambda: Lattice(
            sites=3,
            parameters={"J": 1.0},
            terms=(
                Term("Z Z", "J"),
                Term("X", [0.9, 1.0, 1.1]),
                Term("Z", {"random": "uniform", "width": 0.5}),
            ),
            seed=1,
            dephasing=0.1,
            baths=(cq.Bath(site=0, gain=0.4, loss=1.0), cq.Bath(site=-1, gain=0.1, loss=0.9)),
        ),
        any_lattice,
    ),
}
# other examples of questions that are not asked of that of the kind
CLOSED = {
    ("lattice", "lattice-drive"): lambda: Lattice(
        sites=3,
        parameters={"J": 1.0, "omega": 2.0},
        terms=(
            Term("S+ S-", "J/2", plus="hermitian-conjugate"),
            Term("Sz", {"random": "uniform", "width": 1.0}),
            Term("Sz", 0.5, drive="cos(omega*t)"),
        ),
        seed=3,
        baths=(cq.Bath(site=0, gain=0.4, loss=1.0),),
    ),
    ("lattice", "lattice-evolution"): lambda: Lattice(
        sites=4,
        parameters={"J": 1.0},
        terms=(
            Term("S+ S-", "J/2", plus="hermitian-conjugate"),
            Term("Sz Sz", "0.5*J"),
            Term("Sz", {"random": "uniform", "width": 1.0}),
        ),
        seed=3,
    ),
    ("lattice", "charges"): lambda: Lattice.xxz(8, anisotropy=0.7),
    ("lattice", "correlation"): lambda: Lattice.tilted_ising(5, transverse=1.4, longitudinal=0.9045, periodic=True),
    ("lattice", "spread"): lambda: Lattice.tilted_ising(5, transverse=1.4, longitudinal=0.9045),
    ("lattice", "kubo"): lambda: Lattice.tilted_ising(6, transverse=1.4, longitudinal=0.9045),
    ("lattice", "kubo-over-temperature"): lambda: Lattice.tilted_ising(6, transverse=1.4, longitudinal=0.9045),
    ("lattice", "mazur"): lambda: Lattice.xxz(8, anisotropy=0.7),
}

SMALLEST: dict[str, dict[str, Any]] = {
    "evolve": {"times": {"stop": 1.0, "count": 3}},
    "ham": {},
    "deviation": {},
    "steady-state": {},
    "scaling": {"sizes": [3, 4, 6, 8], "of": "excitations"},
    "kernel": {"order": "exact", "times": {"stop": 1.0, "count": 3}},
    "relaxation": {"times": {"stop": 1.0, "count": 3}},
    "blocks": {"block": 3},
    "bands": {"times": {"stop": 1.0, "count": 3}},
    "heat-response": {"temperatures": [1.0]},
    "green-kubo": {"count": 31},
    "modular-steady-state": {},
    "local-states": {"times": {"stop": 1.0, "count": 3}},
    "reversal": {"times": {"stop": 1.0, "count": 3}, "strengths": [0.0, 1.0]},
    "efficiency": {"trap": {"site": -1, "rate": 1.0}},
    "best-dephasing": {"trap": {"site": -1, "rate": 1.0}},
    "harmonic-state": {},
    "harmonic-scaling": {"sizes": [3, 4, 6, 8]},
    "lattice-steady-state": {},
    "charges": {"support": 3},
    "mazur": {"support": 3},
    "lattice-drive": {"times": {"values": [0.5, 1.0]}},
    "lattice-relaxation": {"times": {"values": [0.5, 1.0]}},
    "lattice-evolution": {
        "times": {"stop": 1.0, "count": 3},
        "observables": ["energy", {"operator": "X Y", "on": [[0, 2]]}],
    },
    "equation-of-state": {"temperatures": [0.5, 2.0]},
    "correlation": {"times": {"stop": 1.0, "count": 3}, "temperature": 2.0},
    "spread": {"times": {"stop": 1.0, "count": 3}},
    "kubo": {"sizes": [4, 6], "times": {"stop": 1.0, "count": 9}},
    "linear-response": {"sizes": [4, 5], "rates": [0.5, 1.0]},
    "verdict": {"routes": ["structure", "charges", "ham", "dynamics", "kernel", "populations", "harmonic"]},
    "kubo-over-temperature": {"sizes": [4, 6], "times": {"stop": 1.0, "count": 9}, "temperatures": [1.0, 4.0]},
}
# what a question says of a kind by its `models` and refuses all the same, and the argument that the sentence names
REFUSED: dict[tuple[str, str], str] = {
    ("fmo", "scaling"): "frequency",
    ("fmo", "linear-response"): "model",
    ("fmo", "verdict"): "model",
    ("banded-chain", "heat-response"): "model",
}

# asked of one model, but not at the points of a sweep, which are single samples
WHOLE = {("disordered-chain", "scaling")}

# formulas, which have nothing to prove
WITHOUT_PROOF = {"ham"}
# a point of a sweep records populations alone, which come from another product of the same eigenvectors; the error is a
# difference of two quadratures, which loses digits
ROUNDED = {("deviation", "deviation"): 1e-12, ("deviation", "deviation_error"): 1e-9}
# quantities of a point of a sweep that stand under another name in the whole answer
RENAMED = {
    **{
        (name, "instant"): "time"
        for name in (
            "evolve",
            "bands",
            "relaxation",
            "local-states",
            "reversal",
            "lattice-evolution",
            "lattice-relaxation",
            "lattice-drive",
        )
    },
    ("heat-response", "mean_temperature"): "temperature",
    ("equation-of-state", "at_temperature"): "temperature",
    ("kubo-over-temperature", "at_temperature"): "temperature",
    ("reversal", "kick"): "strength",
    ("green-kubo", "instant"): "time",
    ("green-kubo", "mean_temperature"): "temperature",
    ("modular-steady-state", "transfer_rates_error"): "transfer_rates_bound",
    ("scaling", "lengths"): "sites",
    ("scaling", "length_currents"): "current",
    ("scaling", "length_errors"): "error",
    ("scaling", "heat_lost"): "lost",
    ("harmonic-scaling", "lengths"): "sites",
    **{("harmonic-scaling", f"length_{name}"): name for name in ("current", "error", "apparent_conductivity")},
    **{
        ("linear-response", f"{before}s"): name
        for before, name in (("bath_rate", "rate"), ("length", "sites"), ("small_drive", "drive"))
    },
    ("kernel", "rates"): "rate",
    ("kernel", "local_energies"): "energy",
}
# those that a point has alone, since they are made of others, by the question and, where it matters, the kind of model
POINT_ALONE: dict[tuple[str, ...], set[str]] = {
    ("ham",): {"c1", "c2", "holds", "peak_temperature", "peak_conductivity"},
    ("deviation",): {"retained", "speed"},
    ("scaling",): {"holds", "ohmic", "settled", "alpha_tail", "diffusivity"},
    ("harmonic-scaling",): {"holds"},
    ("relaxation",): {"entropy", "entropy_bound", "entropy_production", "entropy_production_bound"},
    ("steady-state", "disordered-chain"): {"current", "current_bound"},
    ("steady-state", "fmo"): {"current", "current_bound"},  # of a network, that of the first bath
    ("blocks",): {"variance", "internal_time"},
}
