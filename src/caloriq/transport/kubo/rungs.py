r"""A diffusivity from strings of bounded support: D_ℓ,g at several lengths and dampings, and what may be said of them.

Damping makes any chain diffusive: a number counts only where it stays the same as ℓ rises and as g falls, where the correlation has
decayed by itself, where no charge keeps a part of the current, and where nothing else is conserved, or nearly: the correlations of
integrable chains have long tails, which damping cuts off. Growth with ℓ never speaks for diffusion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.results import Check
from caloriq.transport.kubo.premises import SLOWEST, Charges

SETTLED = 0.05  # of D, by which it may change from the last length but one to the last, at every damping
STABLE = 0.05  # and between two dampings at the last length
FLAT = 0.01  # of D, gained in the last quarter of the time
DECAYED = 0.15  # of ⟨J²⟩, what is left of the correlation where lengths and dampings begin to part
AGREE = 0.01  # of ⟨J²⟩, to which correlations of lengths and dampings are the same
FALLEN = 0.02  # of D, by which it may fall after they part
OVER = 0.0  # of D, by which rings may lie above the interval
GROWS = 0.05  # of D, from length to length at every damping, beyond which it grows
WIDTH = 2.0  # half width of the interval in the largest of the differences, by calibration: see design note 0044
BEFORE = 0.5  # of the change from the last length but two to the last but one that counts as one of them
Class = Literal["converged", "growing", "undecided"]


@dataclass(frozen=True, slots=True)
class Rungs:
    """D of lengths and dampings.

    Attributes
    ----------
    lengths : array of int, shape (P,)
        ℓ, ascending.
    dampings : array, shape (G,)
        g, descending.
    times : array, shape (T,)
        Instants.
    correlation, diffusivity : array, shape (P, G, T)
        C over ⟨J²⟩, and D.
    exact_until : array, shape (P, G)
        Time until which C is that of the infinite chain to a thousandth of ⟨J²⟩, by a bound.
    agree_until : float
        Time until which all of the two last lengths and of all dampings agree.
    value, low, high : float
        D at the last length and time, mean over dampings, and the interval.
    exponent : float
        Of D ∝ ℓ^a over the lengths.
    found : {"converged", "growing", "undecided"}
        What may be said.
    checks : tuple of Check
        The conditions of "converged".
    moments : array, shape (n + 1,)
        µ_2k = ‖[H, ·]^k J‖² over ⟨J²⟩, k = 0, 1, ..., in energy to the power 2k: C/⟨J²⟩ = Σ (-1)^k µ_2k t^2k/(2k)!. As many as the
        longest length holds exactly; the chain without ends has just these.
    lanczos : array, shape (n + 1,)
        b_k of the recursion J_k b_k = i[H, J_{k-1}] + b_{k-1} J_{k-2}, in energy; b_0 is 0. They grow linearly in chaotic chains
        (D. E. Parker et al., Phys. Rev. X 9, 041017 (2019), doi:10.1103/PhysRevX.9.041017), with a logarithm in one dimension.
        Source: V. S. Viswanath, G. Müller, The Recursion Method (1994), doi:10.1007/978-3-540-48651-0.
    """

    lengths: NDArray[np.int64]
    dampings: Real
    times: Real
    correlation: Real
    diffusivity: Real
    exact_until: Real
    agree_until: float
    value: float
    low: float
    high: float
    exponent: float
    found: Class
    checks: tuple[Check, ...]
    moments: Real = field(default_factory=lambda: np.ones(1))
    lanczos: Real = field(default_factory=lambda: np.zeros(1))

    def told(self) -> str:
        """What may be said, in one sentence."""
        lengths = f"strings of up to {self.lengths[-1]} cells of the chain without ends"
        if self.found == "converged":
            return f"By {lengths}, D lies in [{self.low:.4g}, {self.high:.4g}]; it has converged in length and damping."
        if self.found == "growing":
            return f"By {lengths}, D grows with their length, as ℓ^{self.exponent:.2f}: this is no sign of diffusion."
        failed = ", ".join(
            f"{one.name} (not looked for)" if math.isnan(one.value) else one.name
            for one in self.checks
            if not one.holds
        )
        return f"By {lengths}, nothing is decided: {failed}."


def judged(
    lengths: NDArray[np.int64],
    dampings: Real,
    times: Real,
    correlation: Real,
    diffusivity: Real,
    exact_until: Real,
    charges: Charges,
) -> Rungs:
    """Rungs with their class.

    Parameters
    ----------
    lengths, dampings, times, correlation, diffusivity, exact_until : array
        As in `Rungs`.
    charges : Charges
        Of the chain and its current.
    """
    last = diffusivity[..., -1]  # (P, G)
    value = float(last[-1].mean())
    steps = np.abs(np.diff(last, axis=0))  # (P - 1, G)
    spread = float(np.ptp(last[-1]))
    step = float(steps[-1].max()) if len(steps) else math.inf
    three_quarters = int(np.searchsorted(times, 0.75 * times[-1]))
    gained = float(np.abs(diffusivity[-1, :, -1] - diffusivity[-1, :, three_quarters]).max())
    recent = correlation[-2:].reshape(-1, times.size)
    apart = np.flatnonzero(np.ptp(recent, axis=0) > AGREE)
    at = int(apart[0]) - 1 if apart.size else times.size - 1
    left = float(np.abs(correlation[-1, :, max(at, 0)]).max())
    scale = abs(value) or 1.0
    late = diffusivity[-1, :, max(at, 0) :]
    fallen = float((late.max(axis=-1) - late[:, -1]).max())
    checks = (
        Check("change with length", step / scale, SETTLED, "D is the same at the two last lengths, at every damping"),
        Check("change with damping", spread / scale, STABLE, "D does not depend on the damping"),
        Check("change in time", gained / scale, FLAT, "the integral of the correlation has settled"),
        Check("decay undamped", left, DECAYED, "the correlation has decayed before lengths and dampings part"),
        Check(
            "fall", fallen / scale, FALLEN, "D does not fall after lengths and dampings part, as damping alone makes it"
        ),
        Check("kept by charges", charges.kept, 1e-9, "no charge of bounded support keeps a part of the current"),
        Check("charges", charges.more, 0.0, "no charge but H and those of single cells: it is not integrable"),
        Check(
            "slow operators",
            1 / charges.slowest if charges.slowest else math.inf,
            1 / SLOWEST,
            "nothing of three cells is nearly conserved",
        ),
    )
    slope = (
        float(np.polyfit(np.log(lengths), np.log(np.abs(last).mean(axis=1)), 1)[0]) if len(lengths) > 1 else math.nan
    )
    grows = len(lengths) > 1 and bool(np.all(np.diff(last, axis=0) > GROWS * np.abs(last[1:])))
    found: Class = "converged" if all(one.holds for one in checks) else "growing" if grows else "undecided"
    earlier = float(steps[-2].max()) if len(steps) > 1 else step
    half = WIDTH * max(step, BEFORE * earlier, spread, gained)
    return Rungs(
        lengths,
        dampings,
        times,
        correlation,
        diffusivity,
        exact_until,
        float(times[max(at, 0)]),
        value,
        value - half,
        value + half,
        slope,
        found,
        checks,
    )


def beside_rings(rungs: Rungs, value: float, error: float) -> Rungs:
    """The same, held against D of rings at t*: strings that converge below it are undecided.

    Parameters
    ----------
    rungs : Rungs
        Of the chain without ends.
    value, error : float
        D of the largest ring at t*, and by how much it may be off: statistically, and by its size.
    """
    over = max(0.0, value - error - rungs.high) / (abs(rungs.value) or 1.0)
    check = Check("rings", over, OVER, "D of rings does not lie above the interval, where they are seen to agree")
    found = rungs.found if check.holds or rungs.found != "converged" else "undecided"
    return replace(rungs, checks=(*rungs.checks, check), found=found)
