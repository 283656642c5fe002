"""Reading and writing files that people also edit: completely or not at all, and with errors that name the file."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snowplow_signals.errors import WorkspaceError


def digest(text: str) -> str:
    """The hash by which a file is recognised as written by us."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def read(file: Path) -> str | None:
    """The file's text with plain line ends; None when there is no such file. Bytes that are not UTF-8 are kept."""
    with _named(file, "read"):
        if not file.exists():
            return None
        return file.read_text("utf-8", errors="surrogateescape")


def read_json(file: Path) -> Any:
    """The file's content; None when there is no such file. Raises WorkspaceError when it is not valid JSON."""
    text = read(file)
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WorkspaceError(f"{file} is not valid JSON: {error}") from None


def as_json(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def write(file: Path, text: str) -> None:
    """Replace the file as a whole: a reader, or a crash, sees the old text or the new one."""
    with _named(file, "written"):
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f".{file.name}.{os.getpid()}.unfinished")
        try:
            unfinished.write_text(text, "utf-8", newline="\n")
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)


def remove(file: Path, root: Path) -> None:
    """Remove the file, and the folders below `root` that are empty without it."""
    with _named(file, "removed"):
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == root or not folder.is_dir() or any(folder.iterdir()):
                return
            folder.rmdir()


def folders(path: Path) -> list[Path]:
    """The folders in a folder, by name; none where it is not there."""
    with _named(path, "read"):
        return sorted(inner for inner in path.iterdir() if inner.is_dir()) if path.exists() else []


def require_folder(path: Path, what: str) -> None:
    """Raises WorkspaceError when `path`, or a folder above it, is a file."""
    for folder in (path, *path.absolute().parents):
        with _named(folder, "read"):
            if folder.is_dir():
                return
            if folder.exists():
                raise WorkspaceError(f"{what} {path}: {folder} is a file, not a folder; name another place")


@contextmanager
def _named(file: Path, done: str) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeEncodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WorkspaceError(f"{file} cannot be {done}: {reason}") from error
