"""Rates of every energy inside a shell, where pair spectra are no boxes."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.reduced.average.pair_spectra import uniform_channel_overlap, uniform_overlap
from caloriq.reduced.average.theory import Theory
from caloriq.spaces.shells import Shell


def resolved_transfer(theory: Theory, shell: Shell, times: ArrayLike, *, cells: int = 400) -> Real:
    r"""Transfer matrices T_ab(t) of a shell when every energy inside it has its own rates, shape (T, C, C).

    The coupling conserves the energy to within its own rates, so a level at ε goes over at
    :math:`2\pi\lambda^2\,\nu_b(\varepsilon)`, ν the density of pair levels there; the golden rule's k n is its mean over the levels
    that are occupied at the start. Where pair spectra are no boxes, the middle of a shell empties before its edges, and
    the mean rate falls in time: the rate equation of whole pair states holds up to about its decay time only. The papers
    do not say so; for one band both are the same. Rates are taken at `cells` energies; the theory is that of a pair.
    """
    model = theory.model
    if model.subunits != 2:
        raise InvalidInput(f"`model` must be a pair for resolved rates, but it is not (got {model.subunits} subunits)")
    t = _checks.times(times)
    cells = _checks.whole("cells", cells, 1)
    places = model.band_energies[shell.configurations].sum(axis=1) - shell.energy
    half = float((np.abs(places) + model.widths[shell.configurations].sum(axis=1) / 2).max())
    step = 2 * half / cells
    energies = -half + step * (np.arange(cells) + 0.5)
    parts = np.array(
        [_share(model.widths[c], energies - x) for c, x in zip(shell.configurations, places, strict=True)]
    )  # (C, cells)
    n = model.sizes(shell.configurations)
    # random levels: their own overlap at the start, the shape of the mean density
    own = np.array([c.rate / uniform_channel_overlap(model, (c.first, c.second)) for c in theory.channels])
    strengths = np.zeros((len(n), len(n)))
    t_ab = shell.transfers
    strengths[t_ab.first, t_ab.second] = strengths[t_ab.second, t_ab.first] = own[t_ab.channel]
    density = n[:, None] * parts / step
    out = np.zeros((t.size, len(n), len(n)))
    for g in range(cells):
        nu = density[:, g]
        K = strengths * nu[:, None]
        K[np.diag_indices(len(n))] -= K.sum(axis=0)
        out += np.array([scipy.linalg.expm(K * s) for s in t]) * parts[:, g]
    return out


def _share(widths: Real, energies: Real) -> Real:
    """Share of the levels of a pair of uniform bands in every cell of energy, shape (cells,)."""
    wide = tuple(float(w) for w in widths if w > 0)
    if not wide:
        share = np.zeros(energies.size)
        share[np.argmin(np.abs(energies))] = 1.0
        return share
    density = np.array([uniform_overlap(wide, float(x)) for x in energies])
    return np.asarray(density / density.sum())
