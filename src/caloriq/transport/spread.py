r"""How a packet of a conserved density spreads at infinite temperature: profile, width, D(t), and the exponent z.

A state :math:`\rho\propto1+\epsilon B` has the densities :math:`C_x(t)=\langle a_x(t)B\rangle/\sum_y\langle a_yB\rangle` above
equilibrium, in shares of the whole. Their second moment obeys, for any B,
:math:`\tfrac12\,d\langle x^2\rangle/dt=\tfrac12\sum(y^2-x^2)\langle j_{x\to y}(t)B\rangle/\sum_y\langle a_yB\rangle`. With B = a_0, a
small excess of the density at a site, that is Kubo's D(t) at every time in an infinite lattice; with another B it is not, but has the
same limit where transport is diffusive.

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
from caloriq.closed.correlation.operators import check_hermitian, told
from caloriq.closed.correlation.samples import Sampled
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
CARRIED = 1e-9  # of what an operator of its size could carry of a density, below which it is rounding
METHODS = (Exact, Typicality)


@dataclass(frozen=True)
class Spread(Solution):
    """A packet of a conserved density in time.

    Attributes
    ----------
    of : str
        What spreads.
    site : int
        Where it starts: distances are from there.
    initial : str
        What makes it, in words.
    times : array, shape (T,)
        Instants.
    profile : array, shape (T, N)
        C_x(t): its sum is 1, of random states within their errors.
    width : array, shape (T,)
        ⟨x²⟩, in sites², less that at time 0.
    diffusivity : array, shape (T,)
        ½ d⟨x²⟩/dt.
    profile_error, width_error, error : array
        Statistical standard errors of the profile, the width and the diffusivity, of their shapes; 0 where nothing was sampled.
    exponent : array, shape (T,)
        z of ⟨x²⟩ ∝ t^(2/z), from neighbouring times: 1 is ballistic, 2 diffusive.
    reached : float
        Time at which a thousandth of the packet has come to an end of the lattice; infinite where it has not.
    """

    of: str
    site: int
    initial: str
    times: Real
    profile: Real
    profile_error: Real
    width: Real
    width_error: Real
    diffusivity: Real
    error: Real
    exponent: Real
    reached: float

    variables = (
        Variable("profile", ("time", "site"), long_name="share of the packet at a site"),
        Variable("profile_error", ("time", "site"), long_name="statistical standard error of it"),
        Variable("width", ("time",), units="site²", long_name="⟨x²⟩ less that at time 0"),
        Variable("width_error", ("time",), units="site²", long_name="statistical standard error of it"),
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
        return {"of": self.of, "site": self.site, "initial": self.initial}


def spread(
    model: Lattice,
    times: ArrayLike,
    *,
    of: str = ENERGY,
    site: int | None = None,
    initial: Strings | None = None,
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
    initial : Strings, optional
        B of the state 1 + εB that it starts from: hermitian, near `site`; by default the density at `site`. Its trace is left out.
    method : Exact, Typicality or "auto"
        All levels, or random states; their `error` is that of ½ d⟨x²⟩/dt over its largest value.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Spread
        ½ d⟨x²⟩/dt from the currents, not by differences.

    Raises
    ------
    InvalidInput
        For arguments outside their domain, an `initial` that carries none of the density, and what memory has no room for.
    Unsupported
        For a density that is not conserved.
    NotConverged
        If the certificate fails.
    """
    _checks.instance("model", model, Lattice)
    t = _checks.times(times)
    x0 = check_spread(model, of, site, t)
    named = _checks.method(method, METHODS)
    far = densities.displacements(model, x0, np.arange(model.size))
    every = [_traceless(one) for one in densities.density(model, of)]
    begins = f"{of} at {x0}" if initial is None else told(initial)
    B = every[x0] if initial is None else _disturbance(model, initial)
    if not every[x0].terms and initial is None:
        raise InvalidInput(f"`site` must carry some of the {of}, but it does not (got {x0})")
    overlaps = np.array([one.overlap(B).real for one in every])
    chi = float(overlaps.sum())
    if abs(chi) <= CARRIED * B.norm * max(one.norm for one in every):
        raise InvalidInput(
            f"`initial` must carry some of the {of}, but Σ⟨a_x B⟩ is 0 (got {begins}); nothing of it spreads"
        )
    chosen, reason = choose_correlation_method(model, (B,)) if named == "auto" else (named, "as asked for")
    flow = _second_moment_flow(model, of, far)
    # the second moment has samples, and so an error, of its own
    moment = total(model.spaces, [float(d) ** 2 * one for one, d in zip(every, far, strict=True)])
    clock = time.perf_counter()
    operators, tell = [*every, moment, flow], teller(progress)
    if isinstance(chosen, Exact):
        levels = exact.from_levels(model, operators, B, t, betas=(0.0,), tell=tell)
        values, checks, statistics = levels.values[0].real, levels.proofs(), levels.statistics
        errors = np.zeros(values.shape)
    else:
        drawn = typical.drawn_by(
            chosen, model, operators, B, t, betas=(0.0,), relative=lambda one, _: _relative(one), tell=tell
        )[0]
        values, checks, statistics = drawn.values.real.mean(axis=0), drawn.proofs(chosen.tol), drawn.statistics
        checks += drawn.precise(chosen, _relative(drawn))
        errors = np.array([drawn.standard_error(p) for p in range(len(operators))]) / abs(chi)
    profile, D = values[:-2].T / chi, values[-1] / (2 * chi)
    share = profile.sum(axis=1)
    checks.append(Check("sum", float(np.abs(share - share[0]).max()), SUM, "the whole packet is there at every time"))
    width = (values[-2] - overlaps @ far**2) / chi
    ends = (far == far.max()) | (far == far.min())  # of a ring those farthest away, of an open chain both its ends
    beyond = np.flatnonzero(np.abs(profile[:, ends]).sum(axis=1) > ENDS)
    statistics["wall time in s"] = time.perf_counter() - clock
    return Spread(
        model=model,
        method=MethodReport(repr(chosen), reason, statistics),
        certificate=Certificate(tuple(checks)),
        of=of,
        site=x0,
        initial=begins,
        times=frozen(t.copy()),
        profile=frozen(profile),
        profile_error=frozen(errors[:-2].T.copy()),
        width=frozen(width),
        width_error=frozen(errors[-2].copy()),
        diffusivity=frozen(D),
        error=frozen(errors[-1] / 2),
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


def _relative(drawn: Sampled) -> float:
    """The largest error of the last operator over its largest value."""
    largest = float(np.abs(drawn.values[:, -1].real.mean(axis=0)).max())
    return float(drawn.standard_error(-1).max()) / largest if largest else 0.0


def _disturbance(model: Lattice, given: Strings) -> Strings:
    """B without its trace."""
    _checks.instance("initial", given, Strings)
    if given.spaces != model.spaces:
        raise InvalidInput(f"`initial` must act on the sites of the lattice, but it does not (got {told(given)})")
    check_hermitian("initial", given)
    return _traceless(given)


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
