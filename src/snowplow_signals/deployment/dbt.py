"""dbt in this process: a project is parsed once, then its models are built phase by phase.

Nothing of dbt's console output is shown; what a user has to know is returned as values and raised as our errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snowplow_signals.deployment.costs import ModelCost
from snowplow_signals.errors import BusyError, DefinitionError, Problem, RunError, SignalsError, SourceError, UsageError
from snowplow_signals.project.packages import is_package, root_of
from snowplow_signals.warehouse.connection import BUSY, busy

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

QUIET = (
    "--quiet",
    "--no-print",
    "--no-use-colors",
    "--no-write-json",
    "--no-send-anonymous-usage-stats",
    "--log-level=none",
    "--log-level-file=none",
)

# What the macros of the generated project say when they stop a run, and what kind of error it is.
REFUSALS: tuple[tuple[str, type[SignalsError]], ...] = (
    ("Another run of", BusyError),
    ("The definition is not the one", DefinitionError),
    ("--full-refresh drops", UsageError),
    ("The events table", SourceError),
    ("Nothing was written", UsageError),
    ("snowplow__", UsageError),
)

OnModel = Callable[[str, bool, bool], None]
"""Called with a model's name, whether it is finished (else it starts), and whether it was built."""

Place = tuple[str | None, str, str]
"""Database, schema and name of a table."""

Log = Callable[[str], None]
"""Called with each line that dbt would show with its log turned on: what it does, and the SQL that it sends."""

PLANNED = "signals plan: "
"""What the macro begins its line with that says how a definition has changed."""

STOPPED = "signals_stopped"
"""What the macros find in dbt's graph after `Invocation.stop`."""

SQL_EVENTS = ("SQLQuery", "SQLQueryStatus")


class Invocation:
    """The dbt project in `folder`, parsed; as a package, where another one has it. Models go by their names without the
    project's prefix; those of one of its views, where it computes several, have the view's.
    """

    def __init__(
        self,
        folder: Path,
        profiles_dir: Path,
        target: str | None,
        variables: Mapping[str, object],
        log: Log | None = None,
    ) -> None:
        self._folder = folder
        self._arguments = [*QUIET, "--project-dir", str(root_of(folder)), "--profiles-dir", str(profiles_dir)]
        if target is not None:
            self._arguments += ["--target", target]
        self._variables = dict(variables)
        self._log = log
        self.project = folder.absolute().name  # as it is called once it is parsed
        self.warnings: list[str] = []
        self.sent: dict[str, str] = {}
        """The query of each model that was built last, as it was sent."""
        self._manifest = self._parse()

    def _parse(self) -> Manifest:
        # with the user's variables only: dbt's cache of the parsed project depends on them, and they seldom change
        result = self._invoke(["parse", *self._variables_argument({})], None, [])
        manifest: Any = result.result  # dbt has one type for what all of its commands return
        if manifest is None:
            raise self._error(str(result.exception), None)
        if not is_package(self._folder):
            self.project = manifest.metadata.project_name
        parsed: Manifest = manifest
        return parsed

    def models(self, tag: str) -> list[str]:
        """The models of a phase."""
        return [self._short(node.name) for node in self._models() if tag in node.tags]

    def relation(self, model: str) -> str:
        """A model's table, as it is written in a query: where dbt has put it, whatever macros named it."""
        return str(self._node(model).relation_name)

    def place(self, model: str) -> Place:
        """Database, schema and name of a model's table."""
        node = self._node(model)
        return node.database, node.schema, node.alias

    def _incomplete(self, what: str) -> UsageError:
        return UsageError(
            f"{self.project}: its dbt project lacks {what}, or it cannot be read; `generate` writes what is missing"
        )

    @property
    def tables(self) -> dict[str, str]:
        """The tables of all models, by the models' names."""
        return {self._short(node.name): node.relation_name for node in self._models()}

    @property
    def lease(self) -> Place:
        """Where the table of the lease is: beside the definition, as the macro `signals_lease` says too."""
        database, schema, name = self.place("definition")
        return database, schema, f"{name.removesuffix('_definition')}_lease"

    @property
    def lock(self) -> str:
        """What a lock of these tables is called, as `signals_lease` of the engine's macros says too."""
        _, schema, name = self.place("definition")
        return f"{schema.removesuffix('_snowplow_manifest')}.{name.removesuffix('_definition')}"

    def _models(self) -> list[Any]:
        nodes: Iterable[Any] = self._manifest.nodes.values()
        return [node for node in nodes if node.resource_type == "model" and node.package_name == self.project]

    def _node(self, model: str) -> Any:
        found = self._manifest.nodes.get
        node = found(f"model.{self.project}.{self.project}_{model}") or found(f"model.{self.project}.{model}")
        if node is None:
            raise self._incomplete(f"the model {self.project}_{model}")
        return node

    @property
    def events_table(self) -> Place:
        """Database, schema and name of the events table, with the variables applied."""
        source = self._manifest.sources.get(f"source.{self.project}.atomic.events")
        if source is None:
            raise self._incomplete("models/sources.yml")
        return source.database, source.schema, source.identifier

    def run(
        self,
        models: Sequence[str],
        variables: Mapping[str, object],
        *,
        full_refresh: bool = False,
        on_model: OnModel | None = None,
    ) -> dict[str, ModelCost]:
        """Build models; returns what each cost.

        Raises RunError with the model and the engine's words, or the error that the project's macros mean.
        """
        names = [self._node(model).name for model in models]
        arguments = ["run", "--no-defer", "--select", *names, *self._variables_argument(variables)]
        if full_refresh:
            arguments.append("--full-refresh")
        result = self._invoke(arguments, self._manifest, [self._listener(on_model)])
        built: Any = result.result
        done = built.results if built is not None else []
        for node in done:
            if node.status == "error":
                raise self._error(node.message or "", self._short(node.node.name))
        if not result.success:
            raise self._error(str(result.exception or "dbt failed without saying why"), None)
        self.sent |= {self._short(node.node.name): node.node.compiled_code or "" for node in done}
        return {
            self._short(node.node.name): ModelCost.of(node.execution_time, node.adapter_response or {}) for node in done
        }

    def stop(self) -> None:
        """Have the models that have not begun yet fail before they write: the macro `signals_begin_model` asks. A
        listener cannot raise, since dbt calls it in the threads that it waits for."""
        self._manifest.flat_graph[STOPPED] = True

    def change(self) -> dict[str, Any]:
        """How the definition differs from what the tables were built from, and what follows from that, as the first
        model of a run finds it; nothing is written. Empty before the first run."""
        said: list[str] = []

        def listen(event: EventMsg) -> None:
            if event.info.name == "JinjaLogInfo" and event.data.msg.startswith(PLANNED):
                said.append(event.data.msg.removeprefix(PLANNED))

        arguments = ["compile", "--no-defer", "--select", f"{self.project}_definition"]
        result = self._invoke(
            [*arguments, *self._variables_argument({"signals__plan": True})], self._manifest, [listen]
        )
        done: Any = result.result
        for node in done.results if done is not None else []:
            if node.status == "error":
                raise self._error(node.message or "", self._short(node.node.name))
        if not result.success or not said:
            raise self._error(str(result.exception or "dbt failed without saying why"), None)
        found: dict[str, Any] = json.loads(said[-1])
        return found

    def compiled(self, model: str, variables: Mapping[str, object]) -> str:
        """The query of a model as it would be sent now; nothing is written. Raises as `run` does."""
        arguments = ["compile", "--no-defer", "--select", self._node(model).name, *self._variables_argument(variables)]
        result = self._invoke(arguments, self._manifest, [])
        done: Any = result.result
        for node in done.results if done is not None else []:
            if node.status == "error":
                raise self._error(node.message or "", self._short(node.node.name))
            return str(node.node.compiled_code)
        raise self._error(str(result.exception or "dbt failed without saying why"), None)

    def _variables_argument(self, variables: Mapping[str, object]) -> list[str]:
        return ["--vars", json.dumps({**self._variables, **variables}, default=str)]

    def _invoke(self, arguments: list[str], manifest: Manifest | None, callbacks: list[Any]) -> dbtRunnerResult:
        from dbt.cli.main import dbtRunner

        listeners = [*callbacks, self._log_event] if self._log is not None else callbacks
        result = dbtRunner(manifest=manifest, callbacks=listeners).invoke([*arguments, *self._arguments])
        if isinstance(result.exception, KeyboardInterrupt | SystemExit):
            raise result.exception
        return result

    def _log_event(self, event: EventMsg) -> None:
        if self._log is not None and (event.info.level != "debug" or event.info.name in SQL_EVENTS):
            self._log(str(getattr(event.info, "msg", "")))

    def _listener(self, on_model: OnModel | None) -> Callable[[EventMsg], None]:
        def listen(event: EventMsg) -> None:
            name = event.info.name
            if name in ("NodeStart", "NodeFinished") and on_model is not None:
                is_finished = name == "NodeFinished"
                is_built = is_finished and event.data.run_result.status == "success"
                on_model(self._short(event.data.node_info.node_name), is_finished, is_built)
            elif name == "JinjaLogWarning" and event.data.msg not in self.warnings:
                self.warnings.append(event.data.msg)

        return listen

    def _short(self, model: str) -> str:
        return model.removeprefix(f"{self.project}_")

    def _error(self, message: str, model: str | None) -> SignalsError:
        words = engine_words(message)
        if BUSY.search(words):
            return busy(self.project, words)
        for beginning, kind in REFUSALS:
            if words.startswith(beginning):
                text = f"{self.project}: {words}"
                return DefinitionError(Problem("", text)) if kind is DefinitionError else kind(text)
        where = f"{self.project}, model {model}" if model else self.project
        return RunError(f"{where}: {words}", project=self.project, model=model)


_HEADING = re.compile(r"\w+ Error( in |$)")


def engine_words(message: str) -> str:
    """The message of the engine or a macro, without dbt's own text around it."""
    lines = [line.strip() if index == 0 else line.removeprefix("  ") for index, line in enumerate(message.splitlines())]
    if len(lines) > 1 and _HEADING.match(lines[0]):
        del lines[0]
    while len(lines) > 1 and _HEADING.match(lines[0]):  # an error within another one
        lines = [line.removeprefix("  ") for line in lines[1:]]
    kept: list[str] = []
    for line in lines:
        if re.match(r"\s*(> in macro|> called by|compiled code at)", line):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()
