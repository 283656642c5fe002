"""What the macros of a project have to know of it: its models in their order, its variables, its definition."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5

from snowplow_signals.models.layout import fill
from snowplow_signals.plan import Plan
from snowplow_signals.settings import OLDER_NAMES, VARIABLES

TABLES_LAYOUT = 2
"""Which columns the tables have that are kept from run to run: another number as soon as they are others. Tables
without a number were made before there was one, and are of another layout."""

PROJECT_MACROS = """\
{#- What the other macros know of this project. -#}

{% macro signals_identifier() -%}
  {{ return('$identifier') }}
{%- endmacro %}

{% macro signals_phases() -%}
  {#- The models of each phase, in the order in which they are built. -#}
  {{ return([
      $phases
  ]) }}
{%- endmacro %}

{% macro signals_variables() -%}
  {#- The variables that can be set, older names included. -#}
  {{ return([
      $variables
  ]) }}
{%- endmacro %}

{% macro signals_definition_id() -%}
  {#- Another text as soon as the tables would be built from something else. -#}
  {{ return(local_md5('$fingerprint' ~ signals_start_date() ~ signals_app_ids() | tojson)) }}
{%- endmacro %}
"""


def project_macros(plan: Plan, models: Sequence[tuple[str, str]]) -> str:
    """`models`: phase and name, in the order in which they are built."""
    phases = {phase: ["definition"] for phase, _ in models}
    for phase, name in models:
        if name != "definition":
            phases[phase].append(name)
    names = [variable.name for variable in VARIABLES] + list(OLDER_NAMES)
    parts = "\n".join(f"{part} {fingerprint}" for part, fingerprint in plan.fingerprints().items())
    parts += f"\nlayout {TABLES_LAYOUT}"
    return fill(
        PROJECT_MACROS,
        identifier=plan.identifier,
        phases=",\n".join(_listed(names) for names in phases.values()),
        variables=",\n".join(f"'{name}'" for name in names),
        fingerprint=md5(parts.encode(), usedforsecurity=False).hexdigest(),
    )


def _listed(names: list[str]) -> str:
    lines = ",\n".join(f"    '{name}'" for name in names)
    return f"[\n{lines}\n]"
