"""Whether the diffusivity between baths is that of the bulk: the same chain with weaker and stronger contacts, and a weaker drive."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from caloriq.errors import CaloriqError
from caloriq.models.baths import Bath
from caloriq.results import Certificate, Check, Progress, part_of
from caloriq.verdicts.routes import lengths
from caloriq.verdicts.routes.case import Case, Driven, Lengthened, single, with_baths
from caloriq.verdicts.routes.evidence import Evidence
from caloriq.verdicts.routes.stage import Route, Stage
from caloriq.verdicts.routes.structure import none
from caloriq.verdicts.scaling import Scaling, scaling

NAME, FAMILY = "contacts", "steady states"
Made = Driven | Lengthened
FACTORS = (0.25, 4.0)  # of the rates of all baths
ALIKE = 0.02  # relative spread of D over contacts and drives that is none


def _first(case: Case) -> Stage | Evidence | None:
    found = lengths.ROUTE.first(case)
    if found is None:
        return None
    if isinstance(found, Stage) and found.fields.get("general"):
        return none(case, "chains this short are all contact", route=NAME, family=FAMILY)
    if isinstance(found, Evidence):
        return none(case, found.sentence.removeprefix("Does not apply: "), route=NAME, family=FAMILY)
    return _of(found)


def _of(stage: Stage) -> Stage:
    """The same lengths, with other contacts."""
    parts = len(FACTORS) + 1
    what = stage.what.replace("steady states of", "other contacts and half the drive at")
    return replace(stage, route=NAME, what=what, seconds=parts * stage.seconds)


def scaled(chain: Made, factor: float) -> Made:
    """The chain with the rates of all baths changed."""
    return _with(chain, [_rated(bath, factor) for bath in _baths(chain)])


def _rated(bath: Bath, factor: float) -> Bath:
    names = ("gain", "loss") if bath.rate is None else ("rate",)
    return bath.model_copy(update={name: factor * float(getattr(bath, name)) for name in names})


def halved(chain: Made) -> Made | None:
    """The chain with the baths half as different; None where they are of several forms."""
    baths = _baths(chain)
    for name in ("temperature", "occupation"):
        values = [float(v) for bath in baths if (v := getattr(bath, name)) is not None]
        if len(values) == len(baths):
            mean = sum(values) / len(values)
            moved = [bath.model_copy(update={name: (v + mean) / 2}) for bath, v in zip(baths, values, strict=True)]
            return _with(chain, moved)
    rates = [(bath.gain, bath.loss) for bath in baths if bath.gain is not None and bath.loss is not None]
    if len(rates) < len(baths):
        return None
    told = [gain / (gain + loss) for gain, loss in rates]
    mean = sum(told) / len(told)
    moved = []
    for bath, (gain, loss), s in zip(baths, rates, told, strict=True):
        share = (s + mean) / 2
        moved.append(bath.model_copy(update={"gain": share * (gain + loss), "loss": (1 - share) * (gain + loss)}))
    return _with(chain, moved)


def _baths(chain: Made) -> Sequence[Bath]:
    if isinstance(chain, Lengthened):
        return tuple(bath for bath in chain.lattice.baths if isinstance(bath, Bath))
    return single(chain).baths


def _with(chain: Made, baths: Sequence[Bath]) -> Made:
    if isinstance(chain, Lengthened):
        return Lengthened(chain.lattice.model_copy(update={"baths": tuple(baths)}))
    return with_baths(chain, baths)


def _ask(case: Case, stage: Stage, progress: Progress | None) -> Evidence:
    chain = case.driven
    assert not isinstance(chain, str)
    made = [(f"Γ × {one:g}", scaled(chain, one)) for one in FACTORS]
    half = halved(chain)
    made += [("half the drive", half)] if half is not None else []
    found: list[tuple[str, Scaling]] = []
    for n, (label, one) in enumerate(made):
        try:
            tell = part_of(progress, n, len(made))
            found.append((label, scaling(one, stage.fields["sizes"], of=case.driven_of, progress=tell)))
        except CaloriqError as error:
            return Evidence(NAME, FAMILY, case.of, None, "none", f"With {label}: {error}.")
    return _told(case, stage, found)


def _told(case: Case, stage: Stage, found: Sequence[tuple[str, Scaling]]) -> Evidence:
    each = [lengths.of_scaling(case, one, route=NAME, family=FAMILY) for _, one in found]
    values = [one.estimate for one in each]
    known = all(map(math.isfinite, values))
    mean = sum(values) / len(values) if known else math.nan
    spread = (max(values) - min(values)) / mean if known else math.nan
    alike = Check("spread of D over contacts and drive", spread, ALIKE, "the bulk decides it, not the contacts")
    decides = all(one.decides for one in each) and alike.holds
    sizes = stage.fields["sizes"]
    numbers = ", ".join(f"{value:.4g} ({label})" for value, (label, _) in zip(values, found, strict=True))
    if known:
        does = (
            "agree: contacts and drive do not matter"
            if alike.holds
            else "differ: contacts or the drive decide them at these lengths"
        )
        told = f"D of the affine law up to N = {sizes[-1]} is {numbers}; they {does}."
    else:
        told = f"Currents up to N = {sizes[-1]} do not suit an affine law at every contact: there is no D to compare."
    curves = [replace(one.curves[0], label=label) for one, (label, _) in zip(each, found, strict=True)]
    own = {f"{label}: ": Certificate(tuple(one.certificate)) for one, (label, _) in zip(each, found, strict=True)}
    low, high = (min(one.low for one in each), max(one.high for one in each)) if known else (math.nan, math.nan)
    return Evidence(
        route=NAME,
        family=FAMILY,
        of=case.of,
        transport="diffusive" if decides else None,
        weight="rules" if decides else "none",
        sentence=told,
        where=f"N = {sizes[0]}…{sizes[-1]}, rates × {', '.join(f'{one:g}' for one in FACTORS)}, half the drive",
        quantity="D" if known else "",
        unit="site² energy",
        estimate=mean,
        low=low,
        high=high,
        errors={"contacts and drive": spread * mean / 2} if known else {},
        certificate=Certificate((alike, *Certificate.together(own))),
        method=each[0].method,
        sources=("manzano2012",),
        curves=tuple(curves),
    )


def _next(case: Case, stage: Stage, found: Evidence) -> Stage | None:
    longer = lengths.ROUTE.following(case, replace(stage, route=lengths.NAME), found)
    return None if longer is None else _of(longer)


ROUTE = Route(NAME, "other contacts, and half the drive", _first, _ask, _next)
