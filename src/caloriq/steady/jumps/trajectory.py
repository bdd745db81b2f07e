r"""One trajectory: a pure state between jumps whose times are exact, looked at while it goes on.

Kicks, and jumps whose rate is the same in every state, come at times that are drawn at once. The others come where the norm
:math:`e^{-ct}\|e^{-i(H-iG/2)t}\psi\|^2` has fallen to a random number. What is read is read just before every q-th of the
events of constant rate: they know nothing of the state, so that means over them are means over time (PASTA; R. W. Wolff,
Oper. Res. 30, 223 (1982), doi:10.1287/opre.30.2.223).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.models.random import JUMPS, generator
from caloriq.spaces.strings import Strings
from caloriq.steady.jumps.sectors import Sector, Sectors

ROUNDS = 60  # of a search for the time of a jump


@dataclass(frozen=True, eq=False)
class Pace:
    """How often something happens that knows nothing of the state.

    Attributes
    ----------
    rate : float
        Events per time.
    shares : array, shape (K + 2,)
        Cumulated: of every kick, of jumps at a constant rate, and of looks that do nothing else.
    every : int
        Events from look to look.
    """

    rate: float
    shares: Real
    every: int

    @classmethod
    def of(cls, sectors: Sectors, spacing: float) -> Pace:
        """For looks that are some `spacing` apart."""
        one = sectors.unravelling
        always = 0.0 if one.decay.terms else one.constant
        events = float(one.rates.sum()) + always
        idle = max(0.0, 1 / spacing - events)
        rates = np.array([*one.rates.tolist(), always, idle])
        return cls(events + idle, np.cumsum(rates) / rates.sum(), max(1, round((events + idle) * spacing)))


@dataclass(eq=False)
class Trajectory:
    """A pure state that goes on from look to look.

    Attributes
    ----------
    sectors : Sectors
        What acts.
    pace : Pace
        Of kicks and looks.
    seed, number : int
        Of all trajectories, and of this one among them: its random numbers depend on nothing else.
    """

    sectors: Sectors
    pace: Pace
    seed: int
    number: int
    time: float = 0.0
    products: int = 0
    jumps: int = 0
    drift: float = 0.0  # largest error of a norm that is known
    sector: Sector = field(init=False)
    psi: Complex = field(init=False)
    left: float = field(init=False)  # what -ln of the norm still falls by until a jump

    def __post_init__(self) -> None:
        self.rng = generator(self.seed, JUMPS, self.number)
        self.sector, self.psi = self.sectors.start(self.rng)
        self.falls = bool(self.sectors.unravelling.decay.terms)
        self.left = self.rng.exponential()
        self.off = 0.0  # of the last time of a jump, in -ln of the norm

    def run(self, looks: int) -> Real:
        """Go on for a number of looks; what was read at each, shape (looks, rows, 2)."""
        found = np.empty((looks, len(self.sectors.rows.operators), 2))
        for number in range(looks):
            for _ in range(self.pace.every - 1):
                self._event()
            self._go(self.rng.exponential() / self.pace.rate)
            found[number] = self._look()
            self._happen()
        return found

    def skip(self, looks: int) -> None:
        """Go on for as long without looking."""
        for _ in range(looks * self.pace.every):
            self._event()

    def _event(self) -> None:
        self._go(self.rng.exponential() / self.pace.rate)
        self._happen()

    def _look(self) -> Real:
        turned = np.empty_like(self.psi)
        self.sector.hamiltonian.into(self.psi, turned)
        self.products += 1
        return self.sector.table.read(self.psi, turned)

    def _happen(self) -> None:
        """One of the events of constant rate."""
        one = self.sectors.unravelling
        which = int(np.searchsorted(self.pace.shares, self.rng.random(), side="right"))
        if which < len(one.kicks):
            self._lead(one.kicks[which])
        elif which == len(one.kicks):
            self._jump()

    def _jump(self) -> None:
        """One of the jumps, by their weights."""
        one = self.sectors.unravelling
        populations = np.abs(self.psi) ** 2
        weights = [self.sector.by(jump).weight(populations, self.psi) for jump in one.jumps]
        shares = np.cumsum(weights)
        which = int(np.searchsorted(shares, self.rng.random() * shares[-1], side="right"))
        self._lead(one.jumps[min(which, len(weights) - 1)])
        self.jumps += 1

    def _lead(self, jump: Strings) -> None:
        led = self.sector.by(jump)
        assert led.target is not None
        self.psi = led.times(self.psi)
        self.psi /= np.linalg.norm(self.psi)
        self.sector = self.sectors.at(led.target)

    def _go(self, time: float) -> None:
        """Without events of constant rate, but with the jumps that come as the norm falls."""
        c = self.sectors.unravelling.constant
        while True:
            psi = self._moved(self.psi, time)
            norm = float(np.linalg.norm(psi))
            if not self.falls:
                self.drift = max(self.drift, abs(norm - 1))
                break
            fallen = c * time - 2 * np.log(norm)
            if fallen < self.left:
                self.left -= fallen
                break
            when, psi = self._when(time, fallen)
            self.drift = max(self.drift, self.off)
            self.time += when
            time -= when
            self.psi = psi / np.linalg.norm(psi)
            self._jump()
            self.left = self.rng.exponential()
        self.psi = psi / norm
        self.time += time

    def _moved(self, psi: Complex, time: float) -> Complex:
        psi, products = self.sector.propagator.run(psi, time)
        self.products += products
        return psi

    def _when(self, time: float, fallen: float) -> tuple[float, Complex]:
        """Time at which the norm has fallen as far as is left, and the state there: a bracketed Newton search on -ln of the norm."""
        c, tol = self.sectors.unravelling.constant, self.sectors.tol
        low, high = 0.0, time
        when = time * self.left / fallen
        for _ in range(ROUNDS):
            psi = self._moved(self.psi, when)
            square = float(np.vdot(psi, psi).real)
            off = c * when - np.log(square) - self.left
            self.off = abs(off)
            if self.off <= tol:
                break
            low, high = (when, high) if off < 0 else (low, when)
            slope = c + self.sector.propagator.falling(psi) / square
            when -= off / slope if slope > 0 else 0.0
            if not low < when < high:
                when = (low + high) / 2
        return when, psi
