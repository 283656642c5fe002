"""Folders on disk: which project lies where, what `init` and `generate` write, and what they must not touch.

    <repo path>/
        profiles.yml                     how dbt reaches the warehouse (made for DuckDB only)
        profiles.example.yml             what to write there for another warehouse
        <view>_<version>/                one project; of several views, <identifier>_views_1/
            configs/base_config.json             the definition, as data
            configs/batch_source_config.json     where its attributes will be
            configs/generated.json               the files that `generate` wrote, by their hashes
            dbt_project.yml, models/, ...        the dbt project

Everything is checked before anything is written, and each file is replaced as a whole.
"""

from snowplow_signals.project.packages import PROFILES_FILE
from snowplow_signals.workspace.dbt_profile import DEFAULT_DATABASE
from snowplow_signals.workspace.generate import GenerateResult, generate
from snowplow_signals.workspace.init import InitResult, init, of_project, select_views, why_not_computed
from snowplow_signals.workspace.projects import (
    BASE_CONFIG,
    BATCH_SOURCE_CONFIG,
    Computed,
    Project,
    all_projects,
    batch_source_of,
    latest_of_view,
    projects,
    read_project,
    require_generated,
    require_target_type,
    views_of,
)
from snowplow_signals.workspace.validate import check_views

__all__ = [
    "BASE_CONFIG",
    "BATCH_SOURCE_CONFIG",
    "DEFAULT_DATABASE",
    "PROFILES_FILE",
    "Computed",
    "GenerateResult",
    "InitResult",
    "Project",
    "all_projects",
    "batch_source_of",
    "check_views",
    "generate",
    "init",
    "latest_of_view",
    "of_project",
    "projects",
    "read_project",
    "require_generated",
    "require_target_type",
    "select_views",
    "views_of",
    "why_not_computed",
]
