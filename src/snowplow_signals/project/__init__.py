"""From a plan to the files of a dbt project: models, macros, variables, limits of the engine."""
