"""On BigQuery, what a killed run has left running is cancelled by the next one, which waits for its end."""

from typing import Any

from snowplow_signals.dialects.bigquery.connection import BigQuerySession

EVENTS, OTHER = "`p`.`signals_derived`.`shop_1_filtered_events`", "`p`.`other`.`events`"


class Job:
    def __init__(self, job_id: str, query: str | None, invocation: str | None = "of the killed run") -> None:
        self.job_id, self.query = job_id, query
        self.labels = {"dbt_invocation_id": invocation} if invocation else None
        self.calls: list[Any] = []

    def cancel(self) -> None:
        self.calls.append("cancel")

    def exception(self, timeout: float) -> None:
        self.calls.append(("wait", timeout))
        if self.job_id == "slow":
            raise TimeoutError


class Client:
    def __init__(self, **jobs: list[Job]) -> None:
        self.jobs = jobs

    def list_jobs(self, state_filter: str) -> list[Job]:
        return self.jobs.get(state_filter, [])


def test_what_writes_to_our_tables_is_cancelled_and_waited_for() -> None:
    ours = [
        Job("slow", f'/* {{"app": "dbt"}} */ insert into {EVENTS} (a) select 1'),
        Job("queued", f"merge into {EVENTS} as stored using x on true"),
        Job("whole", f"create or replace table {EVENTS} as select 1"),
    ]
    others = [
        Job("reads", f"select * from {EVENTS}"),
        Job("of another table", f"insert into {OTHER} (a) select 1"),
        Job("of a person", f"delete from {EVENTS} where true", None),
        Job("a load", None),
    ]
    client = Client(pending=[ours[1]], running=[ours[0], ours[2], ours[1], *others])
    assert BigQuerySession().cancel_left_over(client, [EVENTS]) == 3
    assert [job.calls for job in others] == [[]] * 4
    for job in ours:
        assert job.calls[0] == "cancel"
        assert ("wait", 60.0) in job.calls


def test_nothing_is_left() -> None:
    assert BigQuerySession().cancel_left_over(Client(), [EVENTS]) == 0
