"""A user's own enriched events into the lake layout: `load_events` reads TSV, CSV, JSON and Parquet.

    files -> events -> staged rows + their shapes -> columns widened -> inserted
                 \\-> lines that are not events, with their reasons

Events are read one at a time and staged on disk, so memory does not grow with the files. The table is changed in one
transaction at the end.
"""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from snowplow_signals.events.loading import loaded_files
from snowplow_signals.events.loading.loaded_files import LoadedBefore
from snowplow_signals.events.loading.sources import EventFile, event_files
from snowplow_signals.events.loading.staging import Staged
from snowplow_signals.events.loading.taking import take
from snowplow_signals.events.loading.targets import Progress


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What was loaded: rows, lines that could not be read and the file they are in, files read, and how long it took.

    `bad_path` is None when every line could be read. `loaded_before` are files that were left out, as their content was
    loaded already.
    """

    rows: int
    bad_rows: int
    files: int
    bad_path: Path | None
    seconds: float
    loaded_before: tuple[LoadedBefore, ...] = ()


def load_events(
    sources: Sequence[Path | str],
    into: Path,
    *,
    bad: Path | None = None,
    again: bool = False,
    progress: Progress | None = None,
) -> LoadResult:
    """Append events to the table `atomic.events` of the DuckDB file `into`, making either when it is missing.

    `sources` are files, folders (searched through) or patterns such as `archive/*.tsv.gz`:

    - enriched events as TSV (131 fields), or as CSV with a header, whose columns are those of an event;
    - JSON: a line for each event, or an array, as an analytics SDK makes them or as Snowplow Micro answers;
    - Parquet in the lake layout, also as a Delta table, of which the files are read that its log has now.

    Text may be gzipped. Columns of an event that are in the names of folders (`event_name=page_view/`) are those of
    the files below. Rows without a `load_tstamp` get the time of this call, one for all. Self-describing events and
    entities become struct columns with fields named as Snowplow's loaders do; columns and fields that the table lacks
    are added, and types that do not fit what comes are widened so that every digit stays: numbers to wider numbers,
    anything else that does not mix to text.

    A file whose content was loaded before is left out, unless `again`. A line that cannot be read is not loaded; it is
    appended to `bad` (by default `<into>.bad.jsonl`) as JSON with its source, line number, reason and text, and is
    counted.

    Either every readable line of every file is loaded, or nothing is changed: raises UsageError, with the file and
    where it can the line, when a source is missing, of an unknown format or broken (cut short, not closed), or `into`
    is not a DuckDB file.
    """
    began = time.perf_counter()
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    files, before = _chosen(event_files(sources), into, again=again)
    report = progress or (lambda _step, _done, _total: None)
    with tempfile.TemporaryDirectory(prefix="events-") as folder:
        staged = Staged(Path(folder), loaded_at)
        for number, (file, _) in enumerate(files):
            report("read", number, len(files))
            staged.add(file)
        report("read", len(files), len(files))
        rows = take(staged, into, [one for one in files if one[0] in staged.taken]) if staged.taken else 0
        report("write", 1, 1)
        bad_path = _keep_bad(staged, bad or into.with_name(f"{into.name}.bad.jsonl"))
    return LoadResult(rows, staged.bad_rows, len(files), bad_path, time.perf_counter() - began, before)


def _chosen(
    files: Sequence[EventFile], into: Path, *, again: bool
) -> tuple[list[tuple[EventFile, str]], tuple[LoadedBefore, ...]]:
    """The files to load, with the digests of their contents, and those that are left out."""
    loaded: dict[str, tuple[Path, datetime | None]] = {} if again else {**loaded_files.known(into)}
    chosen, before = [], []
    for file in files:
        digest = file.digest()
        if digest in loaded:
            before.append(LoadedBefore(file.path, *loaded[digest]))
            continue
        chosen.append((file, digest))
        loaded[digest] = (file.path, None)
    return chosen, tuple(before)


def _keep_bad(staged: Staged, path: Path) -> Path | None:
    if not staged.bad_rows:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as kept, staged.bad_file.open(encoding="utf-8") as lines:
        kept.writelines(lines)
    return path
