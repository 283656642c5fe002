"""Training sets in Python, without the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from snowplow_signals import workspace
from snowplow_signals.datasets.anchors import Anchors, anchors_of, anchors_of_pairs
from snowplow_signals.datasets.choosing import opened_parts
from snowplow_signals.datasets.dataset import Dataset
from snowplow_signals.datasets.query import Mode
from snowplow_signals.deployment.deployed import Deployed


def build(
    project: str | Path,
    anchors: str | Path | Iterable[tuple[str, datetime]],
    *,
    views: Sequence[str] = (),
    mode: Mode = "as_served",
    known: bool = False,
    target: str | None = None,
    variables: Mapping[str, object] | None = None,
) -> Iterator[dict[str, Any]]:
    """The attributes of views as they were at moments of the past: a row per anchor, in their order.

    `project` is the folder of a dbt project that was generated and run, or one that holds several. `anchors` are pairs
    of an identifier and a moment (without a zone: UTC), or the name of a CSV or Parquet file or of a table
    (`schema.table`), whose other columns are passed through; rows of a table come by identifier and moment. `views` are
    names, or `name@version`; without them the only view there is. A row holds the identifier, `anchor_tstamp`, the
    columns of the anchors and the attributes, which are None for entities that had no event by then. `mode`, `known`:
    as of `dataset build`.

    `pandas.DataFrame(build(...))` is a data frame; of rows that are too many for one,
    `pandas.DataFrame(itertools.islice(rows, 100_000))` is a part. The warehouse is open until all rows are read. Raises
    UsageError for anchors or a project that cannot be used, SourceError for a table that is not there, RunError with
    the engine's words.
    """
    views = [views] if isinstance(views, str) else views
    folder = Path(project).absolute()
    if (folder / workspace.BASE_CONFIG).is_file():
        projects = workspace.projects(folder.parent, folder.name)
    else:
        projects = workspace.projects(folder)
    with (
        opened_parts(projects, views, target=target, variables=variables) as parts,
        _given(anchors, parts[0].deployed) as given,
    ):
        dataset = Dataset.of(parts, mode=mode, known=known)
        names = dataset.header(given.others)
        with dataset.built(given) as built:
            for row in built.rows():
                yield dict(zip(names, row, strict=True))


@contextmanager
def _given(anchors: str | Path | Iterable[tuple[str, datetime]], deployed: Deployed) -> Iterator[Anchors]:
    if isinstance(anchors, str | Path):
        with anchors_of(str(anchors), deployed) as found:
            yield found
    else:
        yield anchors_of_pairs(anchors)
