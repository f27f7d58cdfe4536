"""What was learned from the marked narratives, as it is shipped: `taught.npz`, written by `scripts/teach-reading`.

Only slots with a weight stand in the file, each weight as one byte: a part of the greatest. What the rounding moves is chance, and no figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.reading.chains import SLOTS, Chain
from fanzha.engine.reading.looks import CELLS, Seen
from fanzha.engine.reading.nets import PARTS, Net
from fanzha.engine.reading.sights import Known

FILE = "taught.npz"
LEAST = 0.02
"""A slot whose weights are all nearer to nothing is left out."""
_STEPS = 127


@dataclass(frozen=True)
class Taught:
    """The chain and the network of apps (with the texts they have seen), the chains of what became of sums and of whose identifiers are, and the
    fingerprint of what they were learned from."""

    apps: Chain
    net: Net
    seen: Seen
    sums: Chain
    owners: Chain
    source: str


def keep(taught: Taught, path: Path) -> None:
    """Write the file."""
    chains = _kept("apps", taught.apps) | _kept("sums", taught.sums) | _kept("owners", taught.owners)
    np.savez_compressed(path, allow_pickle=False, **chains, **_kept_net(taught.net), seen=taught.seen, source=np.array(taught.source))


@cache
def shipped() -> Taught:
    """What comes with the product; read once."""
    with resources.files("fanzha.engine.reading").joinpath(FILE).open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        assert len(arrays["seen"]) == CELLS
        return Taught(_chain("apps", arrays), _net(arrays), arrays["seen"], _chain("sums", arrays), _chain("owners", arrays), str(arrays["source"]))


def _kept(name: str, chain: Chain) -> dict[str, NDArray[Any]]:
    held = np.abs(chain.weights).max(axis=1) >= LEAST
    step = np.abs(chain.weights).max() / _STEPS
    return {
        f"{name}_held": np.packbits(held), f"{name}_weights": np.round(chain.weights[held] / step).astype(np.int8), f"{name}_step": np.array(step),
        f"{name}_steps": chain.steps, f"{name}_starts": chain.starts,
    }  # fmt: skip


def _chain(name: str, arrays: Any) -> Chain:
    steps = arrays[f"{name}_steps"]
    weights = np.zeros((SLOTS, len(steps)), np.int8)
    weights[np.unpackbits(arrays[f"{name}_held"]).astype(np.bool_)] = arrays[f"{name}_weights"]
    return Chain(weights, steps, arrays[f"{name}_starts"], float(arrays[f"{name}_step"]))


def _kept_net(net: Net) -> dict[str, NDArray[Any]]:
    step = float(np.abs(net.vectors).max()) / _STEPS
    known = {"net_codes": net.known.codes, "net_classes": net.known.classes, "net_words": net.known.words}
    parts = {f"net_{name}": part.astype(np.float16) for name, part in net.parts.items()}
    return known | parts | {"net_vectors": np.round(net.vectors / step).astype(np.int8), "net_step": np.array(step)}


def _net(arrays: Any) -> Net:
    known = Known(arrays["net_codes"], arrays["net_classes"], arrays["net_words"])
    parts = {name: arrays[f"net_{name}"].astype(np.float32) for name in PARTS}
    return Net(known, arrays["net_vectors"].astype(np.float32) * np.float32(arrays["net_step"]), parts)
