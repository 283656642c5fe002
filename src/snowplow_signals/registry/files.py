"""Batch sources kept beside the projects, for use without a service.

They say which table of the warehouse a view's profiles are copied from: one JSON file each, so that nothing is lost
when two write at once.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from snowplow_signals.definitions import BatchSource
from snowplow_signals.errors import WorkspaceError

FOLDER = Path("registry", "batch_sources")


class BatchSourceFiles:
    """The batch sources of a repository of projects."""

    def __init__(self, repo_path: Path) -> None:
        self._folder = repo_path / FOLDER

    def register_batch_source(self, view: str, source: BatchSource) -> bool:
        """Store `source` as the one of a view, given by its full name; returns whether it changed.

        Raises WorkspaceError when the registry cannot be written.
        """
        text = json.dumps({"view": view, "batch_source": source.to_json()}, indent=2) + "\n"
        file = self._folder / f"{view}.json"
        try:
            if file.is_file() and file.read_text("utf-8") == text:
                return False
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._folder, delete=False, encoding="utf-8") as new:
                new.write(text)
            os.replace(new.name, file)
        except OSError as error:
            raise WorkspaceError(f"the registry {self._folder} cannot be written: {error}") from error
        return True

    def batch_source(self, view: str) -> BatchSource | None:
        """The registered source of a view, or None."""
        file = self._folder / f"{view}.json"
        if not file.is_file():
            return None
        return BatchSource.from_json(json.loads(file.read_text("utf-8"))["batch_source"])
