"""Tables of Markdown."""

from collections.abc import Iterable


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(header), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def prose(text: str) -> str:
    """Text as a cell of a table, where `<` and `|` mean something else."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
