"""BigQuery's REST interface, as far as dbt and its client use it, over GoogleSQL itself.

Queries are computed by GoogleSQL (language.py); tables are kept in memory (warehouse.py). It runs in an environment of
its own, see tests/googlesql.py: `python tests/bigquery_emulator PORT`.
"""

import json
import sys
import threading
import uuid
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from answers import cell_of, schema_of
from language import Refused, Table
from warehouse import Warehouse


class Jobs:
    """What was asked, and what came of it."""

    def __init__(self) -> None:
        self.warehouse = Warehouse()
        self.done: dict[str, dict[str, Any]] = {}
        self.found: dict[str, Table] = {}

    def run(self, body: dict[str, Any]) -> dict[str, Any]:
        query = body["configuration"]["query"]
        job = body.get("jobReference", {}).get("jobId") or str(uuid.uuid4())
        now = str(int(datetime.now(UTC).timestamp() * 1000))
        kind, table, count, place = "SELECT", Table([]), 0, None
        status: dict[str, Any] = {"state": "DONE"}
        try:
            kind, table, count, place = self.warehouse.done(query["query"])
        except Refused as refused:
            problem = {"reason": refused.reason, "message": str(refused), "location": "query"}
            status |= {"errorResult": problem, "errors": [problem]}
        answer = {
            "statementType": kind,
            "numDmlAffectedRows": str(count),
            "totalBytesProcessed": "0",
            "cacheHit": False,
        }
        dataset, name = place or ("_anonymous", job)
        destination = {"projectId": "emulated", "datasetId": dataset, "tableId": name}
        self.found[job] = table
        self.done[job] = {
            "kind": "bigquery#job",
            "id": f"emulated:US.{job}",
            "jobReference": {"projectId": "emulated", "jobId": job, "location": "US"},
            "configuration": {
                "jobType": "QUERY",
                "query": {**query, "destinationTable": destination},
            },
            "status": status,
            "statistics": {"creationTime": now, "startTime": now, "endTime": now, "query": answer},
        }
        return self.done[job]

    def results(self, job: str, start: int, most: int | None) -> dict[str, Any]:
        table = self.found[job]
        status = self.done[job]["status"]
        if "errorResult" in status:
            raise Refused(status["errorResult"]["message"], 400, status["errorResult"]["reason"])
        end = len(table.rows) if most is None else start + most
        kinds = [kind for _, kind in table.columns]
        answer: dict[str, Any] = {
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": self.done[job]["jobReference"],
            "jobComplete": True,
            "totalRows": str(len(table.rows)),
            "schema": schema_of(table.columns),
            "rows": [
                {"f": [{"v": cell_of(cell, kind)} for cell, kind in zip(row, kinds, strict=True)]}
                for row in table.rows[start:end]
            ],
        }
        if end < len(table.rows):
            answer["pageToken"] = str(end)
        return answer


class Handler(BaseHTTPRequestHandler):
    """The routes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body waited for the acknowledgement of its headers, 40 ms an answer
    jobs = Jobs()
    lock = threading.Lock()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, method: str) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(size)
        body = json.loads(content) if content else {}
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        parts = [unquote(part) for part in url.path.removeprefix("/bigquery/v2/").strip("/").split("/")]
        try:
            with self.lock:
                answer, code = self._answer_to(method, parts, asked, body), 200
        except Refused as refused:
            problem = {"reason": refused.reason, "message": str(refused), "domain": "global"}
            answer, code = {"error": {"code": refused.code, "message": str(refused), "errors": [problem]}}, refused.code
        data = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def _answer_to(self, method: str, parts: list[str], asked: dict[str, str], body: dict[str, Any]) -> Any:
        datasets = self.jobs.warehouse.datasets
        match (method, *parts):
            case ("POST", "projects", _, "jobs"):
                return self.jobs.run(body)
            case ("GET", "projects", _, "jobs"):  # each statement is through when it is answered
                return {"jobs": []}
            case ("GET", "projects", _, "jobs", job):
                return self.jobs.done[job]
            case ("GET", "projects", _, "queries", job):
                most = asked.get("maxResults")
                return self.jobs.results(
                    job, int(asked.get("pageToken") or asked.get("startIndex") or 0), int(most) if most else None
                )
            case ("GET", "projects", _, "datasets"):
                return {"datasets": [_dataset(name) for name in datasets]}
            case ("POST", "projects", _, "datasets"):
                name = body["datasetReference"]["datasetId"]
                if name in datasets:
                    raise Refused(f"Already Exists: Dataset emulated:{name}", 409, "duplicate")
                datasets[name] = {}
                return _dataset(name)
            case ("GET", "projects", _, "datasets", "_anonymous", "tables", job):
                found = self.jobs.found[job]
                return _table("_anonymous", job) | {"schema": schema_of(found.columns), "numRows": str(len(found.rows))}
            case (_, "projects", _, "datasets", name, *rest):
                if name not in datasets:
                    raise Refused(f"Not found: Dataset emulated:{name}", 404, "notFound")
                return self._in_dataset(method, name, rest)
        raise Refused(f"the emulator has no {method} {'/'.join(parts)}", 501, "notImplemented")

    def _in_dataset(self, method: str, dataset: str, rest: list[str]) -> Any:
        found = self.jobs.warehouse
        match (method, *rest):
            case ("GET",):
                return _dataset(dataset)
            case ("DELETE",):
                del found.datasets[dataset]
                return {}
            case ("GET", "tables"):
                return {"tables": [self._table(dataset, name) for name in found.datasets[dataset]]}
            case ("GET", "tables", name):
                table = found.table(dataset, name)
                answer = {"schema": schema_of(table.columns), "numRows": str(len(table.rows)), "numBytes": "0"}
                return self._table(dataset, name) | answer
            case ("DELETE", "tables", name):
                found.table(dataset, name)
                del found.datasets[dataset][name]
                found.views.pop((dataset, name), None)
                return {}
        raise Refused(f"the emulator has no {method} of {'/'.join(rest)}", 501, "notImplemented")

    def _table(self, dataset: str, name: str) -> dict[str, Any]:
        is_view = (dataset, name) in self.jobs.warehouse.views
        return _table(dataset, name) | {"type": "VIEW" if is_view else "TABLE"}


def _dataset(name: str) -> dict[str, Any]:
    return {"datasetReference": {"projectId": "emulated", "datasetId": name}, "location": "US", "id": name}


def _table(dataset: str, name: str) -> dict[str, Any]:
    reference = {"projectId": "emulated", "datasetId": dataset, "tableId": name}
    return {"tableReference": reference, "type": "TABLE", "id": f"emulated:{dataset}.{name}", "location": "US"}


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
