"""What is told on standard error while a command works: one level, by -q, -v or --log-level on any command."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from caloriq.errors import InvalidInput

LOGGER = logging.getLogger("caloriq")
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
GIVEN = "caloriq.level"


class _Handler(logging.Handler):
    """Lines on standard error as it is now: a progress bar puts one of its own in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        place = f"{record.name.removeprefix('caloriq.')}: " if LOGGER.level == logging.DEBUG else ""
        print(f"caloriq: {record.levelname.lower()}: {place}{record.getMessage()}", file=sys.stderr, flush=True)


@contextmanager
def told() -> Iterator[None]:
    """Show what the library logs, as long as a command works."""
    handler, before = _Handler(), (LOGGER.level, LOGGER.propagate)
    LOGGER.addHandler(handler)
    LOGGER.propagate = False
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(before[0])
        LOGGER.propagate = before[1]


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """What Ctrl-C means for work that goes on where it was: what is kept, and what to do, in words."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Abort(f"interrupted; {kept}") from None


def telling() -> bool:
    """Whether progress is to be told: everywhere but where errors alone are."""
    return LOGGER.isEnabledFor(logging.WARNING)


def set_default(ctx: typer.Context, level: str) -> None:
    """The level of the settings, where no option gave one."""
    if GIVEN not in ctx.meta:
        LOGGER.setLevel(LEVELS[level])


def _set(ctx: typer.Context, option: str, level: int) -> None:
    """The level of an option; that of a command wins over that in front of it, two of one command are refused."""
    here, before = ctx.command_path, ctx.meta.get(GIVEN, ("", ""))
    if before[0] == here and before[1] != option:
        raise InvalidInput(
            f"`--log-level` must be given once, by itself, --quiet or --verbose, but it is given twice (got {before[1]} {option})"
        )
    ctx.meta[GIVEN] = (here, option)
    LOGGER.setLevel(level)


def _quiet(ctx: typer.Context, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        _set(ctx, "--quiet", logging.ERROR)


def _verbose(ctx: typer.Context, value: int) -> None:
    if value and not ctx.resilient_parsing:
        _set(ctx, "--verbose", logging.INFO if value == 1 else logging.DEBUG)


def _level(ctx: typer.Context, value: str | None) -> None:
    if value is None or ctx.resilient_parsing:
        return
    if value.lower() not in LEVELS:
        raise InvalidInput(f"`--log-level` must be one of {', '.join(LEVELS)}, but it is not (got {value!r})")
    _set(ctx, "--log-level", LEVELS[value.lower()])


def _everywhere(
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", callback=_quiet, expose_value=False, help="No progress and no warnings: the answer alone."
        ),
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            metavar="",
            show_default=False,
            callback=_verbose,
            expose_value=False,
            help="Tell what is chosen, run and taken over; -vv tells more.",
        ),
    ] = 0,
    log_level: Annotated[
        str | None,
        typer.Option(
            "--log-level",
            callback=_level,
            expose_value=False,
            metavar="LEVEL",
            autocompletion=lambda: list(LEVELS),
            help="debug, info, warning or error; set by CALORIQ_LOG_LEVEL too.",
        ),
    ] = None,
) -> None:
    """Options that every command has."""


def everywhere(command: Any) -> Any:
    """The command, and all below it, with the options that every command has."""
    dummy = typer.Typer(add_completion=False)
    dummy.command()(_everywhere)
    options = [one for one in typer.main.get_command(dummy).params if one.name in ("quiet", "verbose", "log_level")]
    waiting = [command]
    while waiting:
        one = waiting.pop()
        one.params.extend(options)
        waiting.extend(getattr(one, "commands", {}).values())
    return command
