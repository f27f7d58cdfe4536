"""`fanzha users create|list|reset-password|disable|enable`: for whoever runs the installation."""

from __future__ import annotations

from typing import Annotated

import typer

from fanzha.desks import identity
from fanzha.desks.identity import User, UserState
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.kit.paging import LARGEST_PAGE, PageRequest
from fanzha.store import Scope, Work
from fanzha.vocab.roles import Role

users = typer.Typer(no_args_is_help=True, help="Users of the platform.")
_CLI = Scope.system("cli")

Login = Annotated[str, typer.Argument(help="User name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    app.add_typer(users, name="users")


@users.command()
def create(
    context: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option(help="Name of the person.")],
    org: Annotated[str, typer.Option(help="Code of the organisation.")],
    role: Annotated[list[Role], typer.Option(help="Role; may be repeated.")],
    phone: Annotated[str | None, typer.Option(help="Phone number.")] = None,
    as_json: Json = False,
) -> None:
    """Create a user and print the first password, once. The same call again changes nothing and prints no password."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        made = identity.service.create_user(work, login=login, name=name, org=identity.service.organisation_by_code(work, org), roles=role, phone=phone)
    if as_json:
        print_json({"login": made.user.login, "user_id": made.user.id, "first_password": made.first_password})
    elif made.first_password:
        say(f"{made.user.login}: first password {made.first_password}")
    else:
        say(f"{made.user.login} is there already; nothing was changed.")


@users.command("list")
def list_users(context: typer.Context, q: Annotated[str, typer.Option(help="Part of the login or organisation, or the whole name.")] = "", as_json: Json = False) -> None:
    """List users."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        found = _all(work, q)
        rows = [{"login": user.login, "organisation": user.org.code, "region": user.region, "roles": user.roles, "state": user.state} for user in found]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        say(f"{row['login']:<24} {row['organisation']:<20} {row['region']:<10} {row['state']:<9} {','.join(row['roles'])}")


@users.command("reset-password")
def reset_password(context: typer.Context, login: Login, as_json: Json = False) -> None:
    """Give a user a new first password, end their sign-ins and lift a lock-out; prints the password, once."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        password = identity.service.reset_password(work, identity.service.user_by_login(work, login).id)
    if as_json:
        print_json({"login": login, "first_password": password})
    else:
        say(f"{login}: first password {password}")


@users.command()
def disable(context: typer.Context, login: Login) -> None:
    """Disable a user; every sign-in and key of theirs ends at once."""
    _set_state(context, login, UserState.DISABLED)


@users.command()
def enable(context: typer.Context, login: Login) -> None:
    """Enable a disabled user again."""
    _set_state(context, login, UserState.ACTIVE)


def _set_state(context: typer.Context, login: str, state: UserState) -> None:
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        user = identity.service.set_state(work, identity.service.user_by_login(work, login).id, state)
    say(f"{user.login}: {user.state}")


def _all(work: Work, words: str) -> list[User]:
    found: list[User] = []
    page = identity.service.search_users(work, words=words, page=PageRequest(1, LARGEST_PAGE))
    found += page.rows
    while page.has_next:
        page = identity.service.search_users(work, words=words, page=PageRequest(page.request.number + 1, LARGEST_PAGE))
        found += page.rows
    return found
