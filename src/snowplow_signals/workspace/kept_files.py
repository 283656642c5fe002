"""Small files that are kept beside a project."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any


def keep_file(file: Path, data: Any) -> None:
    """Write data as JSON, all at once: who reads meanwhile finds the file as it was. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, default=datetime.isoformat, indent=2)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".part", delete=False, encoding="utf-8") as new:
        new.write(text)
    os.replace(new.name, file)
