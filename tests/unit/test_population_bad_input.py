"""Bad input of populations, overlaps and diffusion: one sentence that names the argument, the value and the remedy."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.densities import DetuningDensity, SampledDensity
from caloriq.models.transition_baths import ByTransition, NumberDephasing, PairCorrelation
from caloriq.models.wells import FiniteWell, InfiniteWell, PotentialWell
from caloriq.reduced.populations.kernel import singular_time
from caloriq.reduced.rates.continuum import steady_diffusion
from testers import refused

NAN = float("nan")
CHAIN = cq.ExchangeChain(units=3, coupling=0.1)
REMEMBERS = cq.ExchangeChain(units=3, bath=cq.Ohmic(strength=0.5, cutoff=1.0, temperature=1.0))
SWAP = np.eye(4)[[0, 2, 1, 3]]


def units(**changes):
    return cq.CoupledUnits(**{"units": 3, "levels": [0.0, 1.0], "interaction": SWAP, **changes})


def remembering(until):
    """Samples of e^(-0.2τ) that end early."""
    t = np.linspace(0, until, 50)
    return cq.Sampled(times=t, values=np.exp(-0.2 * t))


def noise(*rates):
    """White noise on the pairs 0-1, 0-2 and 1-2, as far as rates are given."""
    pairs = zip([(0, 1), (0, 2), (1, 2)], rates, strict=False)
    return ByTransition(
        pairs=[PairCorrelation(levels=p, correlation=cq.PureDephasing(rate=r)) for p, r in pairs],
    )


def three_levels(bath):
    return cq.ExchangeChain(units=2, levels=3, coupling=0.1, bath=bath)


def asked(density):
    from caloriq.questions.registry import question_from

    return question_from({"kind": "kernel", "order": "markov", "density": density})


MODELS = {
    "one unit": (lambda: cq.ExchangeChain(units=1), "units", "1"),
    "one level": (lambda: cq.ExchangeChain(units=2, levels=1), "levels", "1"),
    "bonds": (lambda: cq.ExchangeChain(units=4, exchange=[1.0, 2.0]), "exchange", "list of 3"),
    "bonds in words": (lambda: cq.ExchangeChain(units=4, exchange="strong"), "exchange", "strong"),
    "one-sided bonds": (lambda: cq.ExchangeChain(units=2, exchange=[[0, 1], [2, 0]]), "exchange", "hermitian"),
    "complex bonds": (lambda: cq.ExchangeChain(units=2, exchange=[[0, 1j], [-1j, 0]]), "exchange", "real"),
    "spectrum of wrong length": (lambda: cq.ExchangeChain(units=2, levels=3, spectrum=[0, 1]), "spectrum", "list of 3"),
    "levels not sorted": (lambda: units(levels=[1.0, 0.0]), "levels", "not decrease"),
    "spectrum not sorted": (lambda: cq.ExchangeChain(units=2, spectrum=[1.0, 0.0]), "spectrum", "not decrease"),
    "levels of too few units": (lambda: units(levels=[[0, 1], [0, 1]]), "levels", "(2, 2)"),
    "levels not finite": (lambda: units(levels=[0, NAN]), "levels", "finite"),
    "not hermitian": (lambda: units(interaction=np.triu(np.ones((4, 4)))), "interaction", "hermitian"),
    "interaction of wrong shape": (lambda: units(interaction=np.eye(9)), "interaction", "(4, 4)"),
    "coupling not finite": (lambda: cq.ExchangeChain(units=2, coupling=NAN), "coupling", "finite"),
    "no interaction": (lambda: cq.CoupledUnits(units=2, levels=[0, 1]), "interaction", "missing"),
    "misspelt": (lambda: cq.ExchangeChain(unit=3), "unit", "units"),
    "g(0)": (lambda: cq.Sampled(times=[0, 1, 2, 3], values=[0.5, 0.2, 0.1, 0]), "values", "0.5"),
    "g above 1": (lambda: cq.Sampled(times=[0, 1, 2, 3], values=[1, 1.5, 0.1, 0]), "values", "1.5"),
    "detuning that turns levels round": (lambda: cq.ExchangeChain(units=2, detuning=[0, -3.0]), "detuning", "unit 1"),
    "few samples": (lambda: cq.Sampled(times=[0, 1], values=[1, 0.2]), "times", "four"),
    "late samples": (lambda: cq.Sampled(times=[1, 2, 3, 4], values=[1, 1, 1, 1]), "times", "start at 0"),
    "samples that differ": (lambda: cq.Sampled(times=[0, 1, 2, 3], values=[1, 0]), "values", "list of 4"),
    "dephasing": (lambda: cq.PureDephasing(rate=-1.0), "rate", "-1"),
    "cutoff": (lambda: cq.Ohmic(strength=1.0, cutoff=0.0, temperature=1.0), "cutoff", "0"),
    "number noise that gains": (lambda: NumberDephasing(rate=-0.5), "rate", "-0.5"),
    "a pair of one level": (
        lambda: PairCorrelation(levels=(1, 1), correlation=cq.PureDephasing(rate=1.0)),
        "levels",
        "1 and 1",
    ),
    "a pair below the ground level": (
        lambda: PairCorrelation(levels=(-1, 1), correlation=cq.PureDephasing(rate=1.0)),
        "levels",
        "-1",
    ),
    "a pair of a name and a level": (
        lambda: PairCorrelation(levels=["a", 1], correlation=cq.PureDephasing(rate=1.0)),
        "levels.0",
        "'a'",
    ),
    "a pair of lists": (
        lambda: PairCorrelation(levels=[[0], 1], correlation=cq.PureDephasing(rate=1.0)),
        "levels.0",
        "[0]",
    ),
    "a pair with a truth value": (
        lambda: PairCorrelation(levels=[2, True], correlation=cq.PureDephasing(rate=1.0)),
        "levels.0",
        "True",
    ),
    "a pair twice": (lambda: ByTransition(pairs=noise(1.0).pairs * 2), "pairs", "0 and 1"),
    "no pairs": (lambda: ByTransition(pairs=[]), "pairs"),
    "a pair of levels that units have not": (
        lambda: cq.ExchangeChain(units=2, bath=noise(1.0, 4.0)),
        "bath",
        "0 and 2",
    ),
    "the same of units with any coupling": (lambda: units(bath=noise(1.0, 4.0)), "bath", "0..1"),
    "white noise of no bath": (lambda: three_levels(noise(1.0, 9.0, 1.0)), "bath", "distances"),
    "samples by number": (
        lambda: ByTransition.of_number(cq.Sampled(times=[0, 1, 2, 3], values=[1, 0.5, 0, 0]), 3),
        "bath",
        "exponent",
    ),
    "density of no form": (lambda: DetuningDensity(form="round", width=1.0), "form", "round"),
    "density of no width": (lambda: DetuningDensity(form="flat", width=0.0), "width", "0"),
    "samples of a density from elsewhere": (
        lambda: SampledDensity(detunings=[0.1, 0.2], values=[1, 1]),
        "detunings",
        "start at 0",
    ),
    "samples below zero": (lambda: SampledDensity(detunings=[0, 1], values=[1, -1]), "values", "-1"),
    "question with a density of no kind": (lambda: asked({"kind": "flat"}), "density", "flat"),
    "question with a misspelt density": (
        lambda: asked({"kind": "sampled-density", "detuning": [0, 1], "values": [1, 0]}),
        "detuning",
        "detunings",
    ),
    "question with a density below zero": (lambda: asked(-1.0), "density", "-1"),
    "bath in words": (lambda: cq.ExchangeChain(units=2, bath="hot"), "bath"),
}


@pytest.mark.parametrize("case", MODELS)
def test_models(case):
    make, argument, *words = MODELS[case]
    with refused(argument, *words):
        make()


KERNELS = {
    "beyond the singular time": (lambda: cq.population_kernel(CHAIN, [1.0, 8.0]), "times", "6.98132"),
    "order": (lambda: cq.population_kernel(CHAIN, [1.0], order=3), "order", "3"),
    "order in words": (lambda: cq.population_kernel(CHAIN, [1.0], order="second"), "order", "second"),
    "no times": (lambda: cq.population_kernel(CHAIN, []), "times", "non-empty"),
    "negative time": (lambda: cq.population_kernel(CHAIN, [-1.0]), "times", "-1"),
    "start of another length": (lambda: cq.population_kernel(CHAIN, [1.0], start=(1, 0)), "start", "3 units"),
    "start beyond the levels": (lambda: cq.population_kernel(CHAIN, [1.0], start=(2, 0, 0)), "start", "0..1"),
    "half a level": (lambda: cq.population_kernel(CHAIN, [1.0], start=(0.5, 0, 0)), "start", "0..1"),
    "start in words": (lambda: cq.population_kernel(CHAIN, [1.0], start="left"), "start", "left"),
    "another model": (lambda: cq.population_kernel("chain", [1.0]), "model", "chain"),
    "classical": (lambda: cq.population_kernel(cq.ClassicalChain(sites=3, rate=1.0), [1.0]), "model", "ExchangeChain"),
    "start of a modular chain": (
        lambda: cq.population_kernel(
            cq.ModularChain(subunits=2, levels=3, bandwidth=0.1, coupling=0.1, seed=0), [1.0], order=2, start=(1, 0)
        ),
        "start",
        "left out",
    ),
    "state outside the sector": (
        lambda: cq.population_kernel(CHAIN, [1.0]).solve(initial=(1, 1, 0)),
        "initial",
        "3 product states",
    ),
    "probabilities": (
        lambda: cq.population_kernel(CHAIN, [1.0]).solve(populations=[0.5, 0.2, 0.1]),
        "populations",
        "0.8",
    ),
    "both": (
        lambda: cq.population_kernel(CHAIN, [1.0]).solve(initial=(1, 0, 0), populations=[1, 0, 0]),
        "initial",
        "left out",
    ),
    "beyond the kernel": (lambda: cq.population_kernel(CHAIN, [1.0]).solve([2.0]), "times", "1"),
    "generator of no time": (lambda: cq.population_kernel(CHAIN, [1.0]).generator(1), "number", "0..0"),
    "kernel at no time": (lambda: cq.population_kernel(CHAIN, [1.0]).at(2.0), "t", "2"),
    "labels": (lambda: cq.population_kernel(CHAIN, [1.0]).between([0, 1]), "labels", "(2,)"),
    "times of a Markov kernel": (
        lambda: cq.markov_kernel(cq.SpinChain(sites=3, hopping=1.0, dephasing=1.0)).solve(),
        "times",
        "given",
    ),
    "density": (lambda: cq.markov_kernel(CHAIN, density=-1.0), "density", "-1"),
    "density in words": (lambda: cq.markov_kernel(CHAIN, density="dense"), "density", "dense"),
    "density of detunings with a bath": (
        lambda: cq.markov_kernel(REMEMBERS, density=DetuningDensity(form="flat", width=1.0)),
        "density",
        "flat of width 1",
    ),
    "degenerate levels": (
        lambda: cq.markov_kernel(cq.ExchangeChain(units=3, levels=3, spectrum=[0, 1, 1]), density=1.0),
        "levels",
        "levels 1 and 2 of unit 0",
    ),
    "degenerate levels that are not neighbours": (
        lambda: cq.markov_kernel(units(levels=[0.0, 1.0, 1.0], interaction=np.eye(9)), density=1.0),
        "levels",
        "levels 1 and 2",
    ),
    "density with a bath": (
        lambda: cq.markov_kernel(cq.SpinChain(sites=3, hopping=0.1, dephasing=1.0), density=3.0),
        "density",
        "left out",
    ),
    "Markov limit of a bath that still remembers": (
        lambda: cq.markov_kernel(cq.ExchangeChain(units=2, bath=remembering(3.0))),
        "bath",
        "0.55",
    ),
    "times beyond what is known of a bath": (
        lambda: cq.population_kernel(cq.ExchangeChain(units=2, bath=remembering(3.0)), [2.0, 4.0], order=2),
        "bath",
        "0.55",
    ),
    "a quadrature without end": (
        lambda: cq.population_kernel(
            cq.ExchangeChain(units=2, bath=cq.Ohmic(strength=0.1, cutoff=10, temperature=0.1)), [1e10], order=2
        ),
        "times",
        "GB",
    ),
    "exact kernel of a chain that noise has mixed": (
        lambda: cq.population_kernel(cq.SpinChain(sites=3, hopping=0.1, dephasing=1.0), [1e6]),
        "times",
        "noise",
    ),
    "search beyond what noise leaves": (
        lambda: singular_time(cq.SpinChain(sites=3, hopping=0.1, dephasing=1.0), until=1e6),
        "until",
        "noise",
    ),
    "a transition without correlation function": (
        lambda: cq.population_kernel(three_levels(noise(1.0)), [1.0], order=2, start=(2, 1)),
        "bath",
        "levels 1 and 2",
    ),
    "a coherence without decay": (
        lambda: cq.population_kernel(three_levels(noise(1.0, 1.0)), [1.0], start=[(1, 0), (2, 0)]),
        "bath",
        "levels 1 and 2",
    ),
    "one that remembers, too": (
        lambda: cq.population_kernel(
            three_levels(
                ByTransition(
                    pairs=[PairCorrelation(levels=(0, 1), correlation=cq.Ohmic(strength=1, cutoff=1, temperature=1))]
                )
            ),
            [1.0],
            order=2,
            start=(2, 0),
        ),
        "bath",
        "levels 0 and 2",
    ),
    "empty group": (lambda: cq.population_kernel(CHAIN, [1.0]).between([0, 0, 2]), "labels", "none of them empty"),
    "half a group": (lambda: cq.population_kernel(CHAIN, [1.0]).between([0, 0.5, 1]), "labels", "groups"),
    "search without end": (lambda: singular_time(CHAIN, until=NAN), "until", "finite"),
    "too many states": (
        lambda: cq.population_kernel(cq.ExchangeChain(units=20), [1.0], start=[1] * 10 + [0] * 10),
        "start",
        "GB",
    ),
}


@pytest.mark.parametrize("case", KERNELS)
def test_kernels(case):
    make, argument, *words = KERNELS[case]
    with refused(argument, *words):
        make()


UNSUPPORTED = {
    "baths": (
        lambda: cq.population_kernel(
            cq.SpinChain(sites=3, hopping=1.0, baths=(cq.Bath(site=0, gain=0.1, loss=1.0),)), [1.0]
        ),
        "baths",
    ),
    "exact with a bath that remembers": (lambda: cq.population_kernel(REMEMBERS, [1.0]), "remembers"),
    "exact with dephasing of many states": (
        lambda: cq.population_kernel(cq.SpinChain(sites=31, hopping=1.0, dephasing=1.0), [1.0]),
        "31 states, at most 30",
    ),
    "a bath that does not couple": (
        lambda: cq.markov_kernel(cq.ExchangeChain(units=2, bath=cq.Ohmic(strength=0.0, cutoff=1.0, temperature=1.0))),
        "strength",
    ),
    "rates of a well without symmetry": (
        lambda: cq.overlaps(PotentialWell(lambda x: 200 * x, 1.0), separation=0.5, levels=3).rates(density=1.0),
        "symmetric",
    ),
    "fourth order with a bath": (
        lambda: cq.population_kernel(cq.ExchangeChain(units=3, bath=cq.PureDephasing(rate=1.0)), [1.0], order=4),
        "order",
    ),
    "fourth order of many states": (
        lambda: cq.population_kernel(cq.ExchangeChain(units=12), [1.0], order=4, start=[1] * 4 + [0] * 8),
        "300",
    ),
    "Markov without bath": (lambda: cq.markov_kernel(CHAIN), "density"),
    "Markov with a power law": (
        lambda: cq.markov_kernel(cq.ExchangeChain(units=3, bath=cq.Ohmic(strength=0.5, cutoff=1.0, temperature=0.0))),
        "power of time",
    ),
    "Schrödinger with dephasing": (
        lambda: cq.population_kernel(cq.SpinChain(sites=3, hopping=1.0, dephasing=1.0), [1.0], order=2).schroedinger(),
        "bath",
    ),
    "master equation of a closed chain": (
        lambda: cq.population_kernel(CHAIN, [1.0], order=2).master_equation(),
        "schroedinger()",
    ),
    "singular time with a bath that remembers": (lambda: singular_time(REMEMBERS, until=1.0), "white noise"),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_unsupported(case):
    make, word = UNSUPPORTED[case]
    with pytest.raises(cq.Unsupported, match=r"^`\w+` must .*, but .*\(got .*") as caught:
        make()
    assert word in str(caught.value)


WELLS = {
    "negative separation": (lambda: cq.overlaps(separation=-0.1), "separation", "-0.1"),
    "contact of wells apart": (
        lambda: cq.overlaps(separation=1.0, interaction="contact"),
        "separation",
        "do not overlap",
    ),
    "separation not finite": (lambda: cq.overlaps(separation=NAN), "separation", "finite"),
    "interaction": (lambda: cq.overlaps(separation=0.5, interaction="cubic"), "interaction", "cubic"),
    "equal levels in words": (lambda: cq.overlaps(separation=0.5, equal_levels="yes"), "equal_levels", "yes"),
    "no levels": (lambda: cq.overlaps(separation=0.5, levels=0), "levels", "0"),
    "half a level": (lambda: cq.overlaps(separation=0.5, levels=2.5), "levels", "2.5"),
    "unbound levels": (lambda: cq.overlaps(FiniteWell(depth=10.0), separation=0.5), "levels", "only 2"),
    "no well": (lambda: cq.overlaps("well", separation=0.5), "well", "well"),
    "negative width": (lambda: InfiniteWell(-1.0), "width", "-1"),
    "no depth": (lambda: FiniteWell(depth=0.0), "depth", "0"),
    "potential in words": (lambda: PotentialWell("deep", 1.0), "potential", "deep"),
    "short samples": (lambda: PotentialWell(([0, 1, 2, 3], [1, 2, 3, 4]), 8.0), "potential", "between the walls"),
    "potential of wrong shape": (lambda: PotentialWell(lambda x: np.ones(3), 1.0), "potential", "(3,)"),
    "infinite potential": (lambda: PotentialWell(lambda x: np.full_like(x, np.inf), 1.0), "potential", "finite"),
    "coupling of wrong shape": (lambda: cq.overlaps(separation=0.5, interaction=lambda r: 1.0), "interaction", "()"),
    "infinite coupling": (
        lambda: cq.overlaps(separation=0.5, interaction=lambda r: np.full_like(r, np.inf)),
        "interaction",
        "finite",
    ),
    "many levels of a small basis": (
        lambda: cq.overlaps(PotentialWell(lambda x: x, 1.0, basis=20), separation=0.5),
        "levels",
        "quarter",
    ),
    "density": (lambda: cq.overlaps(separation=0.5, levels=2).rates(density=0.0), "density", "0"),
    "strength": (
        lambda: cq.overlaps(separation=0.5, levels=2).rates(strength=NAN, density=1.0),
        "strength",
        "finite",
    ),
    "deviation of what": (lambda: cq.overlaps(separation=0.5, levels=2).deviation("all"), "of", "all"),
    "half a sine": (lambda: PotentialWell(lambda x: x, 1.0, basis=40.5), "basis", "40.5"),
}


@pytest.mark.parametrize("case", WELLS)
def test_wells(case):
    make, argument, *words = WELLS[case]
    with refused(argument, *words):
        make()


def test_a_basis_that_is_too_small():
    with pytest.raises(cq.NotConverged, match="basis error"):
        cq.overlaps(PotentialWell(lambda x: 5e4 * np.abs(x), 4.0, basis=24), separation=1.0, levels=4)


LINE = np.ones(5)
DIFFUSION = {
    "negative rate": (lambda: cq.diffuse(LINE, [1.0], rate=-1.0), "rate", "-1"),
    "rate that turns negative": (
        lambda: cq.diffuse(LINE, [3.0], rate=lambda x, t: np.cos(t) + 0 * x),
        "rate",
        "stable",
    ),
    "rate of wrong shape": (lambda: cq.diffuse(LINE, [1.0], rate=[1.0, 2.0]), "rate", "(2,)"),
    "rate function of wrong shape": (lambda: cq.diffuse(LINE, [1.0], rate=lambda x, t: [1.0, 2.0]), "rate", "(2,)"),
    "rate function of x alone": (lambda: cq.diffuse(LINE, [1.0], rate=lambda x: 1.0), "rate", "x and t"),
    "steady line of one cell": (lambda: steady_diffusion((1,), rate=1.0, sides=0.0), "shape", "two cells"),
    "a lattice that fits in no memory": (
        lambda: steady_diffusion((4000,) * 3, rate=1.0, sides=(0.0, 1.0)),
        "shape",
        "GB",
    ),
    "steady with a block cut off": (
        lambda: steady_diffusion((6,), rate=lambda x, t: np.where((x == 2) | (x == 4), 0.0, 1.0), sides=(1.0, 0.0)),
        "rate",
        "cell 2 is cut off",
    ),
    "four axes": (
        lambda: cq.diffuse(np.ones((3, 3, 3, 3)), [1.0], rate=1.0),
        "initial",
        "line, a rectangle or a cubic",
    ),
    "rate function of x in a plane": (
        lambda: cq.diffuse(np.ones((3, 3)), [1.0], rate=lambda x, t: 1.0),
        "rate",
        "x, y and t",
    ),
    "one cell": (lambda: cq.diffuse([1.0], [1.0], rate=1.0), "initial", "two cells"),
    "sides in words": (lambda: cq.diffuse(LINE, [1.0], rate=1.0, sides="open"), "sides", "open"),
    "side missing": (lambda: cq.diffuse(LINE, [1.0], rate=1.0, sides=(1.0, None)), "sides", "None"),
    "side not finite": (lambda: cq.diffuse(LINE, [1.0], rate=1.0, sides=NAN), "sides", "finite"),
    "half a ring": (lambda: cq.diffuse(LINE, [1.0], rate=1.0, sides=("periodic", 1.0)), "sides", "periodic"),
    "three ends": (lambda: cq.diffuse(LINE, [1.0], rate=1.0, sides=(1.0, 2.0, 3.0)), "sides", "pairs"),
    "sides of too few axes": (
        lambda: cq.diffuse(np.ones((2, 2, 2)), [1.0], rate=1.0, sides=[1.0, 2.0]),
        "sides",
        "3 axes",
    ),
    "length": (lambda: cq.diffuse(LINE, [1.0], rate=1.0, length=0.0), "length", "0"),
    "spacing": (lambda: cq.diffuse(LINE, [1.0], rate=1.0, spacing=-1.0), "spacing", "-1"),
    "tolerance": (lambda: cq.diffuse(LINE, [1.0], rate=1.0, tol=0.1), "tol", "0.1"),
    "steady without a fixed side": (
        lambda: steady_diffusion((5,), rate=1.0, sides="insulated"),
        "sides",
        "fixed value",
    ),
    "steady with a cell cut off": (
        lambda: steady_diffusion((5,), rate=[1.0, 1.0, 0.0, 1.0, 1.0], sides=(1.0, 0.0)),
        "rate",
        "cut off",
    ),
}


@pytest.mark.parametrize("case", DIFFUSION)
def test_diffusion(case):
    make, argument, *words = DIFFUSION[case]
    with refused(argument, *words):
        make()
