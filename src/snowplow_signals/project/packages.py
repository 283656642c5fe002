"""A generated project that another dbt project has as a package: that other one, the root, is the one that dbt parses.

Its profile, its variables, and its macros and settings for schemas and names decide then.
"""

from __future__ import annotations

from pathlib import Path

from snowplow_signals.project.yaml_files import read_mapping

PROJECT_FILE, PROFILES_FILE = "dbt_project.yml", "profiles.yml"
INSTALLED = "dbt_packages"
"""Where `dbt deps` puts packages, unless `packages-install-path` says otherwise."""


def packages_of(root: Path) -> Path | None:
    """The folder into which a dbt project's packages are installed; None when `root` holds no dbt project."""
    file = root / PROJECT_FILE
    return root / str(read_mapping(file).get("packages-install-path", INSTALLED)) if file.is_file() else None


def root_of(folder: Path) -> Path:
    """The dbt project that is parsed for the one in `folder`: that among whose packages it is, else itself.

    Raises UsageError when the file of a dbt project above it cannot be read.
    """
    place = folder.absolute()
    for above in place.parents[1:]:
        installed = packages_of(above)
        if installed is not None:
            return above if installed == place.parent else folder
    return folder


def is_package(folder: Path) -> bool:
    return root_of(folder) != folder
