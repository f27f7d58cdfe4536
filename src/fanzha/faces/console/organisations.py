"""Organisations: police, banks, operators, offices, grids, congress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from fanzha.desks import identity
from fanzha.desks.identity import Organisation, OrgState, policy
from fanzha.desks.identity.errors import BadOrganisation
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.kit.errors import FanzhaError
from fanzha.vocab.organisations import OrgKind

router = APIRouter()
NAV = NavEntry("organisations", "单位", "Organisations", "/organisations", "sitemap", policy.VIEW_ORGANISATIONS, order=890)
Viewer = Annotated[PageContext, Depends(signed_in(policy.VIEW_ORGANISATIONS))]
Manager = Annotated[PageContext, Depends(signed_in(policy.MANAGE_USERS))]


@dataclass
class OrganisationForm:
    """What the form of one organisation sends."""

    code: str
    kind: str
    name: str
    region: str
    parent_id: str
    state: str

    @property
    def org_kind(self) -> OrgKind:
        """Raises BadOrganisation: an unknown kind."""
        if self.kind not in set(OrgKind):
            raise BadOrganisation(kind=self.kind)
        return OrgKind(self.kind)

    @property
    def org_state(self) -> OrgState:
        return OrgState.CLOSED if self.state == OrgState.CLOSED else OrgState.ACTIVE

    @staticmethod
    def of(org: Organisation | None) -> OrganisationForm:
        if org is None:
            return OrganisationForm("", "", "", "", "", OrgState.ACTIVE)
        return OrganisationForm(org.code, org.kind, org.name, org.region, org.parent_id or "", org.state)


def organisation_form(
    code: Annotated[str, Form()] = "", kind: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "", region: Annotated[str, Form()] = "",
    parent_id: Annotated[str, Form()] = "", state: Annotated[str, Form()] = "",
) -> OrganisationForm:  # fmt: skip
    return OrganisationForm(code, kind, name, region.strip(), parent_id, state)


Sent = Annotated[OrganisationForm, Depends(organisation_form)]


@router.get("/organisations")
def listing(page: Viewer, kind: str = "", region: str = "", closed: bool = False) -> Response:
    with page.work() as work:
        wanted = OrgKind(kind) if kind in set(OrgKind) else None
        found = identity.service.organisations(work, kind=wanted, region=region.strip(), active_only=not closed)
    return page.render("console/organisations/list.html", found=found, may_manage=page.may(policy.MANAGE_USERS))


@router.get("/organisations/new")
def new(page: Manager) -> Response:
    return _form(page, None, OrganisationForm.of(None))


@router.post("/organisations")
def create(page: Manager, sent: Sent) -> Response:
    try:
        with page.work() as work:
            parent = identity.service.organisation(work, sent.parent_id).code if sent.parent_id else None
            identity.service.create_organisation(
                work, code=sent.code, kind=sent.org_kind, name=sent.name, region=sent.region, parent_code=parent
            )
    except FanzhaError as error:
        return _form(page, None, sent, error)
    return page.redirect("/organisations", page.say("已保存。"))


@router.get("/organisations/{org_id}")
def edit(page: Manager, org_id: str) -> Response:
    with page.work() as work:
        org = identity.service.organisation(work, org_id)
    return _form(page, org, OrganisationForm.of(org))


@router.post("/organisations/{org_id}")
def change(page: Manager, org_id: str, sent: Sent) -> Response:
    with page.work() as work:
        org = identity.service.organisation(work, org_id)
    try:
        with page.work() as work:
            identity.service.update_organisation(work, org_id, name=sent.name, state=sent.org_state, parent_id=sent.parent_id or None)
    except FanzhaError as error:
        return _form(page, org, sent, error)
    return page.redirect("/organisations", page.say("已保存。"))


def _form(page: PageContext, org: Organisation | None, form: OrganisationForm, error: FanzhaError | None = None) -> Response:
    with page.work() as work:
        parents = [(one.id, f"{one.name} {one.region}".strip()) for one in identity.service.organisations(work) if org is None or one.id != org.id]
    said = page.say(error.message) + page.say(error.what_to_do) if error else ""
    return page.render("console/organisations/form.html", error.status if error else 200, org=org, form=form, error=said, parents=parents)
