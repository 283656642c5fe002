"""The bodies of requests as JSON Schema: exactly what is accepted, as far as a schema can express it.

pydantic could make these of the definitions, but not their rules that concern several fields at once (which types an
aggregation may have, which literals an operator takes), nor what is only on the wire: two spellings, properties as
text, nulls for what is left out.
"""

from __future__ import annotations

from snowplow_signals.server.schemas import attributes, datasets, expressions, parts, properties, published, requests
from snowplow_signals.server.schemas.parts import Schema


def described() -> dict[str, Schema]:
    """Every schema by its name."""
    modules = (parts, properties, attributes, expressions, published, requests, datasets)
    return {name: schema for module in modules for name, schema in module.described().items()}
