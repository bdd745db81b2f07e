"""The page in a browser: each card from form to figure, bad input, what is taken away, keys, and who can read it."""

import io
import json

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from caloriq.documents import read_mapping, yaml_text
from caloriq.lab.cards.driven import DrivenCard
from caloriq.lab.presets import presets
from lab.browser import serious, watched
from lab.paged import answered, drawn, written

CARDS = ("modular", "driven", "own", "populations", "verdict", "sweep", "file")
LIVE = ("modular", "driven", "own", "populations")
PAGES = ("", *CARDS, "runs")


@pytest.mark.parametrize("card", LIVE)
def test_a_slider_moves_the_answer(tab, card):
    tab.open(f"/{card}")
    answered(tab)
    tab.settle(lambda: drawn(tab) >= 1 or card == "own")
    tab.picture(card)
    shown = tab.page.locator(".dial-value").first
    value, told = shown.inner_text(), tab.page.locator(".right").inner_text()
    tab.page.locator('.dial [role="slider"] [tabindex="0"]').first.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.settle(lambda: shown.inner_text() != value)
    tab.settle(lambda: tab.page.locator(".right").inner_text() != told)
    assert answered(tab)


def test_every_parameter_of_the_file_has_a_slider(tab):
    tab.open("/own")
    said = answered(tab)
    words = tab.page.locator(".dial-words")
    assert words.all_inner_texts() == ["sites N", "parameter J", "parameter g", "parameter h"]
    terms = [{"operator": "X X", "value": "1"}, {"operator": "Z", "value": "field"}]
    model = {"kind": "lattice", "sites": 6, "parameters": {"field": 7.5, "of": [1.0]}, "terms": terms}
    written(tab, json.dumps({"model": model}))
    tab.settle(lambda: words.all_inner_texts() == ["sites N", "parameter field"])
    assert tab.page.locator(".dial-value").all_inner_texts() == ["6", "7.5"]
    said = answered(tab, said)
    tab.page.locator('[data-dial="model.parameters.field"] [tabindex="0"]').focus()
    tab.page.keyboard.press("ArrowLeft")
    tab.settle(lambda: tab.page.locator(".dial-value").all_inner_texts() == ["6", "7.4"])


def test_a_preset_fills_the_card(tab):
    tab.open("/verdict")
    answered(tab)
    choice = tab.page.get_by_role("combobox", name="presets")
    choice.fill("XYZ")
    option = tab.page.get_by_role("option").first
    title = option.inner_text()
    option.click()
    tab.page.get_by_role("button", name="the file (YAML)").click()
    area = tab.page.get_by_role("textbox", name="The file as YAML")
    (known,) = [one for one in presets() if one.card == "verdict" and one.title == title]
    tab.settle(lambda: area.input_value().strip() == known.text.strip())


def test_a_verdict_comes_with_its_routes(tab):
    tab.open("/verdict")
    answered(tab)
    model = {"kind": "lattice", "sites": 12, "family": {"kind": "xxz", "anisotropy": 0.5}}
    written(tab, yaml_text({"model": model, "question": {"kind": "verdict", "of": "energy", "budget": 0.2}}))
    tab.settle(lambda: tab.page.locator(".dial-value").inner_text() == "0.2")
    small = tab.page.locator(".banner .small")
    tab.settle(
        lambda: "coupling*anisotropy Sz Sz. Routes" in small.inner_text() and "structure (" in small.inner_text()
    )
    tab.page.get_by_role("button", name="Run", exact=True).click()
    tab.settle(lambda: "done" in tab.page.locator(".job").inner_text(), patience=200)
    tab.settle(lambda: "ballistic" in tab.page.locator(".job").inner_text())
    assert tab.page.locator(".job .grade").first.inner_text().lower() == "proved"
    assert tab.page.locator(".job table").count() >= 1
    tab.settle(lambda: drawn(tab) >= 1)
    tab.picture("verdict-ended")


def test_a_sweep_is_asked_by_fields_and_drawn(tab):
    tab.open("/sweep")
    said = answered(tab)
    small = tab.page.locator(".banner .small")
    tab.settle(lambda: "5 values of dephasing: 5 points" in small.inner_text())
    tab.page.get_by_role("button", name="all fields").click()
    axis = tab.page.get_by_label("vary dephasing", exact=True)
    axis.fill("[0, -1, 1]")
    wrong = answered(tab, said)
    assert "`dephasing` must" in wrong
    tab.settle(lambda: tab.page.locator(".q-field--error").count() == 1)
    assert tab.page.get_by_role("button", name="Run", exact=True).is_disabled()
    axis.fill("{start: 0.1, stop: 10, count: 4, scale: log}")
    answered(tab, wrong)
    more = tab.page.get_by_role("combobox", name="vary one more")
    more.fill("hopp")
    tab.page.get_by_role("option", name="hopping").click()
    tab.settle(lambda: "4 values of dephasing × 2 values of hopping: 8 points" in small.inner_text())
    assert tab.page.get_by_label("vary hopping", exact=True).input_value() == "[1.0, 2.0]"
    tab.picture("sweep")
    tab.page.get_by_role("button", name="Run", exact=True).click()
    tab.settle(lambda: "done" in tab.page.locator(".job").inner_text(), patience=200)
    tab.settle(lambda: tab.page.locator(".job .js-plotly-plot:visible .main-svg:first-child").count() >= 1)
    tab.picture("sweep-ended")


WRONG = (
    ("model: {kind: modular-chain, subunits: 3, levels: -3, bandwidth: 0.05, coupling: 0.001}", ("levels", "-3")),
    ("model: {kind: modular-chain, subunits: [", ("YAML",)),
    ("model: {kind: modular-chian}", ("`kind` must be a known model", "did you mean")),
    (
        "model: {kind: modular-chain, subunits: 3, levels: 5, bandwidth: 0.05, coupling: 0.001, matrices: /etc/passwd}",
        ("names a file",),
    ),
    ("<img src=x onerror=alert(1)>", ("must be",)),
    ("model: {kind: '<img src=x onerror=alert(1)>'}", ("`kind` must be a known model", "<img")),
    ("", ("nothing",)),
)
RIGHT = "model: {kind: modular-chain, subunits: 3, levels: 12, bandwidth: 0.05, coupling: 0.001, seed: 1}"


def test_what_is_wrong_is_said_and_not_run(tab):
    tab.open("/modular")
    said = answered(tab)
    run = tab.page.get_by_role("button", name="Run", exact=True)
    for text, words in WRONG:
        written(tab, text)
        said = answered(tab, said)
        for word in words:
            assert word in said
        assert run.is_disabled()
        assert drawn(tab) == 0
    assert tab.page.locator("img[src=x]").count() == 0
    written(tab, RIGHT)
    assert "Fourier's law" in answered(tab, said)
    tab.settle(run.is_enabled)
    tab.settle(lambda: drawn(tab) >= 2)


MARKED = "() => document.body.dataset.marked"


def test_no_text_becomes_an_attribute_or_a_script(tab):
    tab.open("/runs/x%22%20%3Atitle%3D%22document.body.dataset.marked=1")
    tab.settle(lambda: "`id` must be that of a run" in tab.page.inner_text("body"))
    assert tab.page.evaluate(MARKED) is None
    tab.open("/own")
    said = answered(tab)
    name = 'g" :title="void(document.body.dataset.marked=1)'
    model = {"kind": "lattice", "sites": 4, "parameters": {name: 1.0}, "terms": [{"operator": "Z Z", "value": 1.0}]}
    written(tab, yaml_text({"model": model}))
    answered(tab, said)
    tab.settle(lambda: name in tab.page.locator(".dial-words").last.inner_text())
    assert tab.page.evaluate(MARKED) is None


def test_a_number_that_is_none_does_not_close_its_card(tab):
    tab.open("/modular")
    said = answered(tab)
    for wrong in (".nan", ".inf", "1" + "0" * 400, "[1]"):
        written(tab, RIGHT.replace("0.001", wrong))
        said = answered(tab, said)
        assert "coupling" in said
        tab.settle(lambda wrong=wrong: tab.server.drafted("modular") == RIGHT.replace("0.001", wrong))
        tab.page.reload()
        tab.ready()
        assert "coupling" in answered(tab)
    written(tab, RIGHT)
    assert "Fourier's law" in answered(tab, said)


def test_the_limit_of_the_plot_is_that_of_the_criterion(tab):
    tab.open("/modular")
    answered(tab)
    lamp = tab.page.locator(".lamp", has_text="largest D²").inner_text()
    plot = tab.page.get_by_role("group", name="distance from the rate equation, plot")
    plot.scroll_into_view_if_needed()
    tab.settle(lambda: plot.locator(".main-svg").count() > 0)
    limit = plot.evaluate("one => one.layout.shapes[0].y0")
    assert f"at most {limit:.3g}" in lamp


def test_a_wrong_field_bears_its_sentence(tab):
    tab.open("/modular")
    good = answered(tab)
    tab.page.get_by_role("button", name="all fields").click()
    tab.page.get_by_label("levels", exact=True).fill("-3")
    said = answered(tab, good)
    assert "levels" in said
    beside = tab.page.locator(".q-field--error")
    tab.settle(lambda: beside.count() == 1)
    assert "must" in beside.inner_text()
    tab.picture("wrong-field")
    tab.page.get_by_label("levels", exact=True).fill("12")
    answered(tab, said)
    tab.settle(lambda: beside.count() == 0)


def test_fields_are_made_once(tab):
    """Of a kind that the card does not take there is the choice of the kind alone, however often it is opened."""
    tab.open("/modular")
    said = answered(tab)
    written(tab, "model: {kind: modular-chian}")
    said = answered(tab, said)
    fold, choice = tab.page.get_by_role("button", name="all fields"), tab.page.get_by_label("kind of model")
    for opened in (1, 0, 1):
        fold.click()
        tab.settle(lambda opened=opened: choice.filter(visible=True).count() == opened)
        tab.rest()
    assert choice.count() == 1
    written(tab, RIGHT)
    answered(tab, said)


def taken(tab, name):
    """What a press of a button or an item of a menu gives: name and content."""
    with tab.page.expect_download() as found:
        name.click()
    return found.value.suggested_filename, found.value.path().read_bytes()


def test_what_is_taken_away_holds_what_is_shown(tab, tmp_path):
    tab.open("/modular")
    answered(tab)
    tab.settle(lambda: drawn(tab) >= 2)

    def item(kind):
        tab.page.get_by_role("button", name="Take away: probability of the subunits").click()
        return taken(tab, tab.page.locator(f'.q-menu .q-item:has-text("{kind}")'))

    name, content = item("PNG")
    assert name.endswith(".png")
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (2000, 1200)
        assert np.ptp(np.asarray(picture.convert("L"))) > 100
    name, content = item("SVG")
    assert name.endswith(".svg")
    assert b"subunit 0" in content
    name, content = item("CSV")
    assert name.endswith(".csv")
    lines = content.decode().splitlines()
    assert len(lines) > 20
    name, content = item("NetCDF")
    assert name.endswith(".nc")
    (tmp_path / "x.nc").write_bytes(content)
    with xr.open_dataset(tmp_path / "x.nc") as data:
        assert data.sizes["time"] > 20
        for variable in data.data_vars.values():
            assert "units" in variable.attrs
    name, content = taken(tab, tab.page.get_by_role("button", name="Take away the file as YAML"))
    assert name == "modular.yaml"
    (tmp_path / name).write_bytes(content)
    assert read_mapping(tmp_path / name)["model"]["kind"] == "modular-chain"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(browser, server, scheme):
    """No serious fault by axe-core on any page; the fields opened, since most of them are there."""
    with watched(browser, server, color_scheme=scheme) as tab:
        faults = {}
        for page in PAGES:
            tab.open(f"/{page}")
            if page in CARDS:
                answered(tab)
                for fold in ("all fields", "the file (YAML)"):
                    tab.page.get_by_role("button", name=fold).click()
                tab.settle(lambda: tab.page.get_by_role("textbox", name="The file as YAML").is_visible())
                tab.rest()
            tab.picture(f"{page or 'home'}-{scheme}")
            if found := serious(tab.page):
                faults[page] = found
        assert faults == {}
        tab.clean()


@pytest.mark.parametrize("page", PAGES)
def test_it_fits_a_phone(browser, server, page):
    with watched(browser, server) as tab:
        tab.page.set_viewport_size({"width": 390, "height": 844})
        tab.open(f"/{page}")
        if page in CARDS:
            answered(tab)
        tab.rest()
        tab.picture(f"{page or 'home'}-phone")
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
        tab.clean()


def test_a_plot_is_drawn_when_it_comes_into_sight(tab):
    tab.page.set_viewport_size({"width": 1280, "height": 420})
    tab.open("/driven")
    answered(tab)
    last = tab.page.get_by_role("group", name="currents along the chain, plot")
    tab.settle(lambda: drawn(tab) >= 1)
    tab.rest()
    assert last.locator(".main-svg").count() == 0
    last.scroll_into_view_if_needed()
    tab.settle(lambda: last.locator(".main-svg").count() > 0)
    height = "one => one.data[0].y"
    shown, said = last.evaluate(height), answered(tab)
    tab.page.evaluate("scrollTo(0, 0)")
    tab.settle(lambda: tab.page.evaluate("scrollY") == 0)
    tab.page.locator('[data-dial="model.dephasing"] [tabindex="0"]').focus()
    tab.page.keyboard.press("PageUp")
    answered(tab, said)
    tab.rest()
    assert last.evaluate(height) == shown
    last.scroll_into_view_if_needed()
    tab.settle(lambda: last.evaluate(height) != shown)


def test_a_zoom_stays_with_a_slider_and_goes_with_the_file(tab):
    tab.open("/driven")
    said = answered(tab)
    plot = tab.page.get_by_role("group", name="profile along the chain, plot")
    plot.scroll_into_view_if_needed()
    tab.settle(lambda: plot.locator(".main-svg").count() > 0)
    ends = "one => one.layout.xaxis.range.map(end => end.toFixed(2)).join()"
    whole, box = plot.evaluate(ends), plot.locator(".nsewdrag").bounding_box()
    height = box["y"] + box["height"] / 2
    tab.page.mouse.move(box["x"] + 0.3 * box["width"], height)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + 0.6 * box["width"], height, steps=4)
    tab.page.mouse.up()
    zoomed = tab.settle(lambda: (now := plot.evaluate(ends)) != whole and now)
    shown = plot.evaluate("one => one.data[0].y.join()")
    tab.page.locator('[data-dial="model.dephasing"] [tabindex="0"]').focus()
    tab.page.keyboard.press("PageUp")
    answered(tab, said)
    tab.settle(lambda: plot.evaluate("one => one.data[0].y.join()") != shown)
    assert plot.evaluate(ends) == zoomed
    written(tab, DrivenCard.default.replace("sites: 20", "sites: 40"))
    tab.settle(lambda: plot.evaluate("one => one.data[0].y.length") == 40)
    tab.settle(lambda: plot.evaluate(ends) not in (zoomed, whole))


def test_the_keyboard_is_enough(tab):
    """From the first key to a run: cards, presets, sliders, buttons, each shown where it is."""
    tab.open("/modular")
    answered(tab)
    tab.page.evaluate("document.body.focus()")
    seen = []
    script = """() => { const e = document.activeElement, r = e.getBoundingClientRect();
        return [(e.getAttribute('aria-label') || e.innerText || e.id || '').trim(), e.closest('[role=slider]') ? 'slider' : e.tagName, r.width > 0 && r.height > 0] }"""
    for _ in range(40):
        tab.page.keyboard.press("Tab")
        name, role, visible = tab.page.evaluate(script)
        seen.append((name.replace("\n", " "), role))
        assert visible or role == "BODY", seen
        if role == "BUTTON" and name.endswith("Run"):
            break
    names = [name for name, _ in seen]
    assert "Driven chain" in names
    assert sum(role == "slider" for _, role in seen) >= 4
    assert any("all fields" in name for name in names)
    assert names[-1].endswith("Run"), seen
    tab.page.keyboard.press("Enter")
    tab.settle(lambda: tab.page.locator(".job").count() == 1)
    tab.settle(lambda: "done" in tab.page.locator(".job").inner_text(), patience=200)
