r"""How a packet of a conserved density spreads at infinite temperature: profile, width, D(t), and the exponent z.

A small excess of a_0 over equilibrium evolves as the correlation :math:`C_x(t)=\langle a_x(t)a_0\rangle/\sum_y\langle a_ya_0\rangle`. Its
width obeys :math:`\tfrac12\,d\langle x^2\rangle/dt=\tfrac12\sum(y^2-x^2)\langle j_{x\to y}(t)a_0\rangle/\chi`, which in an infinite
lattice is Kubo's D(t) at every time.

Source: R. Steinigeweg, H. Wichterich, J. Gemmer, EPL 88, 10004 (2009), doi:10.1209/0295-5075/88/10004.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.correlation import exact, typical
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.correlation.solve import choose_correlation_method
from caloriq.closed.lattice.evolution import check_closed
from caloriq.closed.lattice.result import INSTANT
from caloriq.closed.methods import Exact
from caloriq.errors import InvalidInput
from caloriq.models.lattice import densities
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen, teller
from caloriq.spaces.strings import Strings, total
from caloriq.variables import ENERGY as ENERGY_UNIT
from caloriq.variables import SITE, Variable

ENDS = 1e-3  # of the packet at the ends, from which on they are felt
SUM = 1e-9  # of the packet that may be lost
METHODS = (Exact, Typicality)


@dataclass(frozen=True)
class Spread(Solution):
    """A packet of a conserved density in time.

    Attributes
    ----------
    of : str
        What spreads.
    site : int
        Where it starts.
    times : array, shape (T,)
        Instants.
    profile : array, shape (T, N)
        C_x(t): its sum is 1.
    width : array, shape (T,)
        ⟨x²⟩, in sites², less that at time 0.
    diffusivity : array, shape (T,)
        ½ d⟨x²⟩/dt.
    error : array, shape (T,)
        Statistical standard error of the diffusivity.
    exponent : array, shape (T,)
        z of ⟨x²⟩ ∝ t^(2/z), from neighbouring times: 1 is ballistic, 2 diffusive.
    reached : float
        Time at which a thousandth of the packet has come to an end of the lattice; infinite where it has not.
    """

    of: str
    site: int
    times: Real
    profile: Real
    width: Real
    diffusivity: Real
    error: Real
    exponent: Real
    reached: float

    variables = (
        Variable("profile", ("time", "site"), long_name="share of the packet at a site"),
        Variable("width", ("time",), units="site²", long_name="⟨x²⟩ less that at time 0"),
        Variable("diffusivity", ("time",), units=f"site² {ENERGY_UNIT}", long_name="½ d⟨x²⟩/dt"),
        Variable("error", ("time",), units=f"site² {ENERGY_UNIT}", long_name="statistical standard error"),
        Variable("exponent", ("time",), long_name="z of ⟨x²⟩ ∝ t^(2/z)"),
        Variable("reached", units=f"1/({ENERGY_UNIT})", long_name="time at which the packet comes to an end"),
    )
    coordinates = (INSTANT, SITE)
    headlines = ("diffusivity", "exponent", "reached")

    def notes(self) -> tuple[str, ...]:
        """That the ends are felt, where they are."""
        if self.reached > self.times[-1]:
            return ()
        return (
            f"From t = {self.reached:.3g} on the packet has reached the ends of the lattice: later numbers are those of a finite one.",
        )

    def facts(self) -> dict[str, Any]:
        """What spreads, and from where."""
        return {"of": self.of, "site": self.site}


def spread(
    model: Lattice,
    times: ArrayLike,
    *,
    of: str = ENERGY,
    site: int | None = None,
    method: Exact | Typicality | str = "auto",
    progress: Progress | None = None,
) -> Spread:
    """A small local excess of a conserved density in equilibrium at infinite temperature, in time.

    Parameters
    ----------
    model : Lattice
        Closed; open ends, or closed on itself, where distances are those of nearest images.
    times : array_like, shape (T,)
        Instants, at least three.
    of : str
        "energy", or a number that H conserves.
    site : int, optional
        Where it starts; by default the middle.
    method : Exact, Typicality or "auto"
        All levels, or random states.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Spread
        ½ d⟨x²⟩/dt from the currents, not by differences.

    Raises
    ------
    InvalidInput
        For arguments outside their domain, and what memory has no room for.
    Unsupported
        For a density that is not conserved.
    """
    _checks.instance("model", model, Lattice)
    t = _checks.times(times)
    x0 = check_spread(model, of, site, t)
    named = _checks.method(method, METHODS)
    chosen, reason = choose_correlation_method(model) if named == "auto" else (named, "as asked for")
    far = densities.displacements(model, x0, np.arange(model.size))
    every = [_traceless(one) for one in densities.density(model, of)]
    a = every[x0]
    if not a.terms:
        raise InvalidInput(f"`site` must carry some of the {of}, but it does not (got {x0})")
    flow = _second_moment_flow(model, of, far)
    chi = sum(one.overlap(a).real for one in every)
    clock = time.perf_counter()
    operators, tell = [*every, flow], teller(progress)
    error = np.zeros(t.size)
    if isinstance(chosen, Exact):
        levels = exact.from_levels(model, operators, a, t, betas=(0.0,), tell=tell)
        values, checks, statistics = levels.values[0].real, levels.proofs(), levels.statistics
    else:
        drawn = typical.sampled(
            model, operators, a, t, betas=(0.0,), samples=chosen.samples, seed=chosen.seed, tol=chosen.tol, tell=tell
        )[0]
        values, checks, statistics = drawn.values.real.mean(axis=0), drawn.proofs(chosen.tol), drawn.statistics
        error = drawn.standard_error(-1) / (2 * abs(chi))
    profile, D = values[:-1].T / chi, values[-1] / (2 * chi)
    share = profile.sum(axis=1)
    checks.append(Check("sum", float(np.abs(share - share[0]).max()), SUM, "the whole packet is there at every time"))
    width = profile @ far**2 - sum(one.overlap(a).real * d**2 for one, d in zip(every, far.tolist(), strict=True)) / chi
    ends = (far == far.max()) | (far == far.min())  # of a ring those farthest away, of an open chain both its ends
    beyond = np.flatnonzero(np.abs(profile[:, ends]).sum(axis=1) > ENDS)
    statistics["wall time in s"] = time.perf_counter() - clock
    return Spread(
        model=model,
        method=MethodReport(repr(chosen), reason, statistics),
        certificate=Certificate(tuple(checks)),
        of=of,
        site=x0,
        times=frozen(t.copy()),
        profile=frozen(profile),
        width=frozen(width),
        diffusivity=frozen(D),
        error=frozen(np.asarray(error)),
        exponent=frozen(_exponents(t, width, D)),
        reached=float(t[beyond[0]]) if beyond.size else math.inf,
    ).certified()


def check_spread(model: Lattice, of: str, site: int | None, times: Real) -> int:
    """Refuse what does not spread, before the work; the site where it starts."""
    check_closed(model)
    densities.check_conserved(model, of)
    if times.size < 3:
        raise InvalidInput(f"`times` must be at least three, but they are not (got {times.size})")
    return model.size // 2 if site is None else _checks.index("site", site, model.size)


def _second_moment_flow(model: Lattice, of: str, far: Real) -> Strings:
    """d/dt Σ x² a_x, by the currents: Σ (y² - x²) j_{x→y} over all pairs."""
    flows = densities.current(model, of)
    gains = far[flows.bonds[:, 1]] ** 2 - far[flows.bonds[:, 0]] ** 2
    return total(model.spaces, [float(g) * j for g, j in zip(gains, flows.operators, strict=True)])


def _traceless(operator: Strings) -> Strings:
    return Strings(operator.spaces, {string: c for string, c in operator.terms.items() if string})


def _exponents(times: Real, width: Real, D: Real) -> Real:
    """Z = 2/(d ln⟨x²⟩/d ln t) with d⟨x²⟩/dt = 2D; not a number where the width is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = width / (times * D)
    return np.asarray(np.where((times > 0) & (width > 0) & (D > 0), z, np.nan))
