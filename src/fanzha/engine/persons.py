"""Who stands behind a phone or an account."""

from __future__ import annotations

import polars as pl

PERSONS_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "subject": pl.String,  # token of a phone or an account
    "person": pl.String,  # token of the holder; of the phone, or of the account itself, where no holder is known
    "phone": pl.String,  # where the person can be called, or null
    "region": pl.String,  # where the person lives, or null
}


def persons(accounts: pl.DataFrame, sims: pl.DataFrame) -> pl.DataFrame:
    """One row a registered phone or account: `subject`, `person`, `phone`, `region`.

    The latest row of each, by (at, event_key), counts. A phone belongs to its SIM's holder. An account belongs to its holder; without one, to whoever
    holds its phone. A subject that is not in the result is its own person. Of several phones of one person the latest registered is `phone`.
    """
    phones = _latest(sims, "phone").select("phone", "holder", "region", "at", "event_key")
    by_phone = phones.select(subject="phone", person=pl.coalesce("holder", "phone"), phone="phone", region="region")
    reach = (
        phones.drop_nulls("holder")
        .sort("at", "event_key", "phone")
        .group_by("holder", maintain_order=True)
        .agg(pl.col("phone").last(), pl.col("region").drop_nulls().last())
    )
    by_account = (
        _latest(accounts, "account")
        .select("account", "holder", "phone", "region")
        .join(phones.select("phone", phone_holder="holder", phone_region="region"), on="phone", how="left")
        .with_columns(person=pl.coalesce("holder", "phone_holder", "phone", "account"))
        .join(reach.rename({"holder": "person", "phone": "own_phone", "region": "own_region"}), on="person", how="left")
        .select(
            subject="account",
            person="person",
            phone=pl.coalesce("phone", "own_phone"),
            region=pl.coalesce("phone_region", "own_region", "region"),
        )
    )
    return pl.concat([by_phone.select(PERSONS_SCHEMA.keys()), by_account.select(PERSONS_SCHEMA.keys())]).sort("subject")


def _latest(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    return rows.drop_nulls(key).sort("at", "event_key").unique(key, keep="last", maintain_order=True)
