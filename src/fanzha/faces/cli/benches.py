"""The group `fanzha bench`, to which every benchmark adds itself."""

from __future__ import annotations

import typer
from typer.core import TyperGroup


def bench_group(app: typer.Typer, cls: type[TyperGroup] = TyperGroup) -> typer.Typer:
    """The group, made when the first benchmark asks for it."""
    group = next((found.typer_instance for found in app.registered_groups if found.name == "bench"), None)
    if group is None:
        group = typer.Typer(cls=cls, no_args_is_help=True, help="Measure this machine.")
        app.add_typer(group, name="bench")
    return group
