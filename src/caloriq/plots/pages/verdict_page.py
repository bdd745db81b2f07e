"""The page of a verdict: sentence and grade, figures, routes with their certificates, what would decide, how to repeat it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from caloriq import display, wording
from caloriq.documents import yaml_text
from caloriq.plots import verdict as figures
from caloriq.plots.pages.elements import Markup, doi, element, folded, joined, linked, picture, table
from caloriq.plots.pages.sheet import SHEET
from caloriq.plots.style import svg
from caloriq.references import REFERENCES
from caloriq.verdicts.judgement import MEANING

if TYPE_CHECKING:
    import xarray as xr

    from caloriq.results import Certificate
    from caloriq.verdicts.routes.evidence import Evidence, Next
    from caloriq.verdicts.routes.result import Verdict

SOON = 0.1  # seconds that are told as such
CAPTIONS = {
    "D(t)": "D(t) of the routes in time: full up to t*, to which it is that of the infinite system, faint beyond; green, D of routes that decide.",
    "R(N)": "1/J over the length, the affine law R_c + r (N − 1), and beneath what it leaves over; diamonds where bulk and contacts weigh alike.",
    "C(t)": "Populations in time, exact and by rates.",
}


def page(
    found: Verdict, *, name: str = "", repeat: str = "", command: str = "", made: Mapping[str, Any] | None = None
) -> str:
    """A verdict as one file in HTML, which needs nothing else.

    Parameters
    ----------
    found : Verdict
        What is told.
    name : str
        Of the model, as its file is called.
    repeat : str
        YAML that asks the same again.
    command : str
        What was typed.
    made : mapping
        Provenance, as `caloriq.provenance.of` gives it.

    Returns
    -------
    str
        HTML. It takes as long as its figures, a second or two.
    """
    data = found.to_dataset()
    title = f"{name}: {figures.headline(data)}" if name else figures.headline(data)
    parts = (
        _top(found, data, name),
        _conflicts(found),
        _figures(data),
        _routes(found),
        _refused(found),
        _next(found.next),
        _model(found),
        _again(name, repeat, command),
        _sources(found),
        _made(found, made or {}),
    )
    head = element(
        "head",
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", title),
        element("style", Markup(SHEET)),
    )
    body = element("body", element("main", *parts))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _top(found: Verdict, data: xr.Dataset, name: str) -> Markup:
    """The class, the grade and what it means, the sentence."""
    said = found.transport or found.grade
    of = display.model_words(found.model)
    T = "every state alike" if math.isinf(found.temperature) else f"temperature {found.temperature:g}"
    grade = element("span", found.grade, class_=f"grade {found.grade.replace(' ', '-')}")
    return joined(
        (
            element("p", f"{name}: {of}, {T}" if name else f"{of}, {T}", class_="soft"),
            element("h1", f"{found.of[:1].upper()}{found.of[1:]}: {said}"),
            element("p", grade, element("small", MEANING[found.grade])),
            element("p", linked(found.sentence), class_="sentence"),
            _diffusivity(found, data),
        )
    )


def _diffusivity(found: Verdict, data: xr.Dataset) -> Markup:
    if not math.isfinite(found.diffusivity):
        return Markup("")
    half = (found.diffusivity_high - found.diffusivity_low) / 2
    told = display.rounded(found.diffusivity, half)
    return element("p", "D = ", element("b", told), f" {data.diffusivity.attrs.get('units', '')}")


def _conflicts(found: Verdict) -> Markup:
    if not found.conflicts:
        return Markup("")
    listed = element("ul", *(element("li", linked(one)) for one in found.conflicts))
    return element("section", element("h2", "Routes disagree"), listed, class_="conflict")


def _figures(data: xr.Dataset) -> Markup:
    names = figures.frames_of(data)
    if not names:
        return Markup("")
    drawn = (
        element("figure", picture(svg(figures.frame(data, one)), CAPTIONS[one]), element("figcaption", CAPTIONS[one]))
        for one in names
    )
    return joined((element("h2", "What was found"), element("div", *drawn, class_="frames")))


def _routes(found: Verdict) -> Markup:
    """A row for each route that applies, and beneath it what it says with its numbers and checks."""
    looked = [one for one in found.evidence if not one.refused]
    if not looked:
        return joined((element("h2", "Routes"), element("p", "No route applies.")))
    headings = ("route", "says", "number", "looked at", "time")
    head = element("thead", element("tr", *(element("th", one, scope="col") for one in headings)))
    rows = []
    for one in looked:
        said = element("span", one.said, class_="decides" if one.decides else "open")
        took = element("span", _time(one.seconds), class_="number")
        cells = (element("b", _title(one)), said, _number(one), one.where, took)
        labelled = (element("td", cell, data_label=told) for told, cell in zip(headings, cells, strict=True))
        rows.append(element("tr", *labelled, class_="route"))
        more = (element("div", linked(one.sentence)), _parts(one), _certificate(one.certificate))
        rows.append(element("tr", element("td", *more, colspan=str(len(headings))), class_="more"))
    return joined((element("h2", "Routes"), element("table", head, element("tbody", *rows))))


def _time(seconds: float) -> str:
    return wording.duration(seconds) if seconds >= SOON else f"below {SOON} s"


def _title(one: Evidence) -> str:
    """Name of a route, and what it is."""
    from caloriq.verdicts.routes.table import routes

    known = routes().get(one.route)
    return one.route if known is None or known.title == one.route else f"{one.route}: {known.title}"


def _number(one: Evidence) -> Markup:
    return element("span", f"{one.number} {one.unit}".strip(), class_="number") if one.number else Markup("")


def _parts(one: Evidence) -> Markup:
    """Parts of the error, other numbers, method: each apart."""
    parts = [f"{name} ± {value:.2g}" for name, value in one.errors.items()]
    numbers = [f"{name} = {value:.5g}" for name, value in one.numbers.items()]
    lines = []
    if parts:
        interval = f"; interval [{one.low:.5g}, {one.high:.5g}]" if math.isfinite(one.low) else ""
        lines.append(f"Error, apart: {', '.join(parts)}{interval}")
    if numbers:
        lines.append(f"Also: {', '.join(numbers)}")
    if one.method:
        lines.append(f"Method: {wording.spoken(one.method)}")
    return joined(element("div", line, class_="soft") for line in lines)


def _certificate(certificate: Certificate) -> Markup:
    if not len(certificate):
        return Markup("")
    failed = len(certificate.failures)
    count = f"{len(certificate)} check{'s' if len(certificate) > 1 else ''}"
    told = f"Certificate: {count}, {f'{failed} not met' if failed else 'holding'}"
    rows = (
        (
            c.name,
            element("span", f"{c.value:.3g}", class_="number"),
            element("span", f"{c.limit:.3g}", class_="number"),
            "holds" if c.holds else element("span", "not met", class_="fails"),
            c.meaning,
        )
        for c in certificate
    )
    return folded(told, table(("check", "value", "limit", "holds", "what it means"), rows))


def _refused(found: Verdict) -> Markup:
    refused = [one for one in found.evidence if one.refused]
    if not refused:
        return Markup("")
    listed = (element("li", element("b", one.route), ": ", linked(one.sentence)) for one in refused)
    return folded(f"Routes that do not apply, and why ({len(refused)})", element("ul", *listed))


def _next(more: tuple[Next, ...]) -> Markup:
    if not more:
        return Markup("")
    rows = (
        (
            one.what,
            wording.duration(one.seconds) if math.isfinite(one.seconds) else "not known",
            wording.size(one.memory) if math.isfinite(one.memory) else "not known",
        )
        for one in more
    )
    told = element("p", "Cost on this machine, good to a factor of a few.", class_="soft")
    return joined((element("h2", "What would say more"), told, table(("what", "time", "memory"), rows)))


def _model(found: Verdict) -> Markup:
    text = yaml_text(found.model.to_mapping())
    digest = element("p", f"digest {found.model.digest}", class_="soft")
    return joined((element("h2", "Model"), folded(display.model_words(found.model), element("pre", text), digest)))


def _again(name: str, repeat: str, command: str) -> Markup:
    if not (repeat or command):
        return Markup("")
    parts = [element("h2", "To repeat it")]
    if command:
        parts.append(element("pre", command))
    if repeat:
        file = f"{name or 'model'}.yaml"
        parts.append(folded(f"{file}, for caloriq verdict {file}", element("pre", repeat)))
    return joined(parts)


def _sources(found: Verdict) -> Markup:
    """What it rests on."""
    keys = sorted({key for one in found.evidence if not one.refused for key in one.sources if key in REFERENCES})
    if not keys:
        return Markup("")
    listed = (
        element("li", REFERENCES[key].short.partition(", doi:")[0], ", ", doi(REFERENCES[key].doi)) for key in keys
    )
    entries = folded("BibTeX", element("pre", found.bibtex))
    return joined((element("h2", "What it rests on"), element("ul", *listed), entries))


def _made(found: Verdict, made: Mapping[str, Any]) -> Markup:
    """Version, machine and time, in a line."""
    versions = made.get("versions", {})
    took = made.get("wall time in s")
    told = [
        f"caloriq {versions['caloriq']}" if "caloriq" in versions else "caloriq",
        f"revision {made['git revision']}" if made.get("git revision") else "",
        str(made.get("machine", "")),
        str(made.get("written", "")),
        f"{wording.duration(float(took))} of work" if took is not None else "",
        found.method.reason,
    ]
    return element("footer", "; ".join(one for one in told if one))
