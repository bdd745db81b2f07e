"""`caloriq config`: the settings as they hold, where each comes from, and a file to begin with."""

from __future__ import annotations

from typing import Annotated

import typer

from caloriq.cli.options import Json
from caloriq.cli.show import print_json, print_rows
from caloriq.errors import InvalidInput


def config(
    begin: Annotated[
        bool, typer.Option("--init", help="Write the user's file, every setting in it as a comment, and stop.")
    ] = False,
    path: Annotated[
        bool, typer.Option("--path", help="Print where the user's file is, or would be, and stop.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Defaults of the options, and where each comes from.

    What is typed wins over the environment (CALORIQ_OUT, ...), that over caloriq.yaml in the working folder, and that over the
    user's file.
    """
    from caloriq.files import write_text
    from caloriq.settings import HERE, settings, template, user_file, variable

    if begin and path:
        raise InvalidInput("`--init` must be left out with --path, but both are given (got --init --path)")
    if path:
        print(user_file())
    elif begin:
        target = user_file()
        if target.exists():
            raise InvalidInput(f"`--init` must begin a new file, but there is one (got {str(target)!r}); edit it")
        print(f"written to {write_text(target, template())}")
    elif as_json:
        print_json({one.name: {"value": one.value, "source": one.source} for one in settings()})
    else:
        rows = [(one.name, "-" if one.value is None else str(one.value), one.source, one.meaning) for one in settings()]
        print_rows(("setting", "value", "from", "meaning"), rows)
        print(f"\nset by an option, {variable('out')} and the like, {HERE} here, or {user_file()}")
