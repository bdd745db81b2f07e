"""Counts of charges, gaps, sum rules and Mazur's bound, where they are known."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.known.uniform_chains import hubbard, ising, ladder, pauli, spin_one, xxz, zigzag
from caloriq.spaces.currents import energy_current, number_current, number_density, residual
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.local import spin
from caloriq.transport.charges.conserved import conserved_charges
from caloriq.transport.charges.mazur import mazur
from caloriq.transport.charges.thermal import thermal_mazur
from testers import assert_close

# charges with at most 1, 2, 3, ... cells
COUNTS = {
    "XXZ": (xxz(0.7), [1, 2, 3, 4, 5]),
    "XXZ in a field": (xxz(0.7, field=0.3), [1, 2, 3, 4, 5]),
    "Heisenberg": (xxz(1.0), [3, 4, 5, 6, 7]),
    "XX": (xxz(0.0), [1, 3, 5, 7, 9]),
    "XYZ": (pauli(1.0, 0.8, 0.5), [0, 1, 2, 3, 4]),
    "transverse Ising": (ising(1.0, 0.7), [0, 2, 4, 6, 8]),
    "tilted Ising": (ising(1.0, 1.4, 0.9045), [0, 1, 1, 1, 1]),
    "XYZ in a field": (pauli(1.0, 0.8, 0.5, fz=0.4), [0, 1, 1, 1]),
    "next neighbours": (zigzag(0.4), [3, 3, 4, 4]),
    "spin 1": (spin_one(1.0, 0.0), [3, 4, 4]),
    "spin 1, Affleck-Kennedy-Lieb-Tasaki": (spin_one(1.0, 1 / 3), [3, 4, 4]),
    "spin 1, Takhtajan-Babujian": (spin_one(1.0, -1.0), [3, 4, 5]),
    "spin 1, Sutherland": (spin_one(1.0, 1.0), [8, 9, 10]),
    "XX ladder": (ladder(1.0, 1.0, 0.0), [1, 2, 2]),
    "Hubbard": (hubbard(4.0), [2, 3, 4]),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name):
    chain, counts = COUNTS[name]
    found = conserved_charges(chain, len(counts))
    assert found.counts.tolist() == counts
    assert found.largest_zero < 1e-12
    assert found.smallest_other > 1e-2
    assert found.residuals.max() < 1e-12


def test_gaps():
    """Eigenvalues of the squared map, J = 1, Pauli matrices."""
    gaps = [conserved_charges(ising(1.0, 1.4, 0.9045), r).smallest_other ** 2 for r in (2, 3, 4, 5)]
    assert_close(np.array(gaps), np.array([1.485188, 0.852520, 0.311468, 0.145224]), 1e-6)
    g, h = 1.4, 0.9045
    assert conserved_charges(ising(1.0, g, h), 1).smallest_other ** 2 == pytest.approx(_one_site(g, h), rel=1e-12)


def _one_site(g, h):
    """M†M of X, Y, Z: [Z Z, X] and [Z Z, Y] give two strings each, the fields turn."""
    M = np.zeros((7, 3))  # rows ZY, YZ, ZX, XZ, X, Y, Z
    M[[0, 1], 0] = -2
    M[[2, 3], 1] = 2
    M[5, 0], M[4, 1], M[6, 1], M[5, 2] = -2 * h, 2 * h, -2 * g, 2 * g
    return float(np.linalg.eigvalsh(M.T @ M)[0])


def test_the_first_charges_are_those_of_the_literature():
    found = conserved_charges(xxz(0.7, field=0.3), 3)
    assert found.words(0) == "+1 Z on 0"
    H = xxz(0.7).hamiltonian  # what is left of H beside the magnetisation
    J = energy_current(xxz(0.7))
    for q, known in zip(found.charges[1:], (H, J), strict=True):
        assert abs(q.overlap(known)) == pytest.approx(q.norm * known.norm, rel=1e-12)
    lines = conserved_charges(ising(1.0, 0.7), 2)
    assert "X on 0" in lines.words(0)
    assert lines.words(1) in ("+0.7071 Y Z on 0, 1 -0.7071 Z Y on 0, 1", "-0.7071 Y Z on 0, 1 +0.7071 Z Y on 0, 1")


@pytest.mark.parametrize("anisotropy", [0.0, 0.7, 1.5])
def test_sum_rules_of_xxz(anisotropy):
    chain, D = xxz(anisotropy), anisotropy
    assert chain.hamiltonian.norm**2 == pytest.approx((2 + D**2) / 16, rel=1e-14)
    J = energy_current(chain)
    assert J.norm**2 == pytest.approx((1 + 2 * D**2) / 32, rel=1e-14)
    assert residual(chain, J) < 1e-15
    assert number_current(chain, "magnetisation").norm ** 2 == pytest.approx(1 / 8, rel=1e-14)
    assert number_density(chain, "magnetisation").norm ** 2 == pytest.approx(1 / 4, rel=1e-14)


def test_sum_rules_of_ising():
    J, g, h = 1.0, 1.4, 0.9045
    chain = ising(J, g, h)
    assert chain.hamiltonian.norm**2 == pytest.approx(J**2 + g**2 + h**2, rel=1e-14)
    current = energy_current(chain)
    assert current.norm**2 == pytest.approx(2 * J**2 * g**2, rel=1e-14)
    assert {s: pytest.approx(c, rel=1e-14) for s, c in current.terms.items()} == {
        ((0, 2), (1, 3)): J * g,
        ((0, 3), (1, 2)): -J * g,
    }


@pytest.mark.parametrize(
    ("chain", "fraction"),
    [
        (xxz(0.7), 1.0),
        (ising(1.0, 0.7), 1.0),
        (spin_one(1.0, -1.0), 1.0),
        (spin_one(1.0, 1.0), 1.0),
        (ising(1.0, 1.4, 0.9045), 0.0),
        (spin_one(1.0, 0.0), 0.0),
        # the charge of three sites has twice the current's part ∝ U (Zotos, Naef, Prelovšek 1997): with u = U² the overlap is
        # 1 + u/4, ⟨Q²⟩ = 1 + u/2, ⟨J²⟩ = 1 + u/8
        (hubbard(4.0), 25 / 27),
        (hubbard(1.0), 25 / 27),
        (hubbard(2.0), 8 / 9),
    ],
)
def test_the_energy_current_that_stays(chain, fraction):
    found = mazur(conserved_charges(chain, 3)).certified()
    assert found.fraction == pytest.approx(fraction, abs=1e-11)
    assert found.bounds["fraction"] < 1e-10
    assert abs(found.fraction - fraction) <= found.bounds["fraction"]
    assert found.proves_ballistic == (fraction > 0)
    assert bool(found.notes()) == (fraction == 0)
    said = cq.verdict(found)
    assert (said.transport, said.grade) == (("ballistic", "proved") if fraction else (None, "undecided"))
    assert said.holds is (False if fraction else None)


@pytest.mark.parametrize("m", [-0.3, 0.0, 0.1, 0.2, 0.45])
@pytest.mark.parametrize("anisotropy", [0.5, 1.0, 2.0])
def test_the_spin_current_that_stays(anisotropy, m):
    """Zotos, Naef, Prelovšek, PRB 55, 11029 (1997): 8Δ²m²(1/4 - m²)/(1 + 8Δ²(1/4 + m²)) from the charge of three sites."""
    found = mazur(conserved_charges(xxz(anisotropy), 3), of="magnetisation", means={"magnetisation": m})
    known = 8 * anisotropy**2 * m**2 * (0.25 - m**2) / (1 + 8 * anisotropy**2 * (0.25 + m**2))
    assert found.bound == pytest.approx(known, abs=1e-13)
    assert found.susceptibility == pytest.approx(0.25 - m**2, abs=1e-14)
    assert found.proves_ballistic == (m != 0)


def test_nothing_is_said_of_spin_without_a_field():
    found = mazur(conserved_charges(xxz(0.5), 5), of="magnetisation")
    assert not found.proves_ballistic
    assert found.current_square == pytest.approx(1 / 8, rel=1e-14)
    assert found.bound <= found.bounds["bound"]


def test_finite_temperature_where_all_of_the_current_is_conserved():
    found = thermal_mazur(conserved_charges(ising(1.0, 0.7), 3), [np.inf, 2.0, 0.7], sizes=[5, 6])
    assert_close(found.fraction, np.ones(3), 1e-12)
    assert found.bound[0] == pytest.approx(2 * 0.7**2, rel=1e-12)
    assert found.spreads[0] < 1e-14
    assert found.spreads[1] > 0


def test_one_site_has_the_charges_of_its_own_field():
    """A chain of one-site terms: everything that commutes with Sz on every site of a spin 1."""
    space = spin(2)
    row = dict(space.expanded(space.operators["Sz"]))
    found = conserved_charges(InfiniteChain((space,), {((0, a),): c.real for a, c in row.items()}), 1)
    assert found.counts.tolist() == [2]
    assert found.smallest_other == pytest.approx(1.0, rel=1e-12)
