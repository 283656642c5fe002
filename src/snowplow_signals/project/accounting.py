"""The accounting: what each row that a run read became. The outcomes of a run add up to the rows it read."""

REASONS = ("incomplete", "before_start", "other_app", "no_entity", "irrelevant")
"""Why a row is left out, in the order of the rules: the first that holds names the reason."""

OUTCOMES = ("used", "duplicate", "seen_before", *REASONS)

ROWS_READ = "rows_read"
LEFT_OUT_COLUMNS = tuple(f"rows_{reason}" for reason in REASONS)
OUTCOME_COLUMNS = tuple(f"rows_{outcome}" for outcome in OUTCOMES)
ROW_COUNTS = (ROWS_READ, *OUTCOME_COLUMNS, "winners_replaced")
"""The columns of chunk_manifest and run_history that count rows; the last one counts stored events that gave way."""
