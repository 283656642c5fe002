"""Hooks of the documentation site: pages that live at the root of the repository, and a check of what was built."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).parent
PAGES_AT_THE_ROOT = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}

_LOADED = {"link": "href"} | dict.fromkeys(("script", "img", "iframe", "source", "video", "audio"), "src")
"""Elements whose address a browser loads by itself, and the attribute that holds it."""
_NOT_LOADED = {"canonical", "next", "prev", "alternate"}
"""Kinds of `link` that only point somewhere."""
_REMOTE = re.compile(r"^(https?:)?//", re.IGNORECASE)
_REMOTE_IN_CSS = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages of the root, with their links as they are from within the site."""
    for page, source in PAGES_AT_THE_ROOT.items():
        text = (ROOT / source).read_text("utf-8").replace("](docs/", "](")
        files.append(File.generated(config, page, content=text))
    return files


def on_post_build(config: Any) -> None:
    """Fail the build when a page would load anything from another host: a reader's visit is nobody else's business."""
    found: list[str] = []
    for file in sorted(Path(config["site_dir"]).rglob("*")):
        if file.suffix == ".html":
            loaded = _Loaded()
            loaded.feed(file.read_text("utf-8"))
            found += [f"{file}: {address}" for address in loaded.remote]
        elif file.suffix == ".css":
            found += [f"{file}: {address}" for address in _REMOTE_IN_CSS.findall(file.read_text("utf-8"))]
    if found:
        raise PluginError("Pages load from other hosts:\n" + "\n".join(found))


class _Loaded(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.remote: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        address = values.get(_LOADED.get(tag, ""), "")
        if tag == "link" and _NOT_LOADED & set(values.get("rel", "").split()):
            return
        if _REMOTE.match(address):
            self.remote.append(address)
