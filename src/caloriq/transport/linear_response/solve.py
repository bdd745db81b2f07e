"""The verb: linear response of a driven chain, over its bath rates and lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from caloriq import _checks, wording
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotConverged
from caloriq.models.spins import SpinChain
from caloriq.progress import shares
from caloriq.results import Certificate, Check, MethodReport, Progress, frozen
from caloriq.steady.methods import Chosen, TensorNetwork, Trajectories
from caloriq.steady.result import SteadyState, one_wire
from caloriq.steady.solve import steady_state
from caloriq.transport.lengths import FEWEST, resized
from caloriq.transport.linear_response.first import First, by_sector, by_tensors, network
from caloriq.transport.linear_response.pieces import Limit, driven, extrapolated, gradient, separated
from caloriq.transport.linear_response.result import LinearResponse

DRIVES = (0.05, 0.1, 0.2)
FACTORS = (0.25, 1.0, 4.0)  # of the model's own rate
FIRST_ORDER = 10  # sites: 2 s
SHORTEST = 4  # sites with a middle of two
KNOWN = 0.05  # relative error of a conductance that is accepted
LARGE = 12  # sites, from which the work grows as N² rather than 4^N
OWN = ("error of the conductance",)  # checks that all points have
ROOM = 10.0  # of estimated bounds, in a comparison of two routes


class Point(NamedTuple):
    """One rate and length."""

    currents: Real  # shape (M,)
    errors: Real
    conductance: Limit
    profile: Limit
    first: First | None
    network: First | None
    method: str
    even: float | None  # j(μ) + j(-μ), over what their errors allow


def linear_response(
    model: SpinChain,
    *,
    rates: Sequence[float] | None = None,
    sizes: Sequence[int] | None = None,
    drives: Sequence[float] = DRIVES,
    method: Chosen | str = "auto",
    first_order_to: int = FIRST_ORDER,
    progress: Progress | None = None,
) -> LinearResponse:
    """Conductance, diffusivity and contact resistance of a chain at infinite temperature, as its drive vanishes.

    The baths of the model give way to one on each end, with gain Γ(1 ± μ)/2 and loss Γ(1 ∓ μ)/2. Two routes to dj/dμ: steady
    states at several μ, extrapolated by a polynomial in μ², since j is odd; and, for chains that the sector holds, the linear
    equation of first order in μ, without any drive. Chains that a tensor network is for, by `auto` beyond twelve interacting
    sites, are relaxed at next to no drive in place of the steady states, and dj/dμ is a number that is stationary there: what bonds cut off enters it squared, so that bond
    dimensions of 64 to 128 are enough for 1 % at 30 sites without dephasing.

    Parameters
    ----------
    model : SpinChain
        Neighbours coupled along a chain, any ZZ interaction, frequencies, dephasing. Its baths count for the default of
        `rates` alone, and may be left out.
    rates : sequence of float, optional
        Γ of each bath; by default 1/4, 1 and 4 times that of the model's baths, or of its hopping where it has none.
    sizes : sequence of int, optional
        N ≥ 4, increasing; by default that of the model. Three or more separate the resistance of the contacts from that of
        the bonds, for models whose values are single numbers.
    drives : sequence of float
        μ in (0, 1], increasing, at least two; those of lengths that a tensor network is for are not solved.
    method : object or "auto"
        Of the steady states, as for `steady_state`; the `tol` of a tensor network is the error of dj/dμ.
    first_order_to : int
        Sites up to which the equation of first order is solved beside them: some 2 s at 10 sites, 20 times that for every two
        more.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    LinearResponse

    Raises
    ------
    InvalidInput
        For a model that is no chain of coupled neighbours, or lists that are not increasing.
    NotConverged
        If a steady state is not certified, the two routes disagree beyond their errors, or a tensor network misses its `tol`.
    """
    gamma, N, mu = checked(model, rates, sizes, drives)
    bounded(method)
    chains = chains_of(model, N)
    work = 4.0 ** np.minimum(N, LARGE) * np.maximum(N / LARGE, 1.0) ** 2
    parts = shares(progress, np.tile(work, len(gamma)).tolist())
    points: list[list[Point]] = []
    for rate in gamma.tolist():
        points.append([])
        for k, one in enumerate(chains):
            part = parts[len(N) * (len(points) - 1) + k]
            points[-1].append(_point(one, rate, mu, method, one.sites <= first_order_to, parity=k == 0, progress=part))
            if part is not None:
                part(1.0, 1.0)
    found = _assembled(model, gamma, N, mu, points, method)
    refused = [p.network.refusal for row in points for p in row if p.network and p.network.refusal is not None]
    if refused:
        raise NotConverged(refused[0], found)
    return found.certified()


def checked(
    model: Any, rates: Sequence[float] | None, sizes: Sequence[int] | None, drives: Sequence[float]
) -> tuple[Real, Real, Real]:
    """Bath rates, lengths and drives; refuses what is no chain."""
    _checks.instance("model", model, SpinChain)
    if not (model.neighbours_only and len(model.bonds.first) == model.sites - 1 and np.all(model.bonds.hopping)):
        raise InvalidInput(
            f"`model` must be one chain of coupled neighbours, but it is not (got {len(model.bonds.first)} coupled pairs of {model.sites} sites); take a SpinChain with `hopping`"
        )
    if not one_wire(model):
        raise InvalidInput(
            f"`baths` must sit on the ends, since they give way to others there, but they do not (got sites {', '.join(map(str, model.bath_sites))}); leave the inner ones out"
        )
    own = np.mean([r.total for r in model.bath_rates]) if model.baths else float(np.abs(model.bonds.hopping).mean())
    gamma = _increasing("rates", np.multiply(FACTORS, own) if rates is None else rates, 1)
    N = _increasing("sizes", (model.sites,) if sizes is None else sizes, 1)
    mu = _increasing("drives", drives, 2)
    if np.any(np.round(N) != N) or N[0] < SHORTEST:
        raise InvalidInput(
            f"`sizes` must be whole numbers of at least {SHORTEST}, so that a chain has a middle, but they are not (got {_checks.shown(N)})"
        )
    if mu[-1] > 1:
        raise InvalidInput(
            f"`drives` must be at most 1, where the baths are gain alone and loss alone, but one is larger (got {mu[-1]:g})"
        )
    chains_of(model, N)
    return gamma, N.astype(np.intp), mu


def bounded(method: Any) -> None:
    """Refuse a method whose numbers have no bounds, or larger ones than a conductance may have."""
    if isinstance(method, Trajectories):
        raise InvalidInput(
            f"`method` must give numbers with bounds, but quantum jumps have standard errors (got {wording.spoken(method)}); take TensorNetwork() or Sector()"
        )
    if isinstance(method, TensorNetwork) and method.tol > KNOWN:
        raise InvalidInput(
            f"`tol` must be at most {KNOWN:g} for a conductance, but it is larger (got {method.tol:g}); take a smaller one"
        )


def chains_of(model: SpinChain, sizes: Real) -> list[SpinChain]:
    """The chain with these numbers of sites; its baths, which give way, are left out."""
    bare = model.model_copy(update={"baths": ()})
    found = [bare if size == model.sites else resized(bare, size) for size in sizes.astype(int).tolist()]
    return [one for one in found if isinstance(one, SpinChain)]


def _increasing(name: str, values: Any, least: int) -> Real:
    found = np.atleast_1d(_checks.numbers(name, values))
    if found.ndim != 1 or found.size < least or np.any(found <= 0) or np.any(np.diff(found) <= 0):
        several = f"at least {least} numbers" if least > 1 else "numbers"
        raise InvalidInput(
            f"`{name}` must hold {several} greater than 0, increasing, but they are not (got {_checks.shown(values)})"
        )
    return found


def symmetric(model: SpinChain) -> bool:
    """Whether the current is odd in the drive: exchanging the ends, or filled and empty, turns it; else its odd part is taken."""
    w, (_, _, g, zz) = model.frequencies, model.bonds
    mirrored = all(np.array_equal(a, a[::-1]) for a in (w, np.abs(g), zz, model.dephasing_rates))
    return mirrored or bool(np.all(w == w[0])) or not model.interacting


def _point(
    model: SpinChain,
    rate: float,
    mu: Real,
    method: Chosen | str,
    linear: bool,
    *,
    parity: bool,
    progress: Progress | None,
) -> Point:
    """Both routes at one rate and length, or the one of a tensor network."""
    first = by_sector(model, rate) if linear else None
    tensors = network(model, rate, method)
    if tensors is not None:
        return _without_drive(mu, first, by_tensors(model, rate, tensors, progress))
    odd = symmetric(model)
    found = [steady_state(driven(model, rate, m), method=method) for m in mu.tolist()]
    back = (
        [] if odd and not parity else [steady_state(driven(model, rate, -m), method=method) for m in _turned(mu, odd)]
    )
    currents, errors = _of_all(found, lambda one: (one.current, one.current_bound))
    profiles, rooms = _of_all(found, lambda one: (one.populations - 0.5, one.bounds["populations"]))
    even = None
    if odd and back:
        j = float(currents[-1] + back[0].current)
        even = abs(j) / float(errors[-1] + back[0].current_bound)
    elif not odd:
        other, more = _of_all(back, lambda one: (one.current, one.current_bound))
        currents, errors = (currents - other) / 2, (errors + more) / 2
        other, more = _of_all(back, lambda one: (one.populations - 0.5, one.bounds["populations"]))
        profiles, rooms = (profiles - other) / 2, (rooms + more) / 2
    return Point(
        currents,
        errors,
        extrapolated(mu, currents / mu, errors / mu),
        extrapolated(mu, profiles / mu[:, None], rooms / mu[:, None]),
        first,
        None,
        wording.named(found[-1].method.name),
        even,
    )


def _without_drive(mu: Real, first: First | None, found: First) -> Point:
    """No state at any drive."""
    none, nowhere = np.full_like(mu, np.nan), np.full_like(found.populations.value, np.nan)
    unknown = Limit(np.array(np.nan), np.array(np.nan), np.array(np.nan))
    return Point(none, none, unknown, Limit(nowhere, nowhere, nowhere), first, found, found.method, None)


def _turned(mu: Real, odd: bool) -> list[float]:
    """Drives at which the baths are exchanged: all of them, or the largest as a check."""
    return [float(mu[-1])] if odd else mu.tolist()


def _of_all(found: list[SteadyState], read: Any) -> tuple[Real, Real]:
    values, bounds = zip(*(read(one) for one in found), strict=True)
    return np.array(values), np.array(bounds)


def _assembled(
    model: SpinChain, gamma: Real, N: Real, mu: Real, points: list[list[Point]], method: Chosen | str
) -> LinearResponse:
    """Everything, with the lines over the lengths and the certificate."""
    shape = len(gamma), len(N)

    def table(read: Any) -> Real:
        return frozen(np.array([[float(read(p)) for p in row] for row in points]).reshape(shape))

    extra, extra_error = table(lambda p: p.conductance.value), table(lambda p: p.conductance.error)
    first = table(lambda p: np.nan if p.first is None else p.first.conductance.value)
    bound = table(lambda p: np.nan if p.first is None else p.first.conductance.bound)
    network = table(lambda p: np.nan if p.network is None else p.network.conductance.value)
    room = table(lambda p: np.nan if p.network is None else p.network.conductance.bound)
    chi, chi_error = np.where(np.isfinite(network), network, extra), np.where(np.isfinite(network), room, extra_error)
    chi, chi_error = np.where(np.isfinite(first), first, chi), np.where(np.isfinite(first), bound, chi_error)
    profile = np.full((*shape, int(N[-1])), np.nan)
    slopes = np.empty((2, *shape))
    for g, row in enumerate(points):
        for k, p in enumerate(row):
            linear = p.network if p.first is None else p.first
            values = (p.profile.value, p.profile.error) if linear is None else linear.populations
            profile[g, k, : int(N[k])] = values[0]
            slopes[:, g, k] = gradient(*values)
    D = -chi / slopes[0]
    D_error = np.abs(D) * (chi_error / np.abs(chi) + slopes[1] / np.abs(slopes[0]))
    lines = [
        separated(N, 1 / chi[g], chi_error[g] / chi[g] ** 2) if len(N) >= FEWEST else (np.nan,) * 5
        for g in range(len(gamma))
    ]
    contact, contact_error, bond, bond_error, misfit = (frozen(np.array(one)) for one in zip(*lines, strict=True))
    return LinearResponse(
        model=model,
        method=_report(points, mu, method),
        certificate=Certificate(tuple(_checked(points, chi, chi_error, extra, extra_error, gamma))),
        rates=frozen(gamma),
        sizes=frozen(N),
        drives=frozen(mu),
        currents=frozen(np.array([[p.currents for p in row] for row in points])),
        current_errors=frozen(np.array([[p.errors for p in row] for row in points])),
        conductance=frozen(chi),
        conductance_error=frozen(chi_error),
        extrapolated=extra,
        extrapolated_error=extra_error,
        first_order=first,
        first_order_bound=bound,
        stationary=network,
        stationary_error=room,
        nonlinearity=table(lambda p: p.conductance.curvature / p.conductance.value),
        profile=frozen(profile),
        gradient=frozen(slopes[0].copy()),
        gradient_error=frozen(slopes[1].copy()),
        diffusivity=frozen(D),
        diffusivity_error=frozen(D_error),
        contact=contact,
        contact_error=contact_error,
        resistivity=bond,
        resistivity_error=bond_error,
        misfit=misfit,
        methods=tuple(tuple(p.method for p in row) for row in points),
    )


def _report(points: list[list[Point]], mu: Real, method: Chosen | str) -> MethodReport:
    """How many solutions of which kind."""
    every = [p for row in points for p in row]
    driven_at = [p for p in every if p.network is None]
    statistics: dict[str, float | int | str] = {
        "steady states": len(driven_at) * len(mu),
        "equations of first order": sum(p.first is not None for p in every),
        "tensor networks at no drive": len(every) - len(driven_at),
    }
    by = f"steady states by {', '.join(sorted({p.method for p in driven_at}))}, " if driven_at else ""
    network = ", tensor network at no drive" if len(driven_at) < len(every) else ""
    exact = "first order in the drive" if any(p.first is not None for p in every) else ""
    name = f"{by}{exact}{network}".strip(", ")
    reason = "auto: of every length the cheapest method" if method == "auto" else "as asked for"
    return MethodReport(name, reason, MappingProxyType(statistics))


def _checked(
    points: list[list[Point]], chi: Real, chi_error: Real, extra: Real, extra_error: Real, gamma: Real
) -> Iterator[Check]:
    """What the numbers must obey."""
    every = [p for row in points for p in row]
    yield Check(
        "error of the conductance", float(np.max(chi_error / np.abs(chi))), KNOWN, "dj/dμ is known to five per cent"
    )
    even = [p.even for p in every if p.even is not None]
    if even:
        yield Check(
            "even part of the current", max(even), 1.0, "exchanging the baths turns the current, to within the bounds"
        )
    yield from _of_networks([p.network for p in every if p.network is not None])
    solved = [(i, j) for i, row in enumerate(points) for j, p in enumerate(row) if p.first is not None]
    if solved:
        apart = []
        for at in solved:
            beside = points[at[0]][at[1]].network
            other, room = (extra[at], extra_error[at]) if beside is None else beside.conductance
            apart.append(abs(chi[at] - other) / (room + ROOM * chi_error[at]))
            if beside is not None:
                own = points[at[0]][at[1]].first.populations  # type: ignore[union-attr]
                off = np.abs(own.value - beside.populations.value)
                apart.append(float((off / (beside.populations.bound + ROOM * own.bound)).max()))
        yield Check(
            "two routes apart",
            float(max(apart)),
            1.0,
            "drives, or a tensor network, and first order give one conductance, to within their errors",
        )
        contact = []
        for at in solved:
            first = points[at[0]][at[1]].first
            assert first is not None
            into = gamma[at[0]] * (0.5 - first.populations.value[0])
            room = ROOM * (gamma[at[0]] * first.populations.bound[0] + chi_error[at]) + 1e-15 * gamma[at[0]]
            contact.append(abs(into - chi[at]) / room)
        yield Check(
            "bath beside bonds",
            float(max(contact)),
            1.0,
            "the first bath brings what the bonds carry, to within the bounds",
        )
        residual = max(p.first.residual for p in every if p.first is not None)
        yield Check("residual of first order", residual, 1e-9, "‖𝓛₀ρ₁ + 𝓛₁ρ₀‖/‖𝓛₁ρ₀‖")


def _of_networks(found: list[First]) -> Iterator[Check]:
    """Of every check of tensor networks the worst, over all rates and lengths."""
    for same in zip(*(one.checks for one in found), strict=True):
        worst = max(same, key=lambda one: one.value / one.limit if one.limit else one.value)
        name = worst.name if worst.name not in OWN else f"{worst.name} of tensor networks"
        yield Check(name, worst.value, worst.limit, worst.meaning)
