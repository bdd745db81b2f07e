"""Verdicts on driven chains: proof, rules, and what is left open; models whose transport is known."""

from dataclasses import replace

import numpy as np
import pytest

import caloriq as cq
from caloriq.known.driven_chains import WEAK, clean_models, interacting_models, ordered_models
from caloriq.known.judged import judged, markdown, told, verdict_rows
from caloriq.transport.bulk import bulk_of
from caloriq.transport.samples import Samples
from caloriq.verdicts.judgement import OverLengths
from caloriq.verdicts.proved import proof
from caloriq.verdicts.scaling import fit, measured
from driven import REFERENCE, uniform
from testers import refused

SIZES = (4, 5, 6, 7, 8)


def random_chain(width, quantity="frequency", samples=10, chain=None, **fields):
    disorder = (cq.Disorder(quantity=quantity, width=width, **fields),)
    return cq.DisorderedChain(chain=chain or uniform(4), disorder=disorder, samples=samples, seed=1)


@pytest.mark.parametrize("of", ["heat", "excitations"])
@pytest.mark.parametrize(
    ("width", "sizes"),
    [
        (0.3, (8, 16, 32, 64)),
        (0.3, (16, 32, 64, 128)),
        (0.6, (8, 16, 32, 64)),
        (0.6, (16, 32, 64, 128)),
        (0.9, (4, 8, 16, 32)),
        (0.9, (4, 8, 16, 32, 64)),
        (1.0, (4, 8, 12, 16)),
        (1.0, (8, 16, 32, 64)),
        (2.0, (4, 8, 12, 16)),
    ],
)
def test_random_frequencies_localise(width, sizes, of):
    """One dimension, independent disorder, no dephasing (Kunz, Souillard 1980): whatever a short chain shows."""
    found = cq.scaling(random_chain(width), sizes, of=of)
    assert (found.judgement.grade, found.judgement.transport, found.holds) == ("proved", "localised", False)
    assert "Kunz, Souillard" in found.sentence
    assert "doi:10.1007/BF01942371" in found.sentence
    assert "Fourier's law holds" not in found.sentence
    with pytest.raises(cq.NotEnoughData):
        _ = found.diffusivity
    # and without the theorem the data are no proof either
    open_again = replace(found, proof=None)
    assert open_again.holds is None


@pytest.mark.parametrize("baths", [REFERENCE, WEAK], ids=["temperatures", "weak"])
@pytest.mark.parametrize("of", ["heat", "excitations"])
@pytest.mark.parametrize("zz", [0.5, 1.0, 1.5])
def test_short_interacting_chains_are_left_open(zz, of, baths):
    """XXZ at N ≤ 8: ballistic, superdiffusive and diffusive chains, none of which these lengths tell."""
    chain = uniform(4, zz=zz).model_copy(update={"baths": baths})
    try:
        found = cq.scaling(chain, SIZES, of=of)
    except cq.NotEnoughData:
        assert of == "heat"  # near infinite temperature the energy current of weak driving vanishes
        return
    assert found.holds is None
    assert found.judgement.grade in ("consistent", "undecided")
    assert "holds for" not in found.sentence
    assert "violated" not in found.sentence


def test_weak_dephasing_is_proved_by_its_closed_form_and_by_nothing_else():
    weak = uniform(3, 0.02)
    found = cq.scaling(weak, (3, 4, 5, 6, 7))
    assert found.tail == pytest.approx(0.972, abs=1e-3)
    assert found.judgement.grade == "proved"
    assert "closed form" in found.sentence
    first, last = weak.bath_rates
    contacts = 1 / first.total + 1 / last.total + (first.total + last.total) / 4
    assert found.crossover == pytest.approx(contacts / 0.01, rel=1e-8)
    assert 200 < found.crossover < 250
    other = cq.scaling(lambda sites: uniform(sites, 0.02), (3, 4, 5, 6, 7))
    assert other.proof is None
    assert other.holds is None
    assert other.judgement.grade == "consistent"
    assert other.sentence.startswith("Consistent with ballistic transport of heat over N = 3…7, which data alone")


def test_interacting_dephased_chain_has_no_law_of_heat():
    """zz = ½, γ = 1, N = 6: 0.0308 of heat in, 0.0248 out; the dephasing takes 19 %."""
    found = cq.scaling(uniform(4, 1.0, zz=0.5), SIZES)
    state = cq.steady_state(uniform(6, 1.0, zz=0.5))
    assert state.heat_currents == pytest.approx([0.0308, -0.0248], abs=5e-5)
    assert -state.dephasing_current / state.heat_currents[0] == pytest.approx(0.19, abs=0.005)
    assert found.lost == pytest.approx(0.24, abs=0.005)  # at N = 8
    assert found.of == "heat"
    assert found.judgement.grade == "no law"
    assert found.holds is None
    assert found.sentence.startswith("There is no Fourier's law of heat to judge")
    assert "ZZ" in found.sentence
    with refused("sizes", "ZZ", error=cq.NotEnoughData):
        _ = found.diffusivity
    carried = found.excitations
    assert carried.of == "excitations"
    assert carried.tail == pytest.approx(0.301, abs=1e-3)
    assert carried.judgement.grade == "consistent"
    assert carried.sentence in found.sentence
    assert cq.scaling(uniform(4, 1.0, zz=0.5), SIZES, of="excitations").sentence == carried.sentence


def test_which_density_the_bulk_conserves():
    def leak(chain, of="heat"):
        return bulk_of(chain).leak(of)

    uneven, unequal = [1.0, 1.2, 1.0, 1.1], [1.0, 0.5, 0.8]
    chain = uniform(4, 1.0)
    assert leak(chain) is None
    assert leak(chain.model_copy(update={"hopping": unequal})) is None  # real parts vanish: heat is ω times excitations
    assert "frequencies" in leak(chain.model_copy(update={"frequency": uneven}))
    assert "ZZ" in leak(chain.model_copy(update={"zz": 0.1}))
    assert leak(uniform(4, zz=0.5).model_copy(update={"frequency": uneven})) is None
    assert leak(chain.model_copy(update={"zz": 0.1, "frequency": uneven}), "excitations") is None
    inside = (*REFERENCE, cq.Bath(site=3, gain=0.1, loss=0.2))
    assert leak(uniform(7).model_copy(update={"baths": inside}), "excitations") == "baths inside the chain"
    for disordered, says in (("frequency", "frequencies"), ("zz", "ZZ")):
        assert says in leak(random_chain(0.4, disordered, chain=chain))
    assert leak(random_chain(0.4, "hopping", chain=chain)) is None
    classical = cq.ClassicalChain(sites=4, rate=1.0, baths=REFERENCE)
    assert leak(classical) is None
    assert "frequencies" in leak(classical.model_copy(update={"frequency": uneven}))
    # each claim against the currents themselves
    for one in (chain, uniform(4, zz=0.5), chain.model_copy(update={"hopping": unequal, "zz": 0.3})):
        state = cq.steady_state(one)
        assert (abs(state.dephasing_current) < 1e-12) == (leak(one) is None)


@pytest.mark.parametrize(
    ("model", "transport"),
    [
        (uniform(4), "ballistic"),
        (uniform(4, 0.3), "diffusive"),
        (cq.ClassicalChain(sites=4, rate=0.3, baths=REFERENCE), "diffusive"),
        (random_chain(0.5), "localised"),
        (random_chain(0.5, distribution="normal"), "localised"),
        (random_chain(0.5, centre=2.0), "localised"),
        (random_chain(0.5, "dephasing", chain=uniform(4, 0.5)), "diffusive"),
        (random_chain(0.0, chain=uniform(4, 0.5)), "diffusive"),
        (random_chain(0.0), "ballistic"),
        (random_chain(0.5, "hopping"), None),  # the middle of the band is special (Dyson 1953)
        (random_chain(0.5, chain=uniform(4, 0.1)), None),
        (random_chain(0.5, chain=uniform(4, zz=0.1)), None),
        (random_chain(0.5, "zz"), None),
        (random_chain(0.05, "dephasing", chain=uniform(4, 5.0), distribution="normal"), None),
        (uniform(4, zz=0.1), None),
        (uniform(4).model_copy(update={"frequency": [1.0, 2.0, 1.0, 2.0]}), None),
        (uniform(4).model_copy(update={"dephasing": [1.0, 0.0, 1.0, 0.0]}), None),
        (uniform(4).model_copy(update={"baths": (*REFERENCE, cq.Bath(site=1, gain=0.1, loss=0.1))}), None),
        (cq.ClassicalChain(sites=4, rate=[1.0, 2.0, 1.0], baths=REFERENCE), None),
    ],
)
def test_what_is_proved(model, transport):
    found = proof(model)
    assert (None if found is None else found.transport) == transport


def test_both_random_are_localised_too():
    disorder = (cq.Disorder(quantity="frequency", width=0.5), cq.Disorder(quantity="hopping", width=0.5))
    assert proof(cq.DisorderedChain(chain=uniform(4), disorder=disorder, samples=2, seed=1)).transport == "localised"


def test_resistances_of_random_dephasing_add_up():
    """1/J of a sample is contacts and bonds in a row: the mean of 1/J over samples has r = ⟨γ⟩/2g²(s₁ - s_N)."""
    model = random_chain(1.0, "dephasing", samples=100, chain=uniform(4, 1.0))
    found = cq.scaling(model, (8, 16, 32), of="excitations")
    assert found.judgement.grade == "proved"
    first, last = uniform(4).bath_rates
    assert found.resistivity == pytest.approx(0.5 / (first.preferred - last.preferred), rel=0.03)


def test_contact_resistance_is_that_of_the_contacts():
    """γ = 5: R + r N has R = -0.918; without any bond 8.378 is left, which no dephasing changes."""
    for dephasing in (0.02, 0.8, 5.0, 40.0):
        found = cq.scaling(uniform(2, dephasing), range(2, 11))
        assert found.contact_resistance == pytest.approx(8.3777, abs=1e-4)
    five = cq.scaling(uniform(2, 5.0), range(2, 11))
    assert five.laws.intercept == pytest.approx(-0.918, abs=1e-3)
    inverse = five.contact_resistance + five.resistivity * (five.sizes - 1)
    np.testing.assert_allclose(inverse * five.currents, 1, rtol=1e-12)


@pytest.mark.parametrize("frequency", [0.5, 1.0, 3.0])
def test_diffusivity_is_the_same_of_heat_and_excitations(frequency):
    """J of heat is ω times that of excitations; D is one number, 2g²/γ."""
    chain = uniform(2, 0.8).model_copy(update={"frequency": frequency})
    for of in ("heat", "excitations"):
        assert cq.scaling(chain, (4, 8, 16), of=of).diffusivity == pytest.approx(2 / 0.8, rel=1e-9)


def test_drive_of_an_ensemble_is_the_mean_over_its_samples():
    """Random frequencies change what the baths prefer, and a centre moves it: D is not that of the chain's own."""
    model = random_chain(0.2, samples=60, centre=3.0, chain=uniform(4, 4.0))
    found = cq.scaling(model, (8, 14, 20), of="excitations")
    drawn = model.model_copy(update={"chain": uniform(20, 4.0)}).draws("frequency", 0, 60)[:, 0]
    occupied = 1 / np.expm1(drawn)
    assert found.drive == pytest.approx(np.mean(occupied / (2 * occupied + 1)), rel=1e-12)
    assert found.judgement.transport == "diffusive"
    assert found.diffusivity == pytest.approx(2 / 4, rel=0.05)
    with refused("model", "one frequency"):
        found.conductivity(1.0)


def curve(N, inverse, model=None):
    """A scaling of made-up resistances on a model whose bulk could be diffusive."""
    model = model or uniform(4, 1.0, zz=0.5)
    rows = [Samples(np.array([1 / v]), np.zeros(1)) for v in inverse]
    return fit(model, np.asarray(N), rows, [STATE] * len(N), "excitations")


STATE = cq.steady_state(uniform(4, 1.0, zz=0.5))


def test_rules_pass_on_a_straight_line_alone():
    N = np.array([10, 20, 40, 80, 160])
    good = curve(N, 2.0 + 1.5 * N)
    assert good.holds is True
    assert good.judgement.grade == "measured"
    assert good.judgement.evidence.holds
    assert good.sentence.startswith("Fourier's law holds for excitations over N = 10…160, by data")
    wanted = {
        "contacts over bulk": curve(N, 400.0 + 1.5 * N),
        "lengths": curve(N[:3] * 10, 2.0 + 15 * N[:3]),
        "span": curve([90, 100, 110, 120], 2.0 + np.array([90.0, 100, 110, 120])),
        "local exponent": curve(N, 1.0 * N**0.8),
        "settled exponent": curve(N, N * np.array([1, 1.02, 1, 1.02, 1])),
        "against a logarithm": curve(N, N * np.log(3 * N)),
        "against saturation": curve(N, 2.0 + N / (1 + N / 2000)),
        "against a square": curve(N, N**2.0),
        "against a constant": curve(N, np.full(5, 2.0)),
        "against a power law": curve(N, 1.0 * N**1.05),
        "against an exponential": curve(N, np.exp(N / 40)),
        "dephasing on every site": curve(N, 2.0 + 1.5 * N, model=uniform(4, zz=0.5)),
        "known beyond the lengths": replace(good, family=True),
    }
    for name, found in wanted.items():
        assert name in [check.name for check in found.judgement.evidence.failures], name
        assert found.holds is None, name


def test_no_other_law_passes_for_fouriers():
    """Two hundred power laws and as many localised chains, with contacts of all sizes: none is said to obey the law.

    In one channel 1/J of a localised chain is about R (1 + e^(2N/ξ))/2: its contacts tell ξ, so that the bulk outweighs them
    no sooner than localisation shows. With contacts of another origin it does so only far below ξ.
    """
    rng = np.random.default_rng(5)
    holds = 0
    for _ in range(100):
        sizes = np.geomspace(rng.integers(4, 40), rng.integers(60, 400), rng.integers(4, 9))
        N = np.unique(np.round(sizes)).astype(int)
        contact, r, length = 10 ** rng.uniform(-1, 3), 10 ** rng.uniform(-2, 1), 10 ** rng.uniform(0.5, 3)
        power = rng.choice([rng.uniform(0.0, 0.95), rng.uniform(1.05, 2.0)])
        assert curve(N, contact + r * N.astype(float) ** power).holds is None
        assert curve(N, contact * (1 + np.exp(np.minimum(2 * N / length, 60))) / 2).holds is None
        if curve(N, contact + r * length * np.expm1(np.minimum(N / length, 60))).holds:
            holds += 1
            assert N[-1] < 0.1 * length
    assert holds <= 5


def test_mean_and_typical_current_must_agree():
    """A broad distribution: the mean falls as 1/N, the typical current much faster."""
    N = np.array([16, 32, 64, 128])
    rng = np.random.default_rng(0)
    model = random_chain(0.1, chain=uniform(4, 1.0, zz=0.5))
    state = cq.steady_state(random_chain(0.1, samples=2, chain=uniform(4, 1.0, zz=0.5)))
    narrow, broad = [], []
    for n in N:
        logs = rng.standard_normal(4000)
        narrow.append(Samples(np.exp(1e-3 * logs) / n, np.zeros(4000)))
        spread = 0.3 * np.log2(n)
        broad.append(Samples(np.exp(spread * logs - spread**2 / 2) / n, np.zeros(4000)))
    assert fit(model, N, narrow, [state] * 4, "excitations").holds is True
    assert fit(model, N, broad, [state] * 4, "excitations").holds is None
    turned = [Samples(row.values * np.where(np.arange(4000) == 7, -1, 1), row.bounds) for row in narrow]
    found = fit(model, N, turned, [state] * 4, "excitations")
    assert np.all(np.isnan(found.typical))
    assert found.holds is None
    assert "one sign" in found.sentence


def test_a_current_that_is_not_known_enters_no_verdict():
    N = np.array([4, 5, 6])
    states = [cq.steady_state(uniform(n, 1.0)) for n in N]
    assert measured(uniform(6, 1.0), N, states, "heat").holds is True
    off = [replace(state, heat_currents=state.heat_currents * [1.02, 1]) for state in states]
    with refused("model", "per cent", error=cq.NotEnoughData):
        measured(uniform(6, 1.0), N, off, "heat")
    spread = [
        replace(state, currents=state.currents * np.linspace(0.99, 1.01, state.currents.size)) for state in states
    ]
    with refused("model", "per cent", error=cq.NotEnoughData):
        measured(uniform(6, 1.0), N, spread, "excitations")


def test_bounds_of_the_solver_count_where_there_are_any():
    from caloriq.transport.samples import samples_of

    state = cq.steady_state(uniform(4, 1.0))
    bounds = {"heat_currents": np.array([0.01, 0.02]), "currents": np.full(3, 0.03)}
    told_by_it = replace(state, bounds={**state.bounds, **bounds})
    assert samples_of(told_by_it, "heat").uncertainty == 0.01
    assert not samples_of(told_by_it, "heat").known
    assert samples_of(told_by_it, "excitations").uncertainty == pytest.approx(0.03)
    assert samples_of(state, "heat").known


def test_local_exponents_of_an_ensemble_carry_their_errors():
    N, J = np.array([8, 16, 32, 64]), 1 / np.array([8.0, 16, 32, 64])
    exact, noisy = OverLengths.of(N, J, np.zeros(4)), OverLengths.of(N, J, 0.02 * J)
    assert exact.settled
    assert not noisy.settled
    assert noisy.tail_error == pytest.approx(0.02 * np.sqrt(2) / np.log(2))
    assert OverLengths.of(N, np.full(4, np.nan), np.zeros(4)) is None


def test_chains_that_follow_a_rule():
    found = cq.scaling(lambda sites: uniform(sites, 1.0), (4, 8, 16, 32), of="excitations")
    assert found.currents == pytest.approx(cq.scaling(uniform(4, 1.0), (4, 8, 16, 32), of="excitations").currents)
    assert found.model.sites == 32
    with refused("model", "of 4 sites"):
        cq.scaling(lambda sites: uniform(5), (4, 8, 16))
    with refused("model", "of 4 sites"):
        cq.scaling(lambda sites: "chain", (4, 8, 16))


def test_no_certain_verdict_on_known_models_is_wrong():
    """The quick half of the table; all of it in `test_table_of_known_models`."""
    rows = judged([*clean_models(), *ordered_models(), *interacting_models()[:4]])
    assert len(rows) >= 16
    assert [row.model.name for row in rows if row.wrong] == []
    assert sum(row.certain for row in rows) >= 5
    assert all(len(row["sentence"]) > 40 for row in verdict_rows(rows))
    lied = [replace(row, model=replace(row.model, known="localised")) for row in rows]
    assert sum(row.wrong for row in lied) >= 5  # the check can fail
    assert f"{len(rows)} models" in told(rows)
    assert len(markdown(rows).splitlines()) == len(rows) + 2
