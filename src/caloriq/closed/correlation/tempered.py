r"""⟨ψ|e^{-βH}X⟩ at many β from one recurrence, for states that are random at infinite temperature.

:math:`e^{-\beta(H-E_-)}=\sum_n(2-\delta_{n0})(-1)^n e^{-\beta r}I_n(\beta r)\,T_n((H-c)/r)` on a spectrum within c ± r, so that the moments
:math:`\langle T_n\psi|X\rangle` serve every temperature.

Source for one random state at all temperatures: J. Jaklič, P. Prelovšek, Phys. Rev. B 49, 5065 (1994), doi:10.1103/PhysRevB.49.5065.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.linalg.imaginary import EPS, series
from caloriq.linalg.steps import Recurrence, Room


@final
class Tempered:
    """Weights e^{-β(H - E_-)} of several β, E_- the lower end of the interval of a recurrence.

    Parameters
    ----------
    recurrence : Recurrence
        Of H.
    betas : sequence of float
        1/T, not negative.
    tol : float
        What a series may leave out.
    """

    def __init__(self, recurrence: Recurrence, betas: Sequence[float], tol: float) -> None:
        self.recurrence, self.betas = recurrence, np.asarray(betas, dtype=float)
        found = [series(recurrence.scale * beta, tol) for beta in betas]
        self.coefficients = np.zeros((len(found), max(len(c) for c, _ in found)))
        for row, (c, _) in zip(self.coefficients, found, strict=True):
            row[: len(c)] = c
        self.left_out: Real = np.array([tail + 4 * EPS * len(c) for c, tail in found])

    @property
    def products(self) -> int:
        """Of one state."""
        return self.coefficients.shape[1] - 1

    @property
    def lowest(self) -> Real:
        """Logarithms of e^{-β E_-}, shape (R,): what the weights lack."""
        found: Real = -self.betas * (self.recurrence.shift - self.recurrence.scale)
        return found

    def means(self, room: Room, psi: int, columns: Sequence[int]) -> NDArray[Any]:
        """⟨ψ|e^{-β(H - E_-)}|X⟩ of every β and every X, shape (R, P), all of them rows of a room with two more to spare."""
        now, other = room.take(), room.take()
        room[now], room[other] = room[psi], 0.0
        one, none = np.ones(len(columns)), np.zeros(len(columns))
        bras, totals = np.array(columns, dtype=np.int64), np.empty(0, dtype=np.int64)
        moments = np.empty((self.coefficients.shape[1], len(columns)), dtype=complex)
        for n in range(len(moments)):
            if n:
                self.recurrence.advance(room[now], room[other])
                if n == 1:  # T_1 is half of what the recurrence makes of nothing
                    room[other] *= 0.5
                now, other = other, now
            moments[n] = room.add(now, now, one, none, totals, bras, fresh=False)
        room.give(now, other)
        found: NDArray[Any] = self.coefficients @ moments.conj()
        return found
