"""YAML with places: the value of a document, and where in the text each part of it stands."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import yaml

Path: TypeAlias = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """Booleans are `true` and `false` alone, as in YAML 1.2: `on` is a word, and a key of every rule."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


class Document:
    """A parsed document. Lines and columns count from 1."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        root = yaml.compose(text, Loader=_Loader)
        self.value: Any = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader, see above
        self._nodes: dict[Path, yaml.Node] = {}
        self._keys: dict[Path, yaml.Node] = {}
        if root is not None:
            self._note(root, ())

    def _note(self, node: yaml.Node, path: Path) -> None:
        self._nodes[path] = node
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._keys[(*path, key.value)] = key
                self._note(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for place, value in enumerate(node.value):
                self._note(value, (*path, place))

    def place(self, path: Path) -> tuple[int, int]:
        """Line and column of a value; of the nearest value around it where it is missing."""
        while path not in self._nodes:
            if not path:
                return 1, 1
            path = path[:-1]
        mark = (self._keys.get(path) or self._nodes[path]).start_mark
        return mark.line + 1, mark.column + 1

    def inside(self, path: Path, line: int, column: int) -> tuple[int, int]:
        """The place in the document of a place in a text value: exact for a literal block (|), else as near as the value's first line."""
        node = self._nodes[path]
        if getattr(node, "style", None) == "|":
            first = node.start_mark.line + 1
            while first < len(self._lines) and not self._lines[first].strip():
                first += 1
            indent = len(self._lines[first]) - len(self._lines[first].lstrip(" ")) if first < len(self._lines) else 0
            return node.start_mark.line + 1 + line, indent + column
        return node.start_mark.line + 1 + (line - 1), node.start_mark.column + column if line == 1 else column
