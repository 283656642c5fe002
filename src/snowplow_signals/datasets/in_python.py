"""Training sets in Python, without the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from snowplow_signals import workspace
from snowplow_signals.datasets.anchors import Anchors, anchors_of
from snowplow_signals.datasets.dataset import Dataset, anchor_of
from snowplow_signals.datasets.query import Mode
from snowplow_signals.deployment.deployed import Deployed, opened


def build(
    project: str | Path,
    anchors: str | Path | Iterable[tuple[str, datetime]],
    *,
    mode: Mode = "as_served",
    known: bool = False,
    target: str | None = None,
    variables: Mapping[str, object] | None = None,
) -> Iterator[dict[str, Any]]:
    """The attributes of a view as they were at moments of the past: a row per anchor, in their order.

    `project` is the folder of a dbt project that was generated and run. `anchors` are pairs of an identifier and a
    moment (without a zone: UTC), or the name of a CSV or Parquet file or of a table (`schema.table`), whose other
    columns are passed through. A row holds the identifier, `anchor_tstamp`, those columns and the attributes, which are
    None for entities that had no event by then. `mode`, `known`: as of `dataset build`.

    `pandas.DataFrame(build(...))` is a data frame. Rows are computed as they are read, with the warehouse open.
    Raises UsageError for anchors or a project that cannot be used, SourceError for a table that is not there, RunError
    with the engine's words.
    """
    folder = Path(project).absolute()
    found = workspace.projects(folder.parent, folder.name)[0]
    workspace.require_generated(found)
    with (
        opened(
            found.folder,
            found.definition,
            found.target_type,
            found.profiles_dir,
            target=target,
            variables=dict(variables or {}),
        ) as deployed,
        _given(anchors, deployed) as given,
    ):
        dataset = Dataset(deployed, mode=mode, known=known)
        names = dataset.header(given.others)
        for row in dataset.whole_rows(given.rows):
            yield dict(zip(names, row, strict=True))


@contextmanager
def _given(anchors: str | Path | Iterable[tuple[str, datetime]], deployed: Deployed) -> Iterator[Anchors]:
    if isinstance(anchors, str | Path):
        with anchors_of(str(anchors), deployed) as found:
            yield found
    else:
        pairs = enumerate(anchors, start=1)
        yield Anchors((), (anchor_of(entity, moment, (), f"anchor {number}") for number, (entity, moment) in pairs))
