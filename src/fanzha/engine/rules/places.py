"""YAML with places: the value of a document, and where in the text each part of it stands."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

Path: TypeAlias = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """Booleans are `true` and `false` alone, as in YAML 1.2: `on` is a word, and a key of every rule. Nothing refers to another part:
    a few lines could become gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise ComposerError(None, None, "references (*name) are not allowed", self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def _check_values(loader: _Loader, node: yaml.Node | None) -> None:
    """A value that is none of its kind (2026-02-30) has a place."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _check_values(loader, key)
            _check_values(loader, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _check_values(loader, value)
    elif isinstance(node, yaml.ScalarNode):
        try:
            loader.construct_object(node)
        except (ValueError, AttributeError, KeyError, TypeError) as wrong:  # what the constructors of dates, numbers and booleans raise
            raise ConstructorError(None, None, f"{node.value!r} cannot be what it looks like", node.start_mark) from wrong


class Document:
    """A parsed document. Lines and columns count from 1.

    Raises:
        yaml.MarkedYAMLError: it is no YAML, or a value in it is none.
        yaml.reader.ReaderError: a character that YAML does not allow.
        RecursionError: nested too deep.
    """

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        loader = _Loader(text)
        root = loader.get_single_node()
        _check_values(loader, root)
        self.value: Any = None if root is None else loader.construct_document(root)
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
