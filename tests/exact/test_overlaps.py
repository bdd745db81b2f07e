"""Matrix elements between wells against closed forms and the values on record."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.models.wells import FiniteWell, HarmonicWell, InfiniteWell, PotentialWell
from testers import assert_close


@pytest.mark.parametrize(
    ("separation", "ratio", "deviation"),
    [(0.4, "0.105", "8.4"), (0.5, "0.059", "5.1"), (0.7, "0.0115", "0.97"), (0.9, "0.00033", "0.017")],
)
def test_infinite_wells_with_a_linear_coupling(separation, ratio, deviation):
    """Levels 1…20, n ≠ m: |D|/E at most, and the deviation of E from its mean in per cent, to the digits on record."""
    found = cq.overlaps(separation=separation)
    assert f"{found.ratio:.{3 if separation in (0.4, 0.7) else 2}g}" == ratio
    assert f"{100 * found.deviation():.2g}" == deviation


@pytest.mark.parametrize("separation", [0.7, 0.95])
def test_quadratic_coupling_with_equal_levels(separation):
    """E = a² + ⟨x²⟩_n + ⟨x²⟩_m, ⟨x²⟩_n = 1/12 - 1/2π²n²: 14 % at a/d = 0.7 is n = m = 1 beside the mean over all levels."""
    found = cq.overlaps(separation=separation, interaction="quadratic", equal_levels=True)
    square = 1 / 12 - 1 / (2 * np.pi**2 * np.arange(1, 21) ** 2)
    E = separation**2 + np.add.outer(square, square)
    assert found.deviation() == pytest.approx(np.abs(E / E.mean() - 1).max(), rel=1e-9)
    assert found.ratio == pytest.approx(np.abs(found.direct / E).max(), rel=1e-9)
    assert found.deviation_bound() < 1e-9
    if separation == 0.7:
        assert 0.135 < found.deviation() < 0.145
    other = cq.overlaps(separation=separation, interaction="quadratic")
    off = ~np.eye(20, dtype=bool)
    assert other.deviation() == pytest.approx(np.abs(E[off] / E[off].mean() - 1).max(), rel=1e-9)
    assert other.deviation() < found.deviation()


@pytest.mark.parametrize("width", [1.0, 0.7])
def test_contact_of_coinciding_wells(width):
    """1/d for n ≠ m, 3/2d for n = m (WS, after 19)."""
    found = cq.overlaps(InfiniteWell(width), separation=0.0, interaction="contact", levels=12)
    expected = (np.ones((12, 12)) + np.eye(12) / 2) / width
    assert_close(found.exchange, expected, 1e-12)
    assert_close(found.direct, expected, 1e-12)


def test_contact_of_two_wells_apart():
    """Against an adaptive quadrature."""
    found = cq.overlaps(separation=0.3, interaction="contact", levels=4)

    def density(n, x):
        return 2 * np.sin(n * np.pi * (x + 0.5)) ** 2

    def product(n, m, x):
        return 2 * np.sin(n * np.pi * (x + 0.5)) * np.sin(m * np.pi * (x + 0.5))

    for n, m in ((1, 2), (3, 1), (4, 4)):
        expected = scipy.integrate.quad(lambda x, n=n, m=m: density(n, x) * density(m, x - 0.3), -0.2, 0.5)[0]
        assert found.exchange[n - 1, m - 1] == pytest.approx(expected, abs=1e-12)
        direct = scipy.integrate.quad(lambda x, n=n, m=m: product(n, m, x) * product(n, m, x - 0.3), -0.2, 0.5)[0]
        assert found.direct[n - 1, m - 1] == pytest.approx(direct, abs=1e-12)


WELLS = {
    "infinite": InfiniteWell(1.3),
    "harmonic": HarmonicWell(2.0),
    "finite": FiniteWell(depth=120.0, width=1.0),
    "given": PotentialWell(lambda x: 40 * x**2 - 60 * x**4 + 90 * x**6, 3.0),
}


@pytest.mark.parametrize("name", WELLS)
@pytest.mark.parametrize("separation", [0.0, 0.8])
def test_quadratic_coupling(name, separation):
    """E = a² + ⟨x²⟩_n + ⟨x²⟩_m and D = -2⟨n|x|m⟩² of levels with parity, whatever the well."""
    well, levels = WELLS[name], 4
    found = cq.overlaps(well, separation=separation, interaction="quadratic", levels=levels)
    low, high = well.support(levels)
    # a fine midpoint rule, which converges fast for functions that vanish at both ends; the finite well has jumps in φ''
    x = low + (np.arange(40_000) + 0.5) * (high - low) / 40_000
    phi = well.functions(x, levels) * np.sqrt((high - low) / 40_000)
    square, first = (phi**2) @ x**2, (phi * x) @ phi.T
    assert_close(found.exchange, separation**2 + square[:, None] + square, 2e-7)
    off = ~np.eye(levels, dtype=bool)
    assert_close(found.direct[off], -2 * (first**2)[off], 2e-7)


def test_wells_far_apart_with_a_linear_coupling():
    """No overlap: E = a for levels with parity, D = 0, and the third assumption holds exactly (WS, after 20)."""
    found = cq.overlaps(separation=1.5, levels=6)
    assert_close(found.exchange, np.full((6, 6), 1.5), 1e-12)
    off = ~np.eye(6, dtype=bool)
    assert_close(found.direct[off], np.zeros(30), 1e-12)
    assert found.deviation() < 1e-12


@pytest.mark.parametrize(
    ("well", "expected"),
    [
        (InfiniteWell(0.5), (np.arange(1, 6) * np.pi / 0.5) ** 2 / 2),
        (HarmonicWell(3.0), 3 * (np.arange(5) + 0.5)),
        (PotentialWell(lambda x: 4.5 * x**2, 8.0), 3 * (np.arange(5) + 0.5)),
        (
            PotentialWell((np.linspace(-4, 4, 200), 4.5 * np.linspace(-4, 4, 200) ** 2), 8.0),
            3 * (np.arange(5) + 0.5),
        ),
    ],
    ids=["infinite", "harmonic", "function", "samples"],
)
def test_energies(well, expected):
    assert_close(well.energies(5), expected, 1e-10)


def test_finite_well():
    """Energies solve the Schrödinger equation: against a basis of sines with the step smoothed ever less."""
    well = FiniteWell(depth=50.0, width=1.0)
    assert well.bound == int(np.ceil(10 / np.pi))
    E = well.energies(well.bound)
    h = 1e-4
    for n in range(well.bound):
        for x in (0.13, 0.7):
            around = np.array([x - h, x, x + h])
            f = well.functions(around, well.bound)[n]
            kinetic = -(f[0] - 2 * f[1] + f[2]) / h**2 / 2
            assert kinetic + (-50.0 if x < 0.5 else 0.0) * f[1] == pytest.approx(E[n] * f[1], abs=1e-5)
        edge = well.functions(np.array([0.5 - 1e-9, 0.5 + 1e-9]), well.bound)[n]
        assert edge[0] == pytest.approx(edge[1], abs=1e-7)


def test_a_function_of_the_distance():
    """Given as a Python function, the linear coupling is the linear coupling; a kinked one converges too."""
    given = cq.overlaps(separation=0.6, levels=5, interaction=lambda r: r)
    assert_close(given.total, cq.overlaps(separation=0.6, levels=5).total, 1e-13)
    screened = cq.overlaps(separation=0.0, levels=3, interaction=lambda r: 1600 * np.exp(-1600 * r))
    contact = cq.overlaps(separation=0.0, levels=3, interaction="contact")
    assert_close(screened.exchange, 2 * contact.exchange, 2e-4)  # V e^(-κr) → (2/κ) V(0) δ, up to (2πn/κ)²
    assert_close(screened.rates(strength=0.1, density=3.0), 2 * np.pi * 0.01 * 3.0 * screened.total**2, 1e-12)


# -- a bound on every element


def box(levels, d):
    """⟨x²⟩_n and ⟨n|x|m⟩ of the infinite well."""
    n, m = np.arange(1, levels + 1), np.arange(1, levels + 1)[:, None]
    with np.errstate(divide="ignore"):
        x = np.where((n + m) % 2, -8 * d * n * m / (np.pi * (n**2 - m**2)) ** 2, 0.0)
    return d**2 * (1 / 12 - 1 / (2 * np.pi**2 * n**2)), x


def oscillator(levels, frequency):
    """The same of the harmonic well."""
    step = np.sqrt(np.arange(1, levels) / (2 * frequency))
    return (np.arange(levels) + 0.5) / frequency, np.diag(step, 1) + np.diag(step, -1)


@pytest.mark.parametrize("separation", [0.0, 0.8, 30.0])
@pytest.mark.parametrize(
    ("well", "square", "first"),
    [
        (InfiniteWell(1.3), *box(8, 1.3)),
        (HarmonicWell(2.0), *oscillator(8, 2.0)),
        (PotentialWell(lambda x: 2 * x**2, 16.0, basis=60), *oscillator(8, 2.0)),
        (PotentialWell(lambda x: 2 * x**2, 16.0, basis=44), *oscillator(8, 2.0)),  # 1.4e-6 off for want of sines
    ],
    ids=["infinite", "harmonic", "given", "few sines"],
)
def test_every_element_lies_within_its_bound(well, square, first, separation):
    """Quadratic coupling in closed form: elements that are zero by parity beside others of order one."""
    found = cq.overlaps(well, separation=separation, interaction="quadratic", levels=8)
    exchange = separation**2 + square[:, None] + square
    direct = -2 * first**2 + np.diag(np.diag(exchange))
    for name, exact in (("exchange", exchange), ("direct", direct), ("total", exchange + direct)):
        value, bound = getattr(found, name), found.bounds[name]
        assert bound.shape == (8, 8)
        assert np.all(np.abs(value - exact) <= bound)
        assert np.all(bound <= 1e-6 * exchange.max())
    none = direct == 0
    assert none.sum() > 20
    assert np.all(np.abs(found.direct[none]) <= found.bounds["direct"][none])
    rates, room = (getattr(found, name)(strength=0.3, density=2.0) for name in ("rates", "rate_bounds"))
    assert np.all(np.abs(rates - 2 * np.pi * 0.09 * 2.0 * (exchange + direct) ** 2) <= room)
    off = ~np.eye(8, dtype=bool)
    assert abs(found.ratio - np.abs(direct / exchange)[off].max()) <= found.ratio_bound
    for of, exact in (("exchange", exchange), ("total", exchange + direct)):
        spread = np.abs(exact[off] / exact[off].mean() - 1).max()
        assert abs(found.deviation(of) - spread) <= found.deviation_bound(of) < 1e-5


@pytest.mark.parametrize("separation", [0.0, 3.0, 6.0, 9.0, 12.0, 14.5, 25.0])
def test_small_elements_have_small_bounds(separation):
    """Contact of harmonic wells: down to exp(-a²ω/2) = 1e-46 each element is known to its own digits, beyond as a limit."""
    found = cq.overlaps(HarmonicWell(1.0), separation=separation, interaction="contact", levels=2)
    both = np.exp(-(separation**2) / 2) / np.sqrt(2 * np.pi)
    exchange = both * np.array([1.0, separation**2 / 2 + 0.5])
    error = np.abs(found.exchange[0] - exchange)
    assert np.all(error <= found.bounds["exchange"][0])
    assert np.all(found.bounds["exchange"][0] > 0)
    if separation < 25.0:
        assert np.all(found.bounds["exchange"][0] <= 1e-6 * exchange)
    if separation == 25.0:
        assert np.all(found.exchange <= found.bounds["exchange"])
        assert found.ratio_bound == np.inf
        assert found.deviation_bound() == np.inf


@pytest.mark.parametrize("interaction", ["linear", "contact", np.exp, lambda r: np.cos(3 * r) - r])
@pytest.mark.parametrize("well", [InfiniteWell(), HarmonicWell(), FiniteWell(depth=150.0)], ids=repr)
def test_bounds_against_a_finer_rule(well, interaction):
    """Three times the panels, further tails: no element further away than the two bounds together."""
    from caloriq.reduced.rates import overlaps

    found = cq.overlaps(well, separation=0.7, interaction=interaction, levels=5)
    reach = 1.0 if well.confined else 1.5
    finer = overlaps._integrals(well, 0.7, 5, overlaps._function(interaction), 75, reach)
    for name, values in (("direct", finer.direct), ("exchange", finer.exchange)):
        assert np.all(np.abs(getattr(found, name) - values) <= 2 * found.bounds[name])
        assert np.all(found.bounds[name] <= 1e-8 * finer.size.max())
