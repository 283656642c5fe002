"""Tables as OpenLineage names them, with the columns that each of their columns comes from.

https://openlineage.io/docs/spec/facets/dataset-facets/column_lineage_facet
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snowplow_signals.definitions import View
from snowplow_signals.plan.lineage import Lineage, Role, view_node

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.generated.base import DatasetFacet
    from openlineage.client.generated.column_lineage_dataset import InputField

TRANSFORMATIONS: dict[Role, tuple[str, str]] = {
    "value": ("DIRECT", "AGGREGATION"),
    "order": ("INDIRECT", "SORT"),
    "criterion": ("INDIRECT", "FILTER"),
    "event": ("INDIRECT", "FILTER"),
    "identifier": ("INDIRECT", "GROUP_BY"),
    "time": ("INDIRECT", "WINDOW"),
    "scope": ("INDIRECT", "FILTER"),
}
"""What a column is used for, in OpenLineage's words."""
IDENTITY = ("DIRECT", "IDENTITY")


@dataclass(frozen=True)
class Table:
    """A table: the namespace of the database, and the name in it. https://openlineage.io/docs/spec/naming"""

    namespace: str
    name: str

    @classmethod
    def at(cls, namespace: str, place: Sequence[str | None]) -> Table:
        """By database, schema and name, of which engines without databases have two."""
        return cls(namespace, ".".join(part for part in place if part))

    def read(self) -> InputDataset:
        from openlineage.client.event_v2 import InputDataset

        return InputDataset(self.namespace, self.name)

    def written(self, facets: Mapping[str, DatasetFacet], rows: int | None = None) -> OutputDataset:
        """With the number of rows that were written, if it is known."""
        from openlineage.client.event_v2 import OutputDataset
        from openlineage.client.generated.output_statistics_output_dataset import OutputStatisticsOutputDatasetFacet

        statistics = {} if rows is None else {"outputStatistics": OutputStatisticsOutputDatasetFacet(rowCount=rows)}
        return OutputDataset(self.namespace, self.name, facets=dict(facets), outputFacets=dict(statistics))


def facets_of_attributes(view: View, graph: Lineage, events: Table) -> dict[str, DatasetFacet]:
    """Of the attributes table of a view, computed from the events."""
    from openlineage.client.generated.column_lineage_dataset import ColumnLineageDatasetFacet, Fields

    rows = graph.sources(view_node(view))
    [identifier] = [column for column, roles in rows.items() if "identifier" in roles]
    fields = {view.entity.column: Fields([_field(events, identifier, [IDENTITY])])}
    for attribute in view.attributes:
        sources = graph.sources(graph.attribute(view, attribute.name))
        fields[attribute.column] = Fields([_used(events, column, roles) for column, roles in sources.items()])
    lineage = ColumnLineageDatasetFacet(fields, [_used(events, column, roles) for column, roles in rows.items()])
    return {**_described(view), "columnLineage": lineage}


def facets_of_profiles(view: View, source: Table) -> dict[str, DatasetFacet]:
    """Of a view's profiles, copied from a table."""
    from openlineage.client.generated.column_lineage_dataset import ColumnLineageDatasetFacet, Fields

    columns = {view.entity.identifier: view.entity.column, **{one.name: one.column for one in view.attributes}}
    fields = {name: Fields([_field(source, column, [IDENTITY])]) for name, column in columns.items()}
    return {**_described(view), "columnLineage": ColumnLineageDatasetFacet(fields)}


def _described(view: View) -> dict[str, DatasetFacet]:
    from openlineage.client.generated.documentation_dataset import DocumentationDatasetFacet
    from openlineage.client.generated.ownership_dataset import Owner, OwnershipDatasetFacet
    from openlineage.client.generated.schema_dataset import SchemaDatasetFacet, SchemaDatasetFacetFields

    columns = [SchemaDatasetFacetFields(view.entity.column, "string")]
    columns += [SchemaDatasetFacetFields(one.column, one.type, one.description) for one in view.attributes]
    facets: dict[str, DatasetFacet] = {
        "schema": SchemaDatasetFacet(columns),
        "ownership": OwnershipDatasetFacet([Owner(str(view.owner), "MAINTAINER")]),
    }
    if view.description:
        facets["documentation"] = DocumentationDatasetFacet(view.description)
    return facets


def _used(table: Table, column: str, roles: Sequence[Role]) -> InputField:
    return _field(table, column, [TRANSFORMATIONS[role] for role in roles])


def _field(table: Table, column: str, transformations: Sequence[tuple[str, str]]) -> InputField:
    from openlineage.client.generated.column_lineage_dataset import InputField, Transformation

    distinct = dict.fromkeys(transformations)
    return InputField(table.namespace, table.name, column, [Transformation(kind, sub) for kind, sub in distinct])
