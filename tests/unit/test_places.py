"""Where a store or registry is: read strictly, and never shown with anything secret."""

from pathlib import Path

import pytest
from tests.unit.test_stores_servers import all_text

from snowplow_signals.client.transport import checked_url
from snowplow_signals.errors import RegistryError, StoreError, UsageError
from snowplow_signals.registry import Registry
from snowplow_signals.stores import open_store
from snowplow_signals.stores.places import file_of, read_url, shown

READ = {
    "redis://:S3cret@127.0.0.1:1/0": "redis://127.0.0.1:1/0",
    "redis://S3cret@127.0.0.1:1": "redis://127.0.0.1:1",
    "redis://ann:S3cret@127.0.0.1:1/3": "redis://ann@127.0.0.1:1/3",
    "rediss://ann:a:S3cret@127.0.0.1:1/3?db=4": "rediss://ann@127.0.0.1:1/3",
    "postgresql://ann:S3cret@127.0.0.1:1/db": "postgresql://ann@127.0.0.1:1/db",
    "postgres://ann:S3c%2Fret@[::1]:1/db": "postgres://ann@[::1]:1/db",
    "POSTGRESQL://ann@127.0.0.1:1/db?password=S3cret": "postgresql://ann@127.0.0.1:1/db",
    "postgresql://127.0.0.1:1/db?password=S3cret&connect_timeout=1": "postgresql://127.0.0.1:1/db",
}
REFUSED = (
    "redis://:S3cret/with@127.0.0.1:1/0",
    "redis://:S3cret#1@127.0.0.1:1",
    "redis://ann:S3cret@127.0.0.1:port",
    "redis://ann:S3cret@127.0.0.1:1/shop",
    "redis://ann:S3%zzcret@127.0.0.1:1",
    "redis://ann:S3cret@127.0.0.1:1?S3cret",
    "redis://ann:S3cret@127.0.0.1:1?nothing=S3cret",
    "redis://ann:S3cret@127.0.0.1:1?socket_timeout=S3cret",
    "postgresql://ann:S3cret@with@127.0.0.1/db",
    "postgresql://ann:S3cret?x@127.0.0.1/db",
    "postgresql://ann:S3 cret@127.0.0.1/db",
    "postgresql://ann:S3cret@127.0.0.1/db\n",
    "postgresql://127.0.0.1/db?password=S3@cret",
    "postgresql://ann:S3%zzcret@127.0.0.1/db",
    "postgresql://ann:S3cret%@127.0.0.1/db",
    "postgresql://ann:S3%00cret@127.0.0.1/db",
    "postgresql://127.0.0.1/db?password=S3%cret",
    "postgresql://ann:S3cret",
    "postgresql://ann:S3cret@127.0.0.1:port/db",
    "postgresql://ann:S3cret@127.0.0.1:99999/db",
    "postgresql://ann:S3cret@[::1/db",
    "postgresql://ann:S3cret@127.0.0.1/db?S3cret",
    "postgresql://ann:S3cret@127.0.0.1/db?password==S3cret",
    "postgresql:/ann:S3cret@127.0.0.1/db",
    "redis:S3cret@127.0.0.1",
    "ann:S3cret@127.0.0.1/db",
    "host=127.0.0.1 password=S3cret",
    "password=S3cret",
    "S3cret@redis://127.0.0.1",
    "mongodb://ann:S3cret@127.0.0.1/db",
)


def has_secret(text: str) -> bool:
    return "S3" in text or "cret" in text.replace("secret", "")


@pytest.mark.parametrize("url", READ)
def test_a_url_that_is_read(url: str) -> None:
    assert shown(url) == read_url(url, "store").shown == READ[url]
    assert not has_secret(repr(read_url(url, "store")))
    with pytest.raises(StoreError) as error:  # nobody listens there
        open_store(url)
    assert READ[url] in str(error.value)
    assert not has_secret(all_text(error.value))
    if not url.startswith("redis"):
        with pytest.raises(RegistryError) as error:
            Registry.open(url)
        assert READ[url] in str(error.value)
        assert not has_secret(all_text(error.value))


@pytest.mark.parametrize("url", REFUSED)
def test_a_url_that_is_refused(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert not has_secret(shown(url))
    for open_ in (open_store, Registry.open):
        with pytest.raises(UsageError) as error:
            open_(url)
        assert not has_secret(all_text(error.value))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "file"),
    [
        ("profiles.sqlite", "profiles.sqlite"),
        ("sqlite:///a/b.sqlite", "a/b.sqlite"),
        ("sqlite:////a/b.sqlite", "/a/b.sqlite"),
        ("/data/host=web1/day=2/p.sqlite", "/data/host=web1/day=2/p.sqlite"),
        ("C:\\data\\p.sqlite", "C:\\data\\p.sqlite"),
        (Path("a:b@c"), "a:b@c"),
    ],
)
def test_a_file(place: str | Path, file: str) -> None:
    assert file_of(place) == Path(file)
    assert shown(place) == file


@pytest.mark.parametrize(
    "url", ["https://ann:S3cret@signals.example.com", "https://signals.example.com?token=S3cret", "S3cret@x"]
)
def test_the_url_of_a_service_holds_no_secret(url: str) -> None:
    with pytest.raises(UsageError, match="api_url") as error:
        checked_url(url, "api_url")
    assert not has_secret(all_text(error.value))
