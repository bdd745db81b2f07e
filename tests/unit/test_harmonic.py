"""Harmonic chains: bad input is refused in one sentence; files and verdicts say what is known and no more."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.questions.registry import question_from
from caloriq.questions.run import read_run
from caloriq.steady.harmonic.infinite import bulk_conductivity, transmission
from caloriq.steady.harmonic.solve import harmonic_state
from caloriq.verdicts.harmonic import harmonic_proof, harmonic_scaling
from harmonic import between
from testers import refused

MODELS = {
    "no site": ({"sites": 0}, "sites", "0"),
    "sites in words": ({"sites": "many"}, "sites", "many"),
    "spring of wrong length": ({"spring": [1.0, 1.0]}, "spring", "list of 3", "(2,)"),
    "spring 0": ({"spring": 0.0}, "spring", "greater than 0", "got 0"),
    "negative spring": ({"spring": [1.0, -1.0, 1.0]}, "spring", "-1"),
    "mass 0": ({"mass": [1.0, 0.0, 1.0, 1.0]}, "mass", "greater than 0", "0"),
    "mass of wrong length": ({"mass": np.ones(5)}, "mass", "list of 4"),
    "mass true": ({"mass": True}, "mass", "True"),
    "negative pinning": ({"pinning": -0.1}, "pinning", "at least 0", "-0.1"),
    "negative wall": ({"wall": -1.0}, "wall", "at least 0", "-1"),
    "not finite": ({"pinning": float("nan")}, "pinning", "finite"),
    "negative friction inside": ({"inner_friction": -1.0}, "inner_friction", "-1"),
    "noise in other words": ({"noise": "loud"}, "noise", "loud"),
    "misspelt": ({"pining": 1.0}, "pining", "pinning"),
    "baths no list": ({"baths": 3}, "baths", "list", "3"),
    "bath beyond the end": ({"baths": [{"site": 4, "temperature": 1.0, "friction": 1.0}]}, "baths.site", "0..3", "4"),
    "bath without friction": ({"baths": [{"site": 0, "temperature": 1.0, "friction": 0.0}]}, "friction", "0"),
    "bath below zero": ({"baths": [{"site": 0, "temperature": -1.0, "friction": 1.0}]}, "temperature", "-1"),
    "two baths on a site": (
        {"baths": [*between(), OhmicBath(site=3, temperature=1.0, friction=1.0)]},
        "baths",
        "different",
        "3",
    ),
    "no bath on an end": ({"baths": [OhmicBath(site=1, temperature=1.0, friction=1.0)]}, "baths", "end", "1"),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_are_refused(name):
    changes, argument, *words = MODELS[name]
    with refused(argument, *words):
        HarmonicChain(**{"sites": 4, "baths": between(), **changes})


GOOD = HarmonicChain(sites=4, pinning=1.0, baths=between())
FIXED = GOOD.model_copy(update={"wall": 1.0, "inner_friction": 1.0, "noise": "classical"})


def test_verbs_refuse():
    with refused("model", "HarmonicChain", "3"):
        harmonic_state(3)
    with refused("baths", "at least one"):
        harmonic_state(HarmonicChain(sites=3))
    with refused("model", "HarmonicChain"):
        harmonic_scaling(3, [3, 4, 5])
    with refused("model", "5 sites for 5"):
        harmonic_scaling(lambda _: GOOD, [5, 6, 7])
    with refused("mass", "one number", "4"):
        harmonic_scaling(GOOD.model_copy(update={"mass": [1.0, 2.0, 1.0, 1.0]}), [3, 4, 5])
    with refused("baths.site", "1"):
        harmonic_scaling(
            GOOD.model_copy(update={"baths": [*between(), OhmicBath(site=1, temperature=1.0, friction=1.0)]}), [3, 4, 5]
        )
    with refused("baths", "two", "0"):
        harmonic_scaling(
            GOOD.model_copy(update={"baths": [OhmicBath(site=0, temperature=1.0, friction=1.0)]}), [3, 4, 5]
        )
    with refused("baths", "differ", "1 twice"):
        harmonic_scaling(GOOD.model_copy(update={"baths": between(1.0, 1.0)}), [3, 4, 5])
    with refused("sizes", "increase"):
        harmonic_scaling(GOOD, [5, 4, 6])
    with refused("sizes", "3 lengths", error=cq.NotEnoughData):
        harmonic_scaling(GOOD, [5, 6])
    with refused("frequencies", "above 0"):
        transmission(GOOD, [0.0, 1.0])
    with refused("baths", "two"):
        transmission(GOOD.model_copy(update={"baths": [OhmicBath(site=0, temperature=1.0, friction=1.0)]}), [1.0])
    with refused("model", "self-consistent", error=cq.Unsupported):
        bulk_conductivity(GOOD, 1.0)
    with refused("model", "differs", error=cq.Unsupported):
        bulk_conductivity(GOOD.model_copy(update={"mass": [1.0, 2.0, 1.0, 1.0], "inner_friction": 1.0}), 1.0)
    with refused("temperature", "greater than 0", "-1"):
        bulk_conductivity(GOOD.model_copy(update={"inner_friction": 1.0}), -1.0)


def test_questions_refuse_before_the_work():
    with refused("baths", "at least one"):
        question_from({"kind": "harmonic-state"}).plan(HarmonicChain(sites=3))
    with refused("baths", "differ"):
        question_from({"kind": "harmonic-scaling", "sizes": [3, 4, 5]}).plan(
            GOOD.model_copy(update={"baths": between(1.0, 1.0)})
        )
    with refused("question", "harmonic-chain"):
        question_from({"kind": "steady-state"}).plan(GOOD)


def test_a_file_with_sizes_is_judged(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text(
        "model: {kind: harmonic-chain, sites: 6, pinning: 1.0, baths: [{site: 0, temperature: 1.0, friction: 1.0}, "
        "{site: -1, temperature: 0.5, friction: 1.0}]}\nsizes: [4, 8, 16]\n",
        encoding="utf-8",
    )
    run = read_run(path)
    answers = run.ask()
    assert [type(one).__name__ for one in answers] == ["HarmonicState", "HarmonicScaling"]
    told = run.summary(answers)
    assert "violated for heat, proved" in told["verdict"]
    assert told["scaling"]["transport"] == "ballistic"
    assert told["scaling"]["holds"] is False


def test_uniform_chains_are_ballistic_by_proof():
    for noise in ("classical", "quantum"):
        found = harmonic_scaling(GOOD.model_copy(update={"noise": noise}), [16, 32, 64, 128])
        judged = cq.verdict(found)
        assert (judged.holds, judged.transport, judged.grade) == (False, "ballistic", "proved")
        assert found.alpha == pytest.approx(1.0, abs=1e-4)
        assert "Rieder, Lebowitz, Lieb" in judged.sentence


def test_self_consistent_baths_make_fourier_hold():
    model = GOOD.model_copy(update={"wall": 1.0, "inner_friction": 1.0, "noise": "classical"})
    found = harmonic_scaling(model, [16, 32, 64, 128])
    judged = cq.verdict(found)
    assert (judged.holds, judged.transport, judged.grade) == (True, "diffusive", "proved")
    assert found.apparent_conductivity[-1] == pytest.approx(bulk_conductivity(model, 1.0)[0], rel=0.02)
    assert 1 / found.resistivity == pytest.approx(bulk_conductivity(model, 1.0)[0], rel=1e-3)
    quantum = harmonic_scaling(model.model_copy(update={"noise": "quantum"}), [16, 32, 64, 128])
    assert quantum.proof is None
    assert (quantum.holds, quantum.judgement.grade) == (True, "measured")


@pytest.mark.parametrize("wall", [0.0, 1e3])
def test_ends_that_the_theorem_does_not_have_are_not_proved(wall):
    model = GOOD.model_copy(update={"wall": wall, "inner_friction": 1.0, "noise": "classical"})
    found = harmonic_scaling(model, [16, 32, 64, 128])
    assert found.proof is None
    assert found.judgement.grade != "proved"
    assert "Bonetto" not in found.judgement.sentence


def test_what_is_proved_of_which_chain():
    proofs = {
        "ballistic": [GOOD, GOOD.model_copy(update={"pinning": 0.0}), GOOD.model_copy(update={"wall": 3.0})],
        "diffusive": [FIXED],
        None: [
            FIXED.model_copy(update={"wall": 0.0}),
            FIXED.model_copy(update={"wall": 2.0}),
            FIXED.model_copy(update={"noise": "quantum"}),
            FIXED.model_copy(update={"inner_friction": 0.5}),
            FIXED.model_copy(update={"pinning": 0.0}),
            GOOD.model_copy(update={"mass": [1.0, 2.0, 1.0, 2.0]}),
            GOOD.model_copy(update={"pinning": [1.0, 2.0, 1.0, 2.0]}),
            GOOD.model_copy(update={"baths": [*between(), OhmicBath(site=1, temperature=1.0, friction=1.0)]}),
        ],
    }
    for expected, models in proofs.items():
        for model in models:
            found = harmonic_proof(model)
            assert (found and found.transport) == expected


def test_nothing_says_that_heat_is_localised_in_random_masses():
    def random(sites):
        masses = 1 + np.random.default_rng(5).random(512)
        return HarmonicChain(sites=sites, mass=masses[:sites], baths=between(), noise="classical")

    found = harmonic_scaling(random, [32, 64, 128, 256])
    judged = found.judgement
    assert found.proof is None
    assert judged.holds is None
    assert judged.transport not in ("localised", "exponential")
    assert judged.grade in ("consistent", "undecided")


def test_a_state_of_one_length_leaves_the_law_open():
    found = harmonic_state(GOOD)
    judged = cq.verdict(found)
    assert (judged.holds, judged.grade) == (None, "undecided")
    assert "one length" in judged.sentence
    assert found.broken_law is None
    assert found.notes() == ()


def test_heat_into_a_bath_at_rest_makes_entropy_without_end():
    found = harmonic_state(GOOD.model_copy(update={"baths": between(1.0, 0.0)}))
    assert found.entropy_production == np.inf
    assert found.second_law


def test_sites_that_no_mode_couples_to_a_bath_are_told():
    masses = 1 + 2 * np.random.default_rng(1).random(150)
    found = harmonic_state(HarmonicChain(sites=150, mass=masses, baths=between(), noise="classical"))
    assert found.current_bound < 1e-6 * found.current
    assert any("known to no better than a per cent" in note for note in found.notes())


def test_a_current_that_the_certificate_leaves_unknown_is_told():
    found = harmonic_state(HarmonicChain(sites=3, baths=between(friction=1e8), noise="classical"))
    assert not found.certificate.failures
    assert found.current_bound > found.current
    (note,) = found.notes()
    assert note.startswith("Heat is known to no better than a per cent (")
    assert f"{found.current:.3g} ± {found.current_bound:.1g} from site 0" in note
    assert "γΔT/m" in note


def test_work_is_counted():
    """About 75 frequencies a site between free or fixed ends, few with baths on all sites; progress comes to its end."""
    steps = []
    long = HarmonicChain(sites=200, wall=1.0, baths=between(), noise="classical")
    found = harmonic_state(long, progress=lambda done, total: steps.append(done / total))
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    assert found.method.statistics["frequencies looked at"] < 120 * 200
    inner = harmonic_state(long.model_copy(update={"inner_friction": 1.0, "pinning": 1.0}))
    assert inner.method.statistics["frequencies"] < 1000
