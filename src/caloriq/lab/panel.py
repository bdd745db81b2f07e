"""A plot on the page with what can be taken away from it: picture, numbers, dataset."""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caloriq.lab.elements import called
from caloriq.lab.figures import Figure
from caloriq.lab.job import slug

if TYPE_CHECKING:
    import xarray as xr
    from nicegui import ui

WIDTH, HEIGHT = 1000, 600  # pixels of a picture that is taken away


class Panel:
    """A plot, its title, and a menu of what it can be taken away as.

    Parameters
    ----------
    title : str
        Above it; also what files are called by.
    height : str
        As CSS has it.
    """

    def __init__(self, title: str, *, height: str = "340px") -> None:
        from nicegui import ui

        from caloriq.lab.plot import Plot

        self.title = title
        self.source: tuple[xr.Dataset, Sequence[str]] | None = None
        self.card = called(ui.card(), title).classes("panel w-full").props('flat bordered role="group"')
        with self.card:
            with ui.row().classes("w-full items-center no-wrap"):
                self.heading = ui.label(title).classes("panel-title")
                ui.space()
                button = called(ui.button(icon="download"), f"Take away: {title}").classes("panel-menu")
                with button.props("flat round dense"), ui.menu():
                    ui.menu_item("PNG", lambda: self._picture("png"))
                    ui.menu_item("SVG", lambda: self._picture("svg"))
                    ui.menu_item("CSV", self._table)
                    ui.menu_item("NetCDF", self._netcdf)
            self.plot = Plot(title, height)
        self.card.set_visibility(False)

    def show(self, figure: Figure, data: xr.Dataset | None = None, names: Sequence[str] = ()) -> None:
        """Draw; `data` and the names in it are what can be taken away as numbers."""
        self.source = None if data is None else (data, names)
        self.plot.show(figure)
        self.card.set_visibility(True)

    def hide(self) -> None:
        """Nothing to draw."""
        self.card.set_visibility(False)

    @property
    def name(self) -> str:
        """Of files."""
        return slug(self.title)

    def _picture(self, kind: str) -> None:
        self.plot.take(format=kind, filename=self.name, width=WIDTH, height=HEIGHT, scale=2)

    def _taken(self) -> xr.Dataset | None:
        from nicegui import ui

        if self.source is None:
            ui.notify("there are no numbers behind this plot")
            return None
        data, names = self.source
        return data[list(names)] if names else data

    def _table(self) -> None:
        from nicegui import ui

        if (data := self._taken()) is not None:
            ui.download.content(csv(data).encode(), f"{self.name}.csv", "text/csv")

    def _netcdf(self) -> None:
        from nicegui import ui

        if (data := self._taken()) is not None:
            ui.download.content(netcdf(data), f"{self.name}.nc", "application/x-netcdf")


def csv(data: xr.Dataset) -> str:
    """Numbers of a dataset as a table for each group of variables that share dimensions; units in lines that begin with #."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, one in data.data_vars.items():
        groups.setdefault(tuple(str(d) for d in one.dims), []).append(str(name))
    out = io.StringIO()
    for dims, names in groups.items():
        if out.tell():
            out.write("\n")
        for name in [*(d for d in dims if d in data.coords), *names]:
            attrs = data[name].attrs
            told = ", ".join(filter(None, (attrs.get("long_name", ""), attrs.get("carries", ""))))
            out.write(f"# {name}: {told or name} [{attrs.get('units') or '1'}]\n")
        part = data[names]
        if dims:
            part.reset_coords(drop=True).to_dataframe().to_csv(out)
        else:
            out.write(",".join(names) + "\n" + ",".join(repr(float(part[name])) for name in names) + "\n")
    return out.getvalue()


def netcdf(data: xr.Dataset) -> bytes:
    """The dataset as a NetCDF-3 file."""
    from caloriq.netcdf import to_netcdf

    with tempfile.TemporaryDirectory(prefix="caloriq-") as folder:
        return to_netcdf(data, Path(folder) / "data.nc").read_bytes()


class Film:
    """A profile over time: a slider, and a button that moves it.

    Parameters
    ----------
    title : str
        Of the plot.
    """

    STEP = 0.06  # s between two pictures
    LASTS = 6.0  # s of the whole film

    def __init__(self, title: str) -> None:
        from nicegui import ui

        self.times: Any = []
        self.frame: Callable[[int], Figure] | None = None
        with ui.column().classes("w-full gap-0") as self.box:
            self.panel = Panel(title, height="296px")
            with self.panel.card, ui.row().classes("w-full items-center no-wrap film"):
                self.button = ui.button(icon="play_arrow", on_click=self._toggle)
                self.button.props('flat round dense aria-label="Play"')
                self.slider = ui.slider(min=0, max=1, value=0, on_change=self._moved)
                self.slider.classes("grow").props('aria-label="Time of the profile"')
                self.when = ui.label("").classes("film-time")
        self.timer: ui.timer = ui.timer(self.STEP, self._next, active=False)
        self.box.set_visibility(False)

    def show(
        self, frame: Callable[[int], Figure], times: Any, unit: str, data: xr.Dataset, names: Sequence[str]
    ) -> None:
        """Take new pictures; the place on the film stays."""
        self.frame, self.times, self.unit = frame, times, unit
        self.data, self.names = data, names
        last = len(times) - 1
        self.slider.props["max"] = last
        self.box.set_visibility(True)
        if self.slider.value > last:
            self.slider.set_value(last)
        else:
            self._draw()

    def hide(self) -> None:
        """No film."""
        self.timer.deactivate()
        self.box.set_visibility(False)

    def _draw(self) -> None:
        if self.frame is None:
            return
        k = min(int(self.slider.value), len(self.times) - 1)
        self.panel.show(self.frame(k), self.data, self.names)
        when = float(self.times[k])
        self.when.set_text(f"t = {when:.4g} {self.unit}" if math.isfinite(when) else "long times")

    def _moved(self) -> None:
        self._draw()

    def _toggle(self) -> None:
        if self.timer.active:
            self._stop()
            return
        if self.slider.value >= len(self.times) - 1:
            self.slider.set_value(0)
        self.timer.activate()
        self.button.props('icon=pause aria-label="Pause"')

    def _stop(self) -> None:
        self.timer.deactivate()
        self.button.props('icon=play_arrow aria-label="Play"')

    def _next(self) -> None:
        last = len(self.times) - 1
        step = max(1, round(last * self.STEP / self.LASTS))
        self.slider.set_value(min(self.slider.value + step, last))
        if self.slider.value >= last:
            self._stop()
