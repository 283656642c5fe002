"""What is worth reading of a model: its expressions, one by one.

A model is a skeleton around expressions. Most of the skeleton is the same for every view, and the example's project
shows it. Of every other view only that is kept which has not been seen before, so that each text is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

SKELETON = re.compile(
    r"(with )?\w+ as \($|select\b|from\b|where\b|group by\b|\)|union all|with\b|--|\{%|\{#|\{\{ config"
)
"""How the lines begin that hold a model together."""
ENDS = re.compile(r"[)\]}]|end\b")
"""How a line begins that ends, or goes on with, what began above it at the same indentation."""
ONLY_NAMES = re.compile(r"(or |and )?[\w.']+( as \w+| is distinct from [\w.]+)?")
"""What says nothing but how a column is called."""


@dataclass
class Node:
    """A line, and the lines that belong to it."""

    line: str
    inner: list[Node] = field(default_factory=list)

    def text(self) -> str:
        return "\n".join([self.line, *(node.text() for node in self.inner)])


def expressions(model: str) -> list[str]:
    """The expressions of a model and the lines that hold them together, in order, without their indentation and the
    comma after them."""
    return [found for node in _nodes(model.splitlines()) for found in _of(node)]


def _of(node: Node) -> Iterator[str]:
    is_skeleton = SKELETON.match(node.line.strip()) or "{%" in node.text()
    if is_skeleton and node.inner:
        yield node.line.strip()
        yield from (found for inner in node.inner for found in _of(inner))
    else:
        text = _dedented(node.text())
        if not ONLY_NAMES.fullmatch(text):
            yield text


def _dedented(text: str) -> str:
    lines = text.removesuffix(",").split("\n")
    margin = _indent(lines[0])
    return "\n".join(line[margin:] for line in lines)


def _nodes(lines: list[str]) -> list[Node]:
    nodes: list[Node] = []
    stack: list[Node] = []
    for line in filter(str.strip, lines):
        while stack and _indent(stack[-1].line) > _indent(line):
            stack.pop()
        if stack and _indent(stack[-1].line) == _indent(line):
            if ENDS.match(line.strip()):
                stack[-1].inner.append(Node(line))
                continue
            stack.pop()
        node = Node(line)
        (stack[-1].inner if stack else nodes).append(node)
        stack.append(node)
    return nodes


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
