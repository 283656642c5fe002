"""What is in a text file of events: lines, values of a JSON document, records of a CSV file, each with its line."""

import codecs
import csv
import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading.lines import is_column, unknown_column

_OTHERS = {
    b"PK\x03\x04": "a zip archive",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"Obj\x01": "Avro",
    b"ORC": "ORC",
}
_MARK = b"\xef\xbb\xbf"
"""The byte order mark that some programs write at the beginning of UTF-8."""
_CHUNK = 1 << 20
_DELIMITERS = (",", "\t", ";", "|")
_SPACE = re.compile(r"[ \t\r\n]*")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file, unpacked when it is gzipped, without a byte order mark. Raises UsageError when it cannot be read."""
    try:
        with path.open("rb") as raw:
            start = raw.read(8)
            for magic, what in _OTHERS.items():
                if start.startswith(magic):
                    raise UsageError(f"{path} is {what}, which cannot be read; load it as UTF-8 text, gzipped or not.")
            raw.seek(0)
            with _unpacked(raw, is_gzipped=start.startswith(b"\x1f\x8b")) as stream:
                if stream.read(len(_MARK)) != _MARK:
                    stream.seek(0)
                yield stream
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _unpacked(raw: IO[bytes], is_gzipped: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if is_gzipped else raw


def lines_of(path: Path) -> Iterator[bytes]:
    """The file's lines without their ends; only a newline ends one, whatever else a value holds.

    Raises UsageError when the file cannot be read to its end.
    """
    with _opened(path) as stream:
        for line in stream:
            yield line.rstrip(b"\r\n")


def values_of(path: Path) -> Iterator[tuple[int, str]]:
    """The values of a JSON document with the lines where they begin: elements of an array, or values one after another.

    Raises UsageError, with the line, where it is not valid JSON; what came before has been given then.
    """
    with _opened(path) as stream:
        document = _Document(path, stream)
        while sign := document.sign():
            if sign != "[":
                yield document.value()
                continue
            document.place += 1
            while (sign := document.sign()) != "]":
                yield document.value()
                if document.sign() not in (",", "]"):
                    raise document.problem("',' or ']' was expected after an event")
                document.place += document.sign() == ","
            document.place += 1


class _Document:
    """A place in a document of which a part is in memory."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self.path = path
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.stream = stream
        self.text, self.place, self.line, self.is_whole = "", 0, 1, False

    def problem(self, what: str) -> UsageError:
        return UsageError(f"{self.path}, line {self.line}: this is not valid JSON, or it is cut short: {what}")

    def sign(self) -> str:
        """The next character that is not a space; empty at the end."""
        while True:
            end = _SPACE.match(self.text, self.place).end()  # type: ignore[union-attr]  # it matches the empty text too
            self._go_to(end)
            if end < len(self.text) or self.is_whole:
                return self.text[end : end + 1]
            self._read()

    def value(self) -> tuple[int, str]:
        """The value that begins here, and its line."""
        while True:
            try:
                _, end = json.JSONDecoder().raw_decode(self.text, self.place)
                if end < len(self.text) or self.is_whole:
                    break
            except (ValueError, RecursionError) as error:
                if self.is_whole:
                    raise self.problem(getattr(error, "msg", str(error))) from error
            self._read()
        found = self.line, self.text[self.place : end]
        self._go_to(end)
        return found

    def _go_to(self, end: int) -> None:
        self.line += self.text.count("\n", self.place, end)
        self.place = end

    def _read(self) -> None:
        """As much again as is held: a value is then read anew but a few times, however long it is."""
        chunk = self.stream.read(max(_CHUNK, len(self.text) - self.place))
        try:
            more = self.decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise UsageError(f"{self.path}, after line {self.line}: not valid Unicode text: {error.reason}") from error
        self.text, self.place, self.is_whole = self.text[self.place :] + more, 0, not chunk


def header_of(line: bytes) -> tuple[str, list[str]]:
    """The delimiter of a CSV file and the names of its columns, by its first line."""
    text = line.decode(errors="replace")
    found = [(delimiter, _fields_of(text, delimiter)) for delimiter in _DELIMITERS]
    return max(found, key=lambda one: sum(map(is_column, one[1])))


def _fields_of(line: str, delimiter: str) -> list[str]:
    """None of what is not a line of CSV, such as one with a carriage return inside."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def records_of(path: Path) -> Iterator[tuple[int, list[str], list[str]]]:
    """The records of a CSV file with a header: line, names of the columns, values.

    Raises UsageError for a header whose columns are not those of events, and for quotes that are not closed.
    """
    csv.field_size_limit(sys.maxsize)
    header = next(lines_of(path), b"")
    if not header.strip():
        return
    delimiter, names = header_of(header)
    unknown = [name for name in names if not is_column(name)]
    if unknown == names:
        raise UsageError(f"{path}, line 1: a CSV file begins with the names of an event's columns, not {names[:5]}")
    if unknown:
        raise UsageError(f"{path}, line 1: {unknown_column(unknown[0])}; leave out what is not a column of an event")
    if len({name.lower() for name in names}) < len(names):
        twice = next(name for place, name in enumerate(names) if name.lower() in map(str.lower, names[:place]))
        raise UsageError(f"{path}, line 1: column {twice!r} appears twice")
    with _opened(path) as stream:
        # a byte that is not text is found when its record is read
        texts = (line.decode(errors="surrogateescape") for line in stream)
        records = csv.reader(texts, delimiter=delimiter, strict=True)
        begins = 1
        try:
            for fields in records:
                if begins > 1 and fields:
                    yield begins, names, fields
                begins = records.line_num + 1
        except csv.Error as error:
            raise UsageError(f"{path}, line {begins}: this is not CSV: {error}") from error
