"""Which files a Delta table has now, by its log: those that it has removed stay in the folder for a while.

https://github.com/delta-io/delta/blob/master/PROTOCOL.md
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading.targets import one_file

LOG = "_delta_log"
_COMMIT = re.compile(r"(\d{20})\.json")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10})|\.([\w-]{36}))?\.(parquet|json)")
_ACTIONS = ("add", "remove", "metaData", "protocol")
_KNOWN_FEATURES = {
    "columnMapping",
    "deletionVectors",
    "timestampNtz",
    "typeWidening",
    "typeWidening-preview",
    "v2Checkpoint",
    "vacuumProtocolCheck",
}
"""Of https://github.com/delta-io/delta/blob/master/PROTOCOL.md#valid-feature-names-in-table-features: those that are
read here or refused where they are used, and those that do not matter when all of the newest version is read."""
_EXPORT = "Export it as Parquet with the engine that wrote it, and load that."
Action = dict[str, Any]


class Tables:
    """The Delta tables that files belong to, each read once."""

    def __init__(self) -> None:
        self._by_folder: dict[Path, Table | None] = {}

    def of(self, path: Path) -> "Table | None":
        """The table that a file lies in. Raises UsageError for one that cannot be read."""
        return self._of_folder(path.resolve().parent)

    def _of_folder(self, folder: Path) -> "Table | None":
        if folder not in self._by_folder:
            if (folder / LOG).is_dir():
                self._by_folder[folder] = Table(folder)
            else:
                self._by_folder[folder] = None if folder.parent == folder else self._of_folder(folder.parent)
        return self._by_folder[folder]


class Table:
    """A Delta table in a folder: its files, each with the values of the columns that it is partitioned by."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mapping = "none"
        live: dict[tuple[Path, str | None], dict[str, str | None]] = {}
        for action in self._actions():
            self._play(action, live)
        self._refuse_what_needs_a_reader(live)
        self.files = {path: values for (path, _), values in live.items()}
        missing = next((path for path in self.files if not path.is_file()), None)
        if missing is not None:
            raise UsageError(f"{missing} is missing, although the log of the Delta table {root} lists it.")

    def _play(self, action: Action, live: dict[tuple[Path, str | None], dict[str, str | None]]) -> None:
        """A file with rows marked as deleted is added under its own path, and removed without those marks, in one
        commit and in either order: a file is distinguished by both."""
        added, removed, meta, protocol = (action.get(name) or {} for name in _ACTIONS)
        if meta:
            self.mapping = (meta.get("configuration") or {}).get("delta.columnMapping.mode", "none")
        if unknown := set(protocol.get("readerFeatures") or ()) - _KNOWN_FEATURES:
            raise UsageError(f"The Delta table {self.root} needs a reader that supports {min(unknown)}. {_EXPORT}")
        if added.get("path"):
            values = {name: value or None for name, value in (added.get("partitionValues") or {}).items()}
            live[self._path(added["path"]), _marks(added)] = values
        if removed.get("path"):
            live.pop((self._path(removed["path"]), _marks(removed)), None)

    def _refuse_what_needs_a_reader(self, live: Iterable[tuple[Path, str | None]]) -> None:
        """By the table's current state, whatever it was before."""
        if self.mapping != "none":
            raise UsageError(f"The Delta table {self.root} maps columns to other names in its files. {_EXPORT}")
        if any(marks is not None for _, marks in live):
            raise UsageError(
                f"The Delta table {self.root} marks rows inside of its files as deleted. Rewrite them with REORG TABLE "
                "... APPLY (PURGE), or export it as Parquet, and load that."
            )

    def _path(self, text: str) -> Path:
        """Relative to the table, or a URL; either way with its odd characters escaped."""
        url = urlparse(text)
        if url.scheme not in ("", "file"):
            raise UsageError(f"The Delta table {self.root} has files that are not in its folder: {text}. {_EXPORT}")
        return (self.root / unquote(url.path)).resolve()

    def _actions(self) -> Iterator[Action]:
        """What the log says: the newest whole checkpoint, and the commits after it."""
        commits = {int(found[1]): path for path, found in self._named(_COMMIT)}
        version, parts = self._checkpoint()
        for part in parts:
            for action in _rows(part):
                if sidecar := action.get("sidecar"):  # which may be named by a whole path
                    name = Path(unquote(urlparse(sidecar["path"]).path)).name
                    yield from _rows(self.root / LOG / "_sidecars" / name)
                else:
                    yield action
        later = sorted(number for number in commits if number > version)
        if not later and version < 0:
            raise UsageError(f"{self.root / LOG} holds no log of a Delta table.")
        for expected, number in enumerate(later, start=version + 1):
            if number != expected:
                raise UsageError(f"{self.root / LOG} is incomplete: version {expected} is missing.")
            yield from _rows(commits[number])

    def _checkpoint(self) -> tuple[int, list[Path]]:
        """The version of the newest checkpoint all of whose parts are there, and these; -1 for none."""
        whole: list[tuple[int, list[Path]]] = [(-1, [])]
        parts: dict[tuple[int, int], list[Path]] = {}
        for path, found in self._named(_CHECKPOINT):
            version = int(found[1])
            if found[3] is None:
                whole.append((version, [path]))
                continue
            together = parts.setdefault((version, int(found[3])), [])
            together.append(path)
            if len(together) == int(found[3]):
                whole.append((version, together))
        return max(whole, key=lambda one: one[0])

    def _named(self, pattern: re.Pattern[str]) -> Iterator[tuple[Path, re.Match[str]]]:
        for path in sorted((self.root / LOG).iterdir()):
            found = pattern.fullmatch(path.name)
            if found:
                yield path, found


def _marks(action: Action) -> str | None:
    """What identifies the marks of deleted rows of a file; None when it has none."""
    vector = action.get("deletionVector")
    return f"{vector['storageType']}{vector['pathOrInlineDv']}@{vector.get('offset')}" if vector else None


def _rows(path: Path) -> Iterator[Action]:
    """The actions in a file of the log."""
    if path.suffix == ".json":
        try:
            yield from (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
        except (OSError, ValueError) as error:
            raise UsageError(f"{path} cannot be read as the log of a Delta table: {error}") from error
        return
    import duckdb

    with duckdb.connect() as connection:
        try:
            relation = connection.sql(f"FROM read_parquet({one_file(path)})")
            names = [name for name in (*_ACTIONS, "sidecar") if name in relation.columns]
            rows = relation.project(", ".join(f'"{name}"' for name in names)).fetchall() if names else []
        except duckdb.Error as error:
            raise UsageError(f"{path} cannot be read as a checkpoint of a Delta table: {error}") from error
    yield from (dict(zip(names, row, strict=True)) for row in rows)
