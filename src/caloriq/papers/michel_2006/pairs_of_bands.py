"""Studies of several bands per subunit: the data behind the figures, nothing drawn."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import numpy as np

from caloriq._checks import Real
from caloriq.closed.banded import evolve_bands
from caloriq.files import plain
from caloriq.models.banded import BandedChain, BandedPair
from caloriq.models.product_states import Thermal, thermal
from caloriq.papers.common import counted, dataset
from caloriq.reduced.average.ham import ham
from caloriq.results import Progress
from caloriq.transport.heat import HeatResponse, heat_response
from caloriq.transport.modes import ModeDecay

if TYPE_CHECKING:
    import xarray as xr

BANDWIDTH = 0.05


def pair(
    levels: tuple[int, ...], c2: float, *, seed: int = 1, band: Literal["uniform", "random"] = "uniform"
) -> BandedPair:
    """Pair with the coupling at which the strongest channel has a given c2."""
    model = BandedPair(levels=levels, bandwidth=BANDWIDTH, coupling=BANDWIDTH / max(levels), seed=seed, band=band)
    found = ham(model).criteria[1].value
    return model.model_copy(update={"coupling": model.coupling * float(np.sqrt(c2 / found))})


def beside_theory(
    model: BandedChain, start: Thermal, *, spans: float = 3.0, points: int = 201, progress: Progress | None = None
) -> xr.Dataset:
    """Populations of bands, energies and currents, exact and by the rate equation, until `spans` fastest decay times."""
    theory = ham(model)
    t = np.linspace(0, spans / theory.fastest_rate, points)
    exact = evolve_bands(model, t, initial=start, progress=progress)
    rates = theory.solve(t, initial=start)
    single = exact.local_energies.ndim == 2
    lead: tuple[str, ...] = () if single else ("sample",)
    return dataset(
        {
            "bands": ((*lead, "time", "subunit", "band"), exact.band_populations),
            "energies": ((*lead, "time", "subunit"), exact.local_energies),
            "currents": ((*lead, "time", "bond"), exact.currents),
            "theory_bands": (("time", "subunit", "band"), rates.band_populations),
            "theory_energies": (("time", "subunit"), rates.local_energies),
            "theory_currents": (("time", "bond"), rates.currents),
        },
        {"time": t},
        {
            "model": json.dumps(model.to_mapping()),
            "initial": json.dumps(start.to_mapping()),
            "fastest_rate": theory.fastest_rate,
            "method": exact.method.name,
            "certificate": json.dumps(exact.certificate.to_mapping(), default=plain),
        },
    )


def ensembles(model: BandedChain, temperature: float, difference: float, sizes: list[int], groups: int) -> xr.Dataset:
    """Distance of ensembles of pure thermal starts from the exact mixture, for Haar amplitudes and for random phases."""
    theory = ham(model)
    t = np.linspace(0, 1.5 / theory.fastest_rate, 13)
    mixed = evolve_bands(model, t, initial=thermal(temperature, difference=difference, draw="mixed")).local_energies
    distance = np.empty((2, len(sizes)))
    draws: tuple[Literal["haar", "phases"], ...] = ("haar", "phases")
    for k, draw in enumerate(draws):
        every = evolve_bands(
            model,
            t,
            initial=thermal(temperature, difference=difference, draw=draw, samples=max(sizes) * groups, seed=5),
        ).local_energies
        for j, size in enumerate(sizes):
            means = every[: size * groups].reshape(groups, size, *every.shape[1:]).mean(axis=1)
            distance[k, j] = np.sqrt(np.mean((means - mixed)[:, 1:] ** 2))
    return dataset(
        {"distance": (("draw", "size"), distance), "mixed": (("time", "subunit"), mixed)},
        {"draw": [0, 1], "size": sizes, "time": t},
        {
            "model": json.dumps(model.to_mapping()),
            "draws": list(draws),
            "temperature": temperature,
            "difference": difference,
        },
    )


def equilibrium_drift(model: BandedChain, temperature: float) -> xr.Dataset:
    """Populations that start in equilibrium, by the golden-rule equation, the printed one, and exactly."""
    theory = ham(model)
    t = np.linspace(0, 5 / theory.fastest_rate, 41)
    start = thermal(temperature, draw="mixed")
    ours, printed = theory.solve(t, initial=start), theory.solve(t, initial=start, form="printed")
    exact = evolve_bands(model, t, initial=start)
    return dataset(
        {
            "golden_rule": (("time", "configuration"), ours.populations),
            "printed": (("time", "configuration"), printed.populations),
            "exact": (("time", "configuration"), exact.populations),
        },
        {"time": t},
        {
            "model": json.dumps(model.to_mapping()),
            "configurations": json.dumps(ours.configurations.tolist()),
            "fastest_rate": theory.fastest_rate,
            "temperature": temperature,
        },
    )


def responses(
    models: dict[str, BandedPair], temperatures: Real, samples: dict[str, int | None], progress: Progress | None = None
) -> tuple[dict[str, HeatResponse], xr.Dataset]:
    """Exact conductivities of several pairs over temperature, beside all theories."""
    found = {}
    for name, model in counted(list(models.items()), progress):
        found[name] = heat_response(model, temperatures, samples=samples[name], seed=3)
    fields = ("conductivity", "error", "early", "early_error", "theory", "theory_error", "resolved", "printed")
    data = dataset(
        {f: (("pair", "temperature"), np.array([getattr(r, f) for r in found.values()])) for f in fields},
        {"pair": np.arange(len(found)), "temperature": temperatures},
        {"pairs": list(found), "models": json.dumps([m.to_mapping() for m in models.values()])},
    )
    return found, data


def currents(found: dict[str, HeatResponse], ratios: Real) -> xr.Dataset:
    """Exact currents over the temperature difference at the first temperature of each, and where they stop to be linear."""
    T = [float(r.temperatures[0]) for r in found.values()]
    values = [r.current(t, ratios * t) for t, r in zip(T, found.values(), strict=True)]
    return dataset(
        {
            "current": (("pair", "ratio"), np.array([v for v, _ in values])),
            "error": (("pair", "ratio"), np.array([e for _, e in values])),
            "first_nonlinearity": (
                "pair",
                [r.first_nonlinearity(t) for t, r in zip(T, found.values(), strict=True)],
            ),
            "temperature": ("pair", T),
        },
        {"pair": np.arange(len(found)), "ratio": ratios},
        {
            "pairs": list(found),
            "models": json.dumps([r.model.to_mapping() for r in found.values()]),
        },
    )


def decays(found: dict[str, ModeDecay]) -> xr.Dataset:
    """Amplitudes and exponents of modes of several chains."""
    some = next(iter(found.values()))
    exponents = [r.exponents for r in found.values()]
    return dataset(
        {
            "exact": (("chain", "mode", "point"), np.array([r.exact for r in found.values()])),
            "second_order": (("chain", "mode", "point"), np.array([r.second_order for r in found.values()])),
            "times": (("chain", "mode", "point"), np.array([r.times for r in found.values()])),
            "exponent": (("chain", "mode"), np.array([e for e, _ in exponents])),
            "second_order_exponent": (("chain", "mode"), np.array([s for _, s in exponents])),
            "deviation": (("chain", "mode"), np.array([r.deviation for r in found.values()])),
        },
        {"chain": np.arange(len(found)), "mode": some.modes, "wavelength": ("mode", some.wavelengths)},
        {"chains": list(found), "models": json.dumps([r.model.to_mapping() for r in found.values()])},
    )
