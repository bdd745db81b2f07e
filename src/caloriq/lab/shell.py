"""What every page has: a head with the cards, light and dark, and the style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caloriq.lab.card import Card

STYLE = """
:root { --ink: #1d1d1f; --faint: #56565c; --line: #d9d9de; --ground: #f6f6f8; --paper: #ffffff; --grid: #dcdce0; --strong: #0b5fa5; }
body.body--dark { --ink: #ededf0; --faint: #b3b3bb; --line: #43434a; --ground: #161618; --paper: #1f1f23; --grid: #3a3a40; --strong: #7db8ea; }
body { background: var(--ground); color: var(--ink); }
*, ::before, ::after { box-sizing: border-box; }
.w-full { width: 100%; } .grow { flex-grow: 1; } .gap-0 { gap: 0; } .gap-1 { gap: 0.25rem; } .gap-2 { gap: 0.5rem; } .gap-3 { gap: 0.75rem; }
.nicegui-content { padding: 0; max-width: 1500px; margin: 0 auto; width: 100%; }
.q-header { background: var(--paper) !important; color: var(--ink) !important; border-bottom: 1px solid var(--line); }
.q-header a { color: var(--ink); text-decoration: none; padding: 4px 8px; border-radius: 6px; white-space: nowrap; }
.q-header a:hover, .q-header a:focus-visible { background: var(--ground); }
.q-header a[aria-current=page] { color: var(--strong); font-weight: 600; box-shadow: inset 0 -2px 0 var(--strong); border-radius: 6px 6px 0 0; }
.cards { display: flex; gap: 2px; overflow-x: auto; min-width: 0; flex: 1 1 auto; }
.says-cell > div, td.says-cell { min-width: 14rem; } td.says-cell { max-width: 34rem; } .says-cell div { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
main a { color: var(--strong); }
.brand { font-weight: 700; }
.sheet { display: grid; grid-template-columns: minmax(280px, 360px) minmax(0, 1fr); gap: 16px; padding: 16px; align-items: start; width: 100%; }
.left, .right { display: flex; flex-direction: column; gap: 10px; min-width: 0; }
.says, .small, .meaning { color: var(--faint); font-size: 0.85rem; line-height: 1.35; }
.q-card { background: var(--paper); color: var(--ink); box-shadow: none; }
.q-card--bordered { border-color: var(--line); }
.banner { padding: 12px 14px; gap: 2px; }
.sentence { font-size: 1.02rem; line-height: 1.4; overflow-wrap: anywhere; }
.actions { position: sticky; bottom: 0; background: var(--ground); padding: 6px 0; z-index: 2; }
.panel { padding: 8px 10px; gap: 2px; }
.panel-title { font-weight: 600; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 12px; width: 100%; }
.dial { width: 100%; display: grid; grid-template-columns: 1fr auto; column-gap: 8px; align-items: baseline; }
.dial .q-slider { grid-column: 1 / 3; }
.dial-value, .film-time { font-variant-numeric: tabular-nums; color: var(--faint); }
.film { padding: 0 10px; gap: 8px; } .film-time { min-width: 9rem; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 2px 8px; width: 100%; }
.field { min-width: 0; }
.row-card { padding: 6px 8px; gap: 2px; } .row-name { font-weight: 600; }
.yaml textarea { font-family: ui-monospace, monospace; font-size: 0.82rem; line-height: 1.4; white-space: pre; overflow-x: auto; }
.lamps { display: flex; flex-wrap: wrap; gap: 6px; width: 100%; }
.lamp { border: 1px solid var(--line); border-radius: 999px; padding: 2px 10px; font-size: 0.85rem; background: var(--paper); }
.lamp::before { content: "\\25CF\\00A0"; } .lamp.yes::before { color: #1d8a58; content: "\\2713\\00A0"; } .lamp.no::before { color: #c22f45; content: "\\2717\\00A0"; }
.plain { border-collapse: collapse; width: 100%; font-size: 0.9rem; } .plain th, .plain td { text-align: left; padding: 4px 8px; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
.plain th, .plain td:first-child { white-space: nowrap; }
.plain th { color: var(--faint); font-weight: 600; } .scroll { overflow-x: auto; width: 100%; }
.grade { font-weight: 700; text-transform: uppercase; letter-spacing: 0.03em; }
pre.log { white-space: pre-wrap; font-size: 0.8rem; max-height: 220px; overflow: auto; margin: 0; width: 100%; }
.q-field__bottom { font-size: 0.75rem; line-height: 1.25; }
.field .q-field__bottom--animated { position: relative; transform: none; }
.field.q-field--with-bottom { padding-bottom: 0; } .q-field__messages { overflow-wrap: anywhere; }
.body--dark .text-negative, .body--dark .q-field__messages { color: #ff9a9a !important; } .text-negative { color: #b3122b !important; }
body.body--dark { --q-primary: #7db8ea !important; --q-negative: #ff9a9a !important; }
.js-plotly-plot .main-svg { background: transparent !important; }
.js-plotly-plot .bglayer rect, .js-plotly-plot .bg { fill: transparent !important; }
.body--dark .js-plotly-plot text { fill: var(--ink) !important; }
.body--dark .js-plotly-plot .gridlayer path { stroke: var(--grid) !important; }
.body--dark .js-plotly-plot .modebar-btn path { fill: var(--faint) !important; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 2px solid var(--strong); outline-offset: 2px; }
@media (max-width: 820px) { .cards { mask-image: linear-gradient(to right, black calc(100% - 28px), transparent); padding-right: 28px; } .sheet { grid-template-columns: minmax(0, 1fr); padding: 10px; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
"""


@contextmanager
def shell(cards: Sequence[type[Card]], here: str, title: str) -> Iterator[None]:
    """Head and body of a page."""
    from nicegui import ui

    ui.page_title(f"{title} · caloriq")
    ui.add_css(STYLE)
    ui.colors(primary="#0b5fa5", negative="#b3122b")
    ui.dark_mode(value=None)
    with ui.header().classes("items-center no-wrap q-py-xs q-px-md"):
        ui.link("caloriq", "/").classes("brand")
        with ui.element("nav").classes("cards").props('aria-label="Cards" tabindex="0"'):
            for name, words in [*((one.name, one.title) for one in cards), ("runs", "Runs")]:
                link = ui.link(words, f"/{name}")
                if name == here:
                    link.props('aria-current="page"')
        shade = ui.button(icon="contrast").props('flat round dense color=primary aria-label="Light or dark"')
        shade.on("click", js_handler="() => Quasar.Dark.toggle()")
    with ui.element("div").classes("w-full"):
        ui.html(escape(title), sanitize=False, tag="h1").classes("visually-hidden")
        yield
