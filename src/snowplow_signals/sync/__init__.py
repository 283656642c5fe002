"""Copying what changed in the warehouse to the profiles store.

`sources` says what is read, `copying` how one view is copied, `projects` and `published` which views there are, and
`regular` does it again and again.
"""

from snowplow_signals.stores import open_store
from snowplow_signals.sync.copying import SyncProgress, SyncResult
from snowplow_signals.sync.projects import sync_project

__all__ = ["SyncProgress", "SyncResult", "open_store", "sync_project"]
