r"""Laws of a resistance R(N) = 1/J compared by their likelihood, finite-size terms included.

Every law is :math:`R(N) = a + c f(N; \theta)` with f = 0 at one site and 1 at the largest length, so that a is what the contacts
alone resist. R is known to a relative error: that of the samples, and a finite-size term of unknown size that fades with the length
(`finite_size`). Contacts and bulk are integrated over analytically, θ and the size of that term on grids, so that
laws with different numbers of parameters can be compared (docs/design/0045-laws-by-likelihood.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.errors import NotEnoughData
from caloriq.transport.estimates import Estimate, integrals, log_sum, of_densities, of_normals
from caloriq.transport.finite_size import believed, whitened

FEWEST = 4  # two parameters, one for the size of the finite-size term, and one length more
STEEPEST = 3.0  # exponents of power laws lie between 0 and this
LOGARITHMS = 2.0  # powers of the logarithm lie between minus and plus this
SATURATED = 5.0  # the largest length is at most so many lengths of saturation
HOPELESS = 1e100  # relative deviations beyond this are one and the same
NODES, ZOOMED, LEVELS, ZOOM = (
    33,
    11,
    10,
    0.25,
)  # of the first grid; of each finer one, how many of these, and how much finer

# of the affine law, and what they are called
RIVALS = {
    "constant": "a constant",
    "power": "a power law",
    "exponential": "an exponential",
    "saturating": "saturation",
    "logarithmic": "a logarithm",
    "square": "a square",
}


@dataclass(frozen=True)
class Comparison:
    """What lengths say about laws of R = 1/J, and the parameters with their errors.

    Attributes
    ----------
    evidence : mapping
        Logarithm of the marginal likelihood of each law, of R relative to itself.
    resistivity, contact : Estimate
        r and R_c of R = R_c + r (N - 1).
    alpha : Estimate
        α of R = a + c N^(1-α): the contacts are taken out of it.
    """

    evidence: Mapping[str, float]
    resistivity: Estimate
    contact: Estimate
    alpha: Estimate

    def against(self, rival: str) -> float:
        """How many times likelier the data are under the affine law than under another; between e^-700 and e^700."""
        return float(np.exp(np.clip(self.evidence["affine"] - self.evidence[rival], -700, 700)))

    @property
    def factor(self) -> float:
        """The least of these."""
        return min(self.against(rival) for rival in RIVALS)

    def to_mapping(self) -> dict[str, Any]:
        """Likelihoods over that of the affine law, and the parameters with both intervals."""
        numbers = {"resistivity": self.resistivity, "contact_resistance": self.contact, "alpha": self.alpha}
        intervals = {name: {"value": one.value, "68 %": one.one, "95 %": one.two} for name, one in numbers.items()}
        return {"against": {law: self.against(law) for law in RIVALS}, **intervals}

    @property
    def likeliest(self) -> str:
        """The law of the largest evidence."""
        return max(self.evidence, key=self.evidence.__getitem__)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """For every finite-size term (T) and every basis (B): evidence, and mean and error of both amplitudes, (T, B) each."""

    evidence: Real
    bulk: Real
    bulk_error: Real
    contact: Real
    contact_error: Real


class _Data:
    """Resistances relative to themselves, whitened for every finite-size term."""

    def __init__(self, N: Real, R: Real, relative: Real) -> None:
        self.R = R
        self.W, self.volume = whitened(N, relative)
        self.turned = np.swapaxes(self.W, -1, -2).copy()
        y, u = self.W.sum(axis=-1), self.W @ (R.min() / R)  # (T, K): W applied to R/R, and to contacts
        self.uu = 1 + np.sum(u * u, axis=-1, keepdims=True)
        self.height = np.sum(u * y, axis=-1, keepdims=True) / self.uu
        self.left, self.u = (y - self.height * u)[:, None, :], u[:, None, :]

    def fit(self, f: Real) -> _Fitted:
        """All of a basis (B, K) or (T, B, K); the priors of a and c are normal, as wide as the smallest and the largest R."""
        v = np.clip(f * (self.R.max() / self.R), -HOPELESS, HOPELESS) @ self.turned  # (T, B, K)
        share = (v @ np.swapaxes(self.u, -1, -2))[..., 0] / self.uu
        rest = (
            v - share[..., None] * self.u
        )  # what contacts do not explain of it; the rows of the priors are told beside it
        size = np.einsum("tbk,tbk->tb", rest, rest) + share**2 + 1
        c = (np.sum(rest * self.left, axis=-1) + share * self.height) / size
        off = self.left - c[..., None] * rest
        chi2 = np.einsum("tbk,tbk->tb", off, off) + (self.height - c * share) ** 2 + c**2
        return _Fitted(
            evidence=self.volume[:, None] - (chi2 + np.log(self.uu * size)) / 2,
            bulk=c,
            bulk_error=1 / np.sqrt(size),
            contact=self.height - c * share,
            contact_error=np.sqrt(1 / self.uu + share**2 / size),
        )

    def profile(self, low: float, high: float, basis: Callable[[Real], Real]) -> tuple[Real, Real]:
        """Nodes of θ, dense where it is likely, and log evidence there, for every finite-size term; shape (T, nodes) each."""
        T = len(self.volume)
        first = np.linspace(low, high, NODES)
        nodes, logs = [np.tile(first, (T, 1))], [self.fit(basis(first)).evidence]
        half = 2 * (first[1] - first[0])
        best = first[np.argmax(logs[0], axis=1)]
        for _ in range(LEVELS):
            at = np.clip(best[:, None] + half * np.linspace(-1, 1, ZOOMED), low, high)
            nodes.append(at)
            logs.append(self.fit(basis(at)).evidence)
            best = np.take_along_axis(at, np.argmax(logs[-1], axis=1)[:, None], axis=1)[:, 0]
            half *= ZOOM
        x, y = np.concatenate(nodes, axis=1), np.concatenate(logs, axis=1)
        order = np.argsort(x, axis=1)
        return np.take_along_axis(x, order, axis=1), np.take_along_axis(y, order, axis=1)


def compared(N: Real, R: Real, relative: Real) -> Comparison:
    """Evidence of the laws, and the parameters of the affine and the power law; in milliseconds.

    Parameters
    ----------
    N : array, shape (K,)
        Lengths, increasing, at least four.
    R : array, shape (K,)
        1/J > 0 in any unit, over any range.
    relative : array, shape (K,)
        Standard errors of R relative to R; zero where R is exact.

    Raises
    ------
    NotEnoughData
        Of fewer than four lengths.
    """
    if len(N) < FEWEST:
        raise NotEnoughData(
            f"`sizes` must hold at least {FEWEST} lengths for laws to be compared, but they hold fewer (got {len(N)})"
        )
    x, largest = N.astype(float), float(N[-1])
    data, learned = _Data(x, R, relative), believed(x)

    def total(evidence: Real) -> float:
        return float(log_sum(evidence) - np.log(len(evidence)))

    affine = data.fit(((x - 1) / (largest - 1))[None])
    found = {
        "affine": total(affine.evidence[:, 0]),
        "constant": total(data.fit(np.zeros((1, len(x)))).evidence[:, 0]),
        "square": total(data.fit(((x**2 - 1) / (largest**2 - 1))[None]).evidence[:, 0]),
    }
    for name, (low, high, basis) in _families(x, R).items():
        nodes, logs = data.profile(low, high, basis)
        evidence = log_sum(integrals(nodes, logs)) - np.log(high - low)
        found[name] = total(evidence)
        if name == "power":
            exponent = of_densities(nodes, logs + ((learned - 1) * evidence)[:, None])
    weights = learned * affine.evidence[:, 0]
    weights = np.exp(weights - log_sum(weights))
    unit, least = float(R.max()) / (largest - 1), float(R.min())
    return Comparison(
        evidence={name: found[name] for name in ("affine", *RIVALS)},
        resistivity=of_normals(affine.bulk[:, 0] * unit, affine.bulk_error[:, 0] * unit, weights),
        contact=of_normals(affine.contact[:, 0] * least, affine.contact_error[:, 0] * least, weights),
        alpha=exponent.reflected(1.0),
    )


def _families(x: Real, R: Real) -> dict[str, tuple[float, float, Callable[[Real], Real]]]:
    """Laws with a parameter of their own, uniform between two ends: these, and the basis of parameters (...,) -> (..., K)."""
    logs, along = np.log(x), (x - 1) / (x[-1] - 1)
    # e^(N/ξ) alone needs N_max/ξ = ln(R_max/R_min) N_max/(N_max - N_min)
    steep = 5 + 1.2 * float(np.log(R.max() / R.min())) * float(x[-1] / (x[-1] - x[0]))

    def power(b: Real) -> Real:
        b = np.maximum(b, 1e-9)[..., None]
        return np.asarray(np.expm1(b * logs) / np.expm1(b * logs[-1]))

    def exponential(k: Real) -> Real:
        k = np.where(np.abs(k) < 1e-9, 1e-9, k)[..., None]
        return np.asarray(np.exp(k * (along - 1)) * np.expm1(-k * along) / np.expm1(-k))

    def logarithmic(p: Real) -> Real:
        f = x * (1 + logs) ** p[..., None]
        return np.asarray((f - 1) / (f[..., -1:] - 1))

    return {
        "power": (0.0, STEEPEST, power),
        "exponential": (0.0, min(steep, 600.0), exponential),
        "saturating": (0.0, SATURATED, lambda k: exponential(-k)),
        "logarithmic": (-LOGARITHMS, LOGARITHMS, logarithmic),
    }
