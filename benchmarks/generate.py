"""How long `init` and `generate` take for 20 views of 50 attributes each, and `--help`. Commands as installed.

python benchmarks/generate.py [--views 20] [--attributes 50]
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = Path(sys.executable).with_name("snowplow-batch-engine")
RESULT = Path(__file__).with_name("results") / "generate.json"
AGGREGATIONS = (
    ("counter", "int64", None),
    ("sum", "double", "price"),
    ("mean", "double", "price"),
    ("min", "double", "price"),
    ("first", "string", "source"),
    ("last", "string", "device"),
    ("unique_list", "string_list", "category"),
    ("most_frequent", "string", "category"),
    ("category_count", "dict", "device"),
    ("approx_count_distinct", "int64", "category"),
)
HEAD = """
from datetime import timedelta
from snowplow_signals import AtomicProperty, Attribute, EntityProperty, View, user_entity

product = {"vendor": "com.snowplowanalytics.snowplow.ecommerce", "name": "product", "major_version": 1}
price, category = (EntityProperty(**product, path=path) for path in ("price", "category"))
device = EntityProperty(vendor="nl.basjes", name="yauaa_context", major_version=1, path="deviceClass")
source = AtomicProperty(name="mkt_source")
views = []
"""


def definitions(views: int, attributes: int) -> str:
    text = HEAD
    for view in range(views):
        lines = []
        for number in range(attributes):
            aggregation, kind, prop = AGGREGATIONS[number % len(AGGREGATIONS)]
            days = (None, 1, 7, 30, 90)[number // len(AGGREGATIONS) % 5]
            period = f", period=timedelta(days={days})" if days else ""
            given = f", property={prop}" if prop else ""
            lines.append(f"    Attribute(name='a{number}', type='{kind}', aggregation='{aggregation}'{given}{period}),")
        body = "\n".join(lines)
        text += (
            f"views.append(View(name='view_{view}', entity=user_entity, owner='ann@shop.com', offline=True, "
            f"attributes=[\n{body}\n]))\n"
        )
    return text


def seconds(*arguments: object) -> float:
    began = time.perf_counter()
    subprocess.run([COMMAND, *map(str, arguments)], check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--views", type=int, default=20)
    parser.add_argument("--attributes", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file, repo = Path(folder, "definitions.py"), Path(folder, "repo")
        file.write_text(definitions(given.views, given.attributes))
        results = {
            "--help (median of 5)": statistics.median(seconds("--help") for _ in range(5)),
            "validate": seconds("validate", "--definitions", file),
            "init": seconds("init", "--definitions", file, "--repo-path", repo),
            "generate": seconds("generate", "--repo-path", repo),
            "generate, nothing changed": seconds("generate", "--repo-path", repo),
        }
        written = sum(file.stat().st_size for file in repo.rglob("*") if file.is_file())
    print(f"{given.views} views of {given.attributes} attributes, {written / 1e6:.1f} MB written")
    for name, value in results.items():
        print(f"{name:<28}{value:>7.2f} s")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({**vars(given), "bytes": written, "seconds": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
