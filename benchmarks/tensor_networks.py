"""tensor-networks: long chains to a spread of their currents, beside a plain script on TeNPy."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tenpy.linalg.np_conserved as npc
from tenpy.algorithms.tebd import TEBDEngine
from tenpy.models.lattice import Chain
from tenpy.models.model import NearestNeighborModel
from tenpy.networks.mps import MPS
from tenpy.networks.site import Site

import caloriq as cq
from benchmarks.report import Report, Target, agree
from caloriq.models.lattice.densities import current
from caloriq.spaces.strings import Strings
from caloriq.steady.tensor.cells import Cells, cells
from caloriq.steady.tensor.reading import Word, word
from caloriq.steady.tensor.start import start

MINUTE = 60.0
GB = 1e9
DRIVE = 0.1
FINE, ROUGH = 1e-3, 1e-2  # spread of the currents
CLEAN = 128  # bond dimension without dephasing
PLAIN = 300.0  # seconds that the plain script is given
STEP, BOND = 0.05, 64  # of the plain script
LOOK = 20  # its steps between two looks


def driven(sites: int, dephasing: float = 1.0) -> cq.SpinChain:
    """XXZ with hopping 1 and ZZ 3/2 between baths of infinite temperature, driven by ±0.1."""
    up, down = (1 + DRIVE) / 2, (1 - DRIVE) / 2
    ends = (cq.Bath(site=0, gain=up, loss=down), cq.Bath(site=-1, gain=down, loss=up))
    return cq.SpinChain(sites=sites, hopping=1.0, zz=1.5, dephasing=dephasing, baths=ends)


class Plain:
    """What a script on TeNPy does: TEBD of second order on |ket⟩⟨bra| with the charge ket - bra, from the linear profile."""

    def __init__(self, model: cq.SpinChain, *, step: float = STEP, bond: int = BOND) -> None:
        self.cells = cells(model.lattice())
        letters = (self.cells.charged or [])[0]
        order = np.argsort(letters.charges, kind="stable")
        self.turn = letters.turn[order]
        charges = npc.ChargeInfo([1], ["ket - bra"])
        leg = npc.LegCharge.from_qflat(charges, [[int(letters.charges[k])] for k in order])
        site = Site(leg, [str(k) for k in range(4)], sort_charge=False)
        lattice = Chain(model.sites, site, bc_MPS="finite", bc="open")
        both = np.kron(self.turn, self.turn)
        bonds: list[Any] = [None]
        for generator in self.cells.generators:
            turned = -(both @ generator @ both.conj().T).reshape(4, 4, 4, 4)
            bonds.append(
                npc.Array.from_ndarray(
                    turned, [leg, leg, leg.conj(), leg.conj()], labels=["p0", "p1", "p0*", "p1*"], cutoff=1e-13
                )
            )
        vectors = [self.turn @ one for one in start(self.cells)]
        state = MPS.from_product_state([site] * model.sites, vectors, bc="finite", dtype=complex)
        options = {"order": 2, "dt": step, "trunc_params": {"chi_max": bond, "svd_min": 1e-10}}
        self.engine = TEBDEngine(state, NearestNeighborModel(lattice, bonds), options)
        self.engine.calc_U(2, step, type_evo="imag")
        self.words = words_of(self.cells)

    def go_on(self, steps: int) -> None:
        """So many steps."""
        self.engine.update_imag(steps, call_canonical_form=False)

    def currents(self) -> np.ndarray:
        """Along every bond."""
        psi = self.engine.psi
        tensors = [psi.get_B(k, form="B").itranspose(["vL", "p", "vR"]).to_ndarray() for k in range(psi.L)]
        turned = [np.einsum("ya,lyr->lar", self.turn.conj(), one) for one in tensors]
        return np.array([sum(c * mean(turned, one) for one, c in bond) for bond in self.words])


def words_of(found: Cells) -> list[list[tuple[Word, float]]]:
    """Words of the current along every bond, with their coefficients."""
    operators: Sequence[Strings] = current(found.model, "magnetisation").operators
    return [[(word(found, s), complex(c).real) for s, c in one.terms.items() if s] for one in operators]


def mean(tensors: list[np.ndarray], asked: Word) -> float:
    """Tr(Wρ)/Tr ρ of tensors in any form whose product is the vector."""
    first, letters = asked
    with_word = without = np.ones(1)
    for k, one in enumerate(tensors):
        inside = first <= k < first + len(letters)
        with_word = with_word @ one[:, letters[k - first] if inside else 0, :]
        without = without @ one[:, 0, :]
        scale = np.linalg.norm(without)
        with_word, without = with_word / scale, without / scale
    return float((with_word[0] / without[0]).real)


def spread(currents: np.ndarray) -> float:
    """Largest difference over the mean."""
    return float(np.ptp(currents) / abs(currents.mean()))


def plain(model: cq.SpinChain, goal: float, limit: float) -> tuple[float, float, float, int]:
    """Seconds until the spread is below the goal or time is up, spread, current, steps."""
    script, clock, steps = Plain(model), time.perf_counter(), 0
    while True:
        script.go_on(LOOK)
        steps += LOOK
        found = script.currents()
        wall = time.perf_counter() - clock
        if spread(found) <= goal or wall > limit:
            return wall, spread(found), float(found.mean()), steps


def solved(model: cq.SpinChain, tol: float, bond: int | str = "auto") -> tuple[float, Any]:
    """Seconds and result; one that misses its tolerance is told with the error that it has."""
    clock = time.perf_counter()
    try:
        found: Any = cq.steady_state(model, method=cq.TensorNetwork(bond_dimension=bond, tol=tol, checkpoint=None))
    except cq.NotConverged as error:
        found = error.solution
    return time.perf_counter() - clock, found


def at_no_drive(sites: int, tol: float) -> tuple[float, cq.LinearResponse]:
    """Seconds and result of the chain without dephasing, as its drive vanishes."""
    clock = time.perf_counter()
    chain = cq.SpinChain(sites=sites, hopping=1.0, zz=1.5)
    method = cq.TensorNetwork(tol=tol, checkpoint=None)
    try:
        found = cq.linear_response(chain, rates=[1.0], method=method, first_order_to=2)
    except cq.NotConverged as error:
        found = error.solution
    return time.perf_counter() - clock, found


def run(*, quick: bool) -> Report:
    """Ours at four sizes, at no drive, and the plain script to a per cent."""
    cases: list[tuple[int, float, float, float]] = [
        (20, 1.0, FINE, 5),
        (40, 1.0, ROUGH, 15),
        (100, 1.0, ROUGH, 12 * 60),
    ]
    cases += [(20, 0.0, ROUGH, 0)]
    if quick:
        cases = [(8, 1.0, ROUGH, 5)]
    rows: list[list[str]] = []
    targets, data = [], {}
    for sites, dephasing, tol, minutes in cases:
        wall, found = solved(driven(sites, dephasing), tol, "auto" if dephasing else CLEAN)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
        told, off = found.method.statistics, spread(found.currents)
        if sites <= 10:
            exact = cq.steady_state(driven(sites, dephasing)).current
            agree("tensor networks", "the sector method", abs(found.current - exact) / found.current_bound, 1.0)
        name = f"ours, N = {sites}, dephasing {dephasing:g}, tol {tol:g}"
        note = "" if found.certificate.holds else "misses its tolerance"
        rows.append(_row(name, found.current, found.current_bound, off, wall, str(told["bond dimension"]), note))
        data[name] = {"wall": wall, "spread": off, "current": found.current, "memory": memory, **told}
        if minutes:
            targets.append(Target(f"{name}: minutes", wall / MINUTE, minutes, unit=" min"))
            targets.append(Target(f"{name}: spread of the currents", off, tol))
        if sites == 40:
            targets.append(Target("40 sites: memory", memory / GB, 2.0, unit=" GB"))
    for sites in (8,) if quick else (20, 32):
        wall, linear = at_no_drive(sites, ROUGH if sites <= 20 else 2 * ROUGH)
        G, error = float(linear.conductance[0, 0]), float(linear.conductance_error[0, 0])
        if sites <= 10:
            exact = cq.linear_response(cq.SpinChain(sites=sites, hopping=1.0, zz=1.5), rates=[1.0]).conductance[0, 0]
            agree("the stationary number", "the sector method", abs(G - float(exact)) / error, 1.0)
        name = f"ours, N = {sites}, dephasing 0, as the drive vanishes: dj/dμ"
        rows.append([name, f"{G:.6g}", f"{error:.1e}", "", f"{wall:.3g}", "", ""])
        data[name] = {"wall": wall, "current": G, "error": error}
        if sites in (8, 20):
            targets.append(Target(f"{name}, relative error", error / G, ROUGH))
    sites = 8 if quick else 20
    theirs, off, j, steps = plain(driven(sites), ROUGH, PLAIN)
    ours, found = solved(driven(sites), ROUGH)
    agree("a plain script", "tensor networks", abs(j / found.current - 1) / (2 * ROUGH), 1.0)
    rows.append(_row(f"TeNPy script, N = {sites}, dephasing 1", j, None, off, theirs, str(BOND), f"{steps} steps"))
    rows.append(
        _row(
            f"ours, N = {sites}, dephasing 1, tol {ROUGH:g}",
            found.current,
            found.current_bound,
            spread(found.currents),
            ours,
            str(found.method.statistics["bond dimension"]),
        )
    )
    targets.append(Target(f"script / ours to a spread of {ROUGH:g}, N = {sites}", theirs / ours, 1.0, at_least=True))
    data["plain"] = {"wall": theirs, "spread": off, "current": j, "steps": steps, "ours": ours}
    columns = ["method", "current", "stated error", "spread", "s", "bond dimension", "note"]
    notes = [
        "XXZ chain, hopping 1, ZZ 3/2, baths of rate 1 at infinite temperature driven by ±0.1. Ours is the whole of `steady_state`: bond dimensions doubled, time steps extrapolated, errors stated; `spread` is the largest difference of two bonds' currents over their mean.",
        "As the drive vanishes dj/dμ is read of a number that is stationary at the solution (`linear_response`), so that what the bonds cut off enters squared.",
        f"The script is TEBD of second order on TeNPy 1.1 with the charge ket - bra, step {STEP:g}, bond dimension {BOND}, from the linear profile, until the spread is {ROUGH:g} or {PLAIN:.0f} s are over; it states no error.",
    ]
    return Report(
        "tensor-networks", "Steady states of long chains by tensor networks", columns, rows, targets, notes, data, quick
    )


def _row(name: str, j: float, error: float | None, off: float, wall: float, bond: str, note: str = "") -> list[str]:
    """One line of the table."""
    return [name, f"{j:.6g}", "" if error is None else f"{error:.1e}", f"{off:.1e}", f"{wall:.3g}", bond, note]
