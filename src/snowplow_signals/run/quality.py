"""What is expected of attributes, checked by a run: after it has published, or, when it is to stop, before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from snowplow_signals.definitions import Attribute
from snowplow_signals.deployment.dbt import Invocation
from snowplow_signals.deployment.deployed import deployed_in
from snowplow_signals.errors import QualityError
from snowplow_signals.warehouse.connection import Warehouse

MODEL = "attribute_statistics"
COMPARED = "attributes_this_run"
"""The last model of a run that writes nothing that is served."""


@dataclass(frozen=True)
class FailedExpectation:
    """An expectation that an attribute of a view, by its full name, does not meet; `found` is for people."""

    view: str
    attribute: str
    rule: str
    found: str

    def __str__(self) -> str:
        return f"{self.view}, attribute {self.attribute!r} is not as expected: {self.found}"


class Quality:
    """The expectations of a project's attributes. A project that declares none is asked nothing."""

    def __init__(
        self,
        folder: Path,
        warehouse: Warehouse,
        variables: Mapping[str, object],
        invocation: Invocation,
        *,
        stops: bool,
    ) -> None:
        self.stops = stops
        """Whether what is not as expected is not published."""
        self._invocation = invocation
        self._deployed = deployed_in(folder, warehouse, variables, invocation)
        plan = None if self._deployed is None else self._deployed.plan
        views = [] if plan is None else [view.view for view in plan.views] or [plan.view]
        self._expected: dict[tuple[str, str], tuple[str, Attribute]] = {
            (view.project_name, attribute.column): (view.full_name, attribute)
            for view in views
            for attribute in view.attributes
            if isinstance(attribute, Attribute) and attribute.expect is not None
        }

    @property
    def models_before(self) -> frozenset[str]:
        """The models that are built before values are checked."""
        from snowplow_signals.project.models import MODELS

        names = [name for _, name, _ in MODELS]
        return frozenset(names[: names.index(COMPARED) + 1])

    def failed(self) -> tuple[FailedExpectation, ...]:
        """What is published now and not as expected."""
        if not self._expected or self._deployed is None:
            return ()
        from snowplow_signals.inspect.quality import project_quality

        found = project_quality(self._deployed)
        return tuple(
            FailedExpectation(view.view, attribute, finding.rule, finding.text)
            for view in found
            if view.is_current
            for attribute, finding in view.failures
        )

    def check_candidate(self, run: Mapping[str, object]) -> None:
        """Raises QualityError when values that would be published are not as expected, naming all of them. `run` is
        what the project's macros know of it."""
        if not self._expected or self._deployed is None:
            return
        from snowplow_signals.inspect.quality import unmet
        from snowplow_signals.inspect.statistics import from_row, statistics_of
        from snowplow_signals.project.models.statistics import column_names

        asked = self._invocation.compiled(MODEL, {"signals__run": {**run, "is_candidate": True}})
        names = column_names()
        rows = self._deployed.warehouse.fetch(f"select {', '.join(names)} from ({asked}) as candidate")
        before = statistics_of(self._deployed)
        failed = []
        for row in rows:
            candidate = from_row(dict(zip(names, row, strict=True)))
            view, attribute = self._expected.get((candidate.view, candidate.attribute), ("", None))
            if attribute is None or attribute.expect is None:
                continue
            history = [one for one in before if (one.view, one.attribute) == (candidate.view, candidate.attribute)]
            for finding in unmet(attribute.expect, [*history, candidate]):
                failed.append(FailedExpectation(view, attribute.name, finding.rule, finding.text))
        if failed:
            raise QualityError(
                f"{self._invocation.project}: nothing was published, since values are not as expected; the former ones "
                "stay. `run` without --fail-on-quality publishes them all the same\n"
                + "\n".join(f"  attribute {one.attribute!r}: {one.found}" for one in failed),
                project=self._invocation.project,
                failed=tuple(failed),
            )
