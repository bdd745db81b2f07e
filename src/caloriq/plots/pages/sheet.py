"""The one style sheet of all pages: light and dark, wide and narrow, screen and paper."""

SHEET = """
:root { color-scheme: light; --ink: #1b1f24; --soft: #57606a; --ground: #ffffff; --card: #f5f7f9; --line: #d5dbe1;
  --link: #0b5fa5; --good: #1a7f54; --open: #6b7280; --bad: #b3261e; --badground: #fdecea; --tint: none; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; --ink: #e6e9ec; --soft: #a3adb8; --ground: #14181d; --card: #1c2229; --line: #343c46;
    --link: #7ab8f5; --good: #5fc797; --open: #a3adb8; --bad: #ff8a80; --badground: #3a1d1b;
    --tint: invert(0.9) hue-rotate(180deg); } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.2rem 0 0.6rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.6rem; padding-bottom: 0.2rem; border-bottom: 1px solid var(--line); }
p { margin: 0.5rem 0; } a { color: var(--link); } small, .soft { color: var(--soft); }
.sentence { font-size: 1.05rem; max-width: 54rem; }
.grade { display: inline-block; padding: 0.1rem 0.7rem; border-radius: 1rem; color: #fff; background: #6b7280;
  font-weight: 600; font-size: 0.9rem; margin-right: 0.5rem; }
.grade.proved { background: #0b5fa5; } .grade.measured { background: #1a7f54; } .grade.indicated { background: #8a5a00; }
.conflict { border-left: 4px solid var(--bad); background: var(--badground); padding: 0.6rem 1rem; margin: 1rem 0; }
.conflict h2 { border: 0; margin: 0; color: var(--bad); } ul { margin: 0.4rem 0; padding-left: 1.3rem; }
.frames { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; max-width: 36rem; } figure img { width: 100%; height: auto; filter: var(--tint); }
figcaption { color: var(--soft); font-size: 0.9rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.6rem 0.35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; white-space: nowrap; } th:last-child, td:last-child { padding-right: 0; }
tr.more > td { padding-left: 1rem; padding-bottom: 0.9rem; } tr.route > td { border-bottom: 0; padding-top: 0.7rem; }
.decides { color: var(--good); font-weight: 600; } .open { color: var(--open); } .fails { color: var(--bad); font-weight: 600; }
.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; color: var(--link); padding: 0.15rem 0; } details { margin: 0.3rem 0; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 4px; padding: 0.7rem; overflow-x: auto;
  font: 0.85rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: 0.85rem; border-top: 1px solid var(--line); padding-top: 0.7rem; }
@media screen and (max-width: 46rem) {
  main { padding: 1rem 1rem 2rem; } h1 { font-size: 1.3rem; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  table, tbody, tr, td { display: block; } td { border: 0; padding: 0.1rem 0; } td:empty { display: none; }
  tr { border-bottom: 1px solid var(--line); padding: 0.5rem 0; } tr.route { border: 0; padding-bottom: 0; }
  tr.route > td { padding: 0.05rem 0; }
  tr.more > td { padding: 0 0 0.3rem; } .number { white-space: normal; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); }
  summary { padding: 0.5rem 0; } }
@media print {
  body { font-size: 10pt; } main { max-width: none; padding: 0; } a { color: inherit; }
  pre { white-space: pre-wrap; } figure, tr.route, td tr, .conflict { break-inside: avoid; }
  tr.route, h2, summary { break-after: avoid; }
  .grade { color: #000; background: none !important; border: 1px solid #000; }
  details::details-content { content-visibility: visible; block-size: auto; } }
"""
