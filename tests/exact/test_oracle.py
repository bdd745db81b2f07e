"""The reference in ball arithmetic, against rational numbers, known currents, and another construction of the equation."""

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import acb, arb, ctx, fmpq, fmpq_mat
from hypothesis import given, settings

import caloriq as cq
from driven import REFERENCE, networks, uniform, wires
from liouville import Equation
from oracle import NotUnique, truth
from oracle_wire import wire_current

ARRAYS = ("currents", "heat_currents", "excitation_currents", "populations", "coherences")


# --- the full space of 4^N elements in rational numbers; a complex matrix A + iB is the real one [[A, -B], [B, A]] ------


def exact(x):
    x = Fraction(float(x))
    return fmpq(x.numerator, x.denominator)


def matrix(real, imag=None):
    d = len(real)
    imag = [[0] * d for _ in range(d)] if imag is None else imag
    up = [list(real[a]) + [-x for x in imag[a]] for a in range(d)]
    return fmpq_mat(up + [list(imag[a]) + list(real[a]) for a in range(d)])


def on(site, one, sites):
    """Operator of one site, site 0 the leftmost factor."""
    out = [[1]]
    for k in range(sites):
        f = one if k == site else [[1, 0], [0, 1]]
        out = [[x * y for x in row for y in line] for row in out for line in f]
    return out


def turned(A):
    """Hermitian conjugate: the transpose of the real form."""
    return A.transpose()


def trace(A):
    return sum((A[k, k] for k in range(A.nrows() // 2)), fmpq(0))


class Rational:
    """A chain with baths given by gain and loss."""

    def __init__(self, model):
        N = self.sites = model.sites
        self.d = 2**N
        self.lower = [matrix(on(k, [[0, 1], [0, 0]], N)) for k in range(N)]
        Z = [matrix(on(k, [[-1, 0], [0, 1]], N)) for k in range(N)]
        self.n = [turned(a) * a for a in self.lower]
        one = [[int(a == b) for b in range(self.d)] for a in range(self.d)]
        H = matrix([[0] * self.d] * self.d)
        for w, z in zip(np.broadcast_to(model.frequency, (N,)), Z, strict=True):
            H += z * (exact(w) / 2)
        self.hops = []
        for k, l, g, zz in zip(*model.bonds, strict=True):
            up = (turned(self.lower[k]) * self.lower[l]) * exact(g.real)
            if np.iscomplexobj(g):
                i = matrix([[0] * self.d] * self.d, one)
                up += i * (turned(self.lower[k]) * self.lower[l]) * exact(g.imag)
            self.hops.append((k, l, up))
            H += up + turned(up) + Z[k] * Z[l] * (exact(zz) / 2)
        self.H = H
        self.i = matrix([[0] * self.d] * self.d, one)
        self.baths = [
            [(exact(b.gain), turned(self.lower[b.site])), (exact(b.loss), self.lower[b.site])] for b in model.baths
        ]
        self.dephasing = list(zip(map(exact, np.broadcast_to(model.dephasing, (N,))), self.n, strict=True))
        self.rho = self.steady()

    def dissipator(self, jumps, rho):
        out = rho * 0
        for rate, c in jumps:
            cc = turned(c) * c
            out += (c * rho * turned(c) - (cc * rho + rho * cc) * fmpq(1, 2)) * rate
        return out

    def change(self, rho):
        out = (self.H * rho - rho * self.H) * self.i * -1
        for jumps in (*self.baths, self.dephasing):
            out += self.dissipator(jumps, rho)
        return out

    def steady(self):
        """By a basis of hermitian matrices, one equation of which is replaced by the trace."""
        d, basis, places = self.d, [], []
        for a in range(d):
            for b in range(a, d):
                for part in range(1 if a == b else 2):
                    real, imag = [[0] * d for _ in range(d)], [[0] * d for _ in range(d)]
                    if part:
                        imag[a][b], imag[b][a] = 1, -1
                    else:
                        real[a][b] = real[b][a] = 1
                    basis.append(matrix(real, imag))
                    places.append((a, b + d if part else b))
        columns = [self.change(E) for E in basis]
        rows = [[c[place] for c in columns] for place in places]
        rows[0] = [trace(E) for E in basis]
        right = fmpq_mat([[1]] + [[0]] * (d * d - 1))
        x = fmpq_mat(rows).solve(right)
        out = basis[0] * 0
        for k, E in enumerate(basis):
            out += E * x[k, 0]
        return out

    def mean(self, A):
        return trace(A * self.rho)

    def numbers(self):
        pure = [turned(self.lower[k]) * self.lower[l] for k, l, _ in self.hops]
        return {
            "populations": [self.mean(n) for n in self.n],
            "population_differences": [self.mean(self.n[k] - self.n[l]) for k, l, _ in self.hops],
            "heat_currents": [trace(self.H * self.dissipator(j, self.rho)) for j in self.baths],
            "excitation_currents": [
                sum((trace(n * self.dissipator(j, self.rho)) for n in self.n), fmpq(0)) for j in self.baths
            ],
            "dephasing_current": [trace(self.H * self.dissipator(self.dephasing, self.rho))],
            # the rate at which hopping fills the second site: i[g a†b + h.c., n_l]
            "currents": [
                self.mean(self.i * ((up + turned(up)) * self.n[l] - self.n[l] * (up + turned(up))))
                for _, l, up in self.hops
            ],
            "energy": [self.mean(self.H)],
            "real coherences": [self.mean(A) for A in pure],
            "imaginary coherences": [self.mean(self.i * A) * -1 for A in pure],
            "pair_correlations": [self.mean(n * m) for n in self.n for m in self.n],
        }


def rational_chains():
    rng = np.random.default_rng(20)
    for sites, count in ((2, 8), (3, 4)):
        for trial in range(count):
            spans = 10.0 ** rng.uniform(-6, 6, 20)
            baths = (
                cq.Bath(site=0, gain=spans[0], loss=spans[1]),
                cq.Bath(site=sites - 1, gain=spans[2], loss=0.0 if trial % 2 else spans[3]),
            )
            fields = {"frequency": spans[4 : 4 + sites], "dephasing": spans[8 : 8 + sites] * (trial > 1)}
            if trial == 0:
                g = np.triu(rng.normal(size=(sites, sites)) + 1j * rng.normal(size=(sites, sites)), 1) * 1e-3
                yield cq.SpinChain(sites=sites, couplings=g + g.conj().T, zz=spans[13], baths=baths, **fields)
            else:
                bonds = {"hopping": spans[12 : 11 + sites], "zz": spans[15 : 14 + sites]}
                yield cq.SpinChain(sites=sites, baths=baths, **bonds, **fields)


def holds(ball, value):
    """Whether a ball of few bits holds a fraction of many."""
    with ctx.workprec(8192):
        return ball.contains(arb(value)) and ball.rad() <= 1e-25 * abs(ball.mid()) + 1e-75


@pytest.mark.parametrize("model", list(rational_chains()), ids=lambda m: f"{m.sites} sites, {m.frequency[0]:.3g}")
def test_rational_numbers(model):
    """Every ball holds the rational number that the full space of 4^N elements gives."""
    found, expected = truth(model), Rational(model).numbers()
    coherences = found["coherences"]
    balls = {name: found[name].ravel() for name in expected if name in found}
    balls["real coherences"] = [x.real for x in coherences]
    balls["imaginary coherences"] = [x.imag for x in coherences]
    assert set(balls) == set(expected)
    for name, values in expected.items():
        assert len(values) == len(balls[name])
        for ball, value in zip(balls[name], values, strict=True):
            assert holds(ball, value), name


# --- known currents ---------------------------------------------------------------------------------------------------

FREE = {2: 0.0565822535950, 3: 0.0370794856043, 4: 0.0275749525190, 5: 0.0219488374711}


@pytest.mark.parametrize("sites", FREE)
def test_uniform_chain(sites):
    """J = ω 4g²γ₁γ_N(s₁ - s_N)/((γ₁+γ_N)(4g²+γ₁γ_N) + 2γ(N-1)γ₁γ_N), and its printed values."""
    found = truth(uniform(sites, 5.0)).floats("heat_currents")
    assert found == pytest.approx([FREE[sites], -FREE[sites]], abs=6e-14)
    n = 1 / np.expm1(1.0)
    first, s = 2 * n + 1, n / (2 * n + 1)
    expected = 4 * first * s / ((first + 1) * (4 + first) + 10 * (sites - 1) * first)
    assert found == pytest.approx([expected, -expected], rel=1e-14)
    ballistic = truth(uniform(sites)).floats("heat_currents")
    assert ballistic == pytest.approx([0.119364770133, -0.119364770133], abs=6e-13)


@pytest.mark.parametrize(("dephasing", "current"), [(0.0, 0.11200614), (1.0, 0.06918207)])
def test_interacting_chain(dephasing, current):
    assert truth(uniform(4, dephasing, zz=0.5)).floats("currents") == pytest.approx([current] * 3, abs=6e-9)


def test_classical_chain_is_the_uniform_dephased_one():
    exact_currents = truth(uniform(4, 5.0)).floats("currents")
    found = truth(cq.exclusion_limit(uniform(4, 5.0)))
    assert found.floats("currents") == pytest.approx(exact_currents, rel=1e-14)
    assert found.floats("heat_currents") == pytest.approx([FREE[4], -FREE[4]], abs=6e-14)


# --- another construction of the equation ------------------------------------------------------------------------------


def compare(model):
    """Against the dense full space in doubles (`liouville`), which reads the definition on its own."""
    found, equation = truth(model), Equation(model)
    rho = equation.steady()
    mean = equation.mean
    k, l, g, _ = model.bonds
    C = np.array(
        [mean(equation.lower[i].conj().T @ equation.lower[j], rho) for i, j in zip(k, l, strict=True)], dtype=complex
    )
    into = sum(equation.number)
    close = {
        "populations": [mean(n, rho).real for n in equation.number],
        "coherences": C,
        "currents": -2 * (g * C).imag,
        "heat_currents": [equation.given(equation.H, j, rho) for j in equation.baths],
        "excitation_currents": [equation.given(into, j, rho) for j in equation.baths],
        "dephasing_current": equation.given(equation.H, equation.dephasing, rho),
        "energy": mean(equation.H, rho).real,
        "pair_correlations": [[mean(n @ m, rho).real for m in equation.number] for n in equation.number],
        "two_point": [[mean(a.conj().T @ b, rho) for b in equation.lower] for a in equation.lower],
    }
    for name, values in close.items():
        assert not found.outside(name, values, 1e-9), found.outside(name, values, 1e-9)


@given(wires(ends=False))
@settings(max_examples=12)
def test_chains_against_the_full_space(model):
    compare(model)


@given(networks())
@settings(max_examples=8)
def test_networks_against_the_full_space(model):
    compare(model)


@pytest.mark.slow
def test_against_qutip():
    """A third construction, with its own solver."""
    import qutip

    from driven import operators

    model = uniform(3, 0.4, zz=0.5)
    H, lower, jumps = operators(model)
    rho = qutip.steadystate(H, jumps, method="direct")
    found = truth(model)
    assert not found.outside("populations", [qutip.expect(a.dag() * a, rho) for a in lower], 1e-10)
    assert not found.outside("coherences", [(lower[k].dag() * lower[k + 1] * rho).tr() for k in (0, 1)], 1e-10)
    assert not found.outside("energy", qutip.expect(H, rho), 1e-10)


# --- what has no number, and that the comparison can fail --------------------------------------------------------------


def test_entropy_production():
    hot, cold = cq.Bath(site=0, temperature=0.03, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0)
    freezing = truth(cq.SpinChain(sites=3, hopping=1.0, dephasing=0.1, baths=(hot, cold)))
    assert freezing.floats("entropy_production") == math.inf
    assert not freezing.outside("entropy_production", math.inf, 0.0)
    assert freezing.outside("entropy_production", 0.0, 1e300)
    near = (cq.Bath(site=0, temperature=1 + 1e-8, rate=1.0), cq.Bath(site=-1, temperature=1.0, rate=1.0))
    found = truth(cq.SpinChain(sites=3, hopping=1.0, dephasing=0.1, baths=near))
    assert found.floats("entropy_production") == pytest.approx(9.33486e-18, rel=1e-5)
    assert found.floats("jump_entropy_production") == pytest.approx(9.33486e-18, rel=1e-5)


def test_sites_that_no_bath_reaches_have_no_steady_state():
    with pytest.raises(NotUnique):
        truth(cq.SpinChain(sites=3, hopping=[1.0, 0.0], baths=REFERENCE[:1]))


def test_a_moved_number_is_noticed():
    found = truth(uniform(3, 0.2, zz=0.5))
    for name in ARRAYS:
        values = found.floats(name)
        assert not found.outside(name, values, 1e-15)
        for place in np.ndindex(values.shape):
            moved = values.copy()
            moved[place] += 1e-13
            assert len(found.outside(name, moved, 1e-14)) == 1
            moved[place] = math.nan
            assert len(found.outside(name, moved, 1e-14)) == 1
        assert found.outside(name, values[1:], 1e-14)
        assert found.outside(name, values, -1.0)
        assert found.outside(name, values, math.nan)


def test_balls_are_narrow():
    found = truth(uniform(4, 0.2, zz=0.5))
    assert all(x.real.rad() < 1e-60 for x in found["coherences"])
    assert isinstance(found["coherences"][0], acb)


@pytest.mark.parametrize("sites", [2, 3, 6, 20])
def test_long_chains(sites):
    """J = 4g²γ₁γ_N(s₁ - s_N)/((γ₁+γ_N)(4g²+γ₁γ_N)) for every length, and the whole sector for an uneven chain."""
    assert float(wire_current(uniform(sites))) == pytest.approx(0.119364770133, abs=6e-13)
    if sites <= 3:
        rng = np.random.default_rng(sites)
        uneven = cq.SpinChain(
            sites=sites,
            hopping=rng.uniform(0.1, 1, sites - 1),
            frequency=rng.uniform(0.5, 2, sites),
            baths=(*REFERENCE[::-1],),
        )
        assert wire_current(uneven).overlaps(truth(uneven)["currents"][0])


def test_few_excitations():
    """Allowing all of them changes nothing; allowing one is wrong by about the probability of the second."""
    ends = (cq.Bath(site=0, gain=1e-7, loss=0.2), cq.Bath(site=2, gain=0.0, loss=1.0))
    model = cq.SpinChain(sites=3, hopping=1.0, zz=0.5, dephasing=0.1, baths=ends)
    whole = truth(model).floats("currents")
    assert truth(model, most=3).floats("currents") == pytest.approx(whole, rel=1e-15)
    assert truth(model, most=2).floats("currents") == pytest.approx(whole, rel=1e-12)
    one = np.abs(truth(model, most=1).floats("currents") / whole - 1)
    assert np.all((one > 1e-10) & (one < 1e-5))
