"""The views of a definitions file."""

from pathlib import Path

from snowplow_signals.definitions.views import View


def load_views(path: Path) -> list[View]:
    namespace: dict[str, object] = {}
    exec(compile(path.read_bytes(), str(path), "exec"), namespace)
    return [value for value in namespace.values() if isinstance(value, View)]
