"""What Mazur's bound says of Fourier's law: ballistic, or nothing."""

from __future__ import annotations

from caloriq.display import number
from caloriq.results import Certificate, Check
from caloriq.transport.charges.mazur import MazurBound
from caloriq.verdicts.judgement import Judgement

SOURCE = "Mazur, Physica 43, 533 (1969), doi:10.1016/0031-8914(69)90185-2"


def judged(found: MazurBound) -> Judgement:
    """A part of the current that is conserved proves that it is ballistic; none proves nothing."""
    error = found.bounds["bound"]
    rule = Check("error over bound", error / found.bound if found.bound > 0 else 1.0, 0.5, "the bound is not rounding")
    evidence = Certificate((rule,))
    support = found.support
    if rule.holds and found.proves_ballistic:
        share = f"{number(found.fraction, found.bounds['fraction'])} of ⟨J²⟩"
        sentence = f"Fourier's law is violated for {found.of} at infinite temperature, proved: charges of at most {support} cells keep {share} for ever ({SOURCE}), ballistic."
        return Judgement(False, "ballistic", "proved", sentence, evidence)
    sentence = f"Nothing follows for {found.of}: no charge of at most {support} cells overlaps its current, which neither proves diffusion nor excludes that it is ballistic by charges of larger support, or quasilocal ones."
    return Judgement(None, None, "undecided", sentence, evidence)
