"""A table that is written as it goes and can be gone on with after a kill, without repeating or losing a row.

Rows are appended in order to a CSV file, each batch in one write; what a kill leaves of a last line is dropped. A
note beside it, ``FILE.json``, says of what it is the table, so that nobody goes on with another's. A Parquet file is
made from such a table at the end and moved into place whole.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from forecast.errors import InputError, OutputError, Problem
from forecast.files import write_whole

_CHUNK = 1 << 16  # bytes at a time
PARQUET = ".parquet"


@dataclass(frozen=True)
class TableFile:
    """Where the rows of one table go.

    Attributes
    ----------
    path : Path
        ``.csv`` or ``.parquet``.
    columns : tuple of str
    about : dict
        What the note says; its `fingerprint` tells whose rows they are.
    total : int
        How many rows there will be.
    """

    path: Path
    columns: tuple[str, ...]
    about: dict[str, Any]
    total: int

    @property
    def note(self) -> Path:
        """The note beside the table."""
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def rows(self) -> Path:
        """The CSV file that rows are appended to; for Parquet it lies beside, until all are there."""
        return self.path.with_name(f"{self.path.name}.rows.csv") if self.path.suffix == PARQUET else self.path

    def read(self) -> Iterator[dict[str, str]]:
        """Yield the rows that there are, each a dict of texts."""
        if self.rows.exists():
            with self.rows.open(newline="", encoding="utf-8") as file:
                yield from csv.DictReader(file)
            return
        import pyarrow.parquet

        for batch in pyarrow.parquet.ParquetFile(self.path).iter_batches():
            for row in batch.to_pylist():
                yield {name: "" if value is None else str(value) for name, value in row.items()}

    def open(self) -> TableWriter:
        """Make ready to write: begin a table, or go on with one.

        Raises
        ------
        OutputError
            If the file is another table's, or cannot be written.
        """
        try:
            self._check_note()
            if self.path.exists() and self.rows != self.path:
                return TableWriter(self, None, self.total)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.note.exists():
                write_whole(self.note, (json.dumps(self.about, indent=1) + "\n").encode())
            file = self.rows.open("a+b", buffering=0)
            try:
                return TableWriter(self, file, self._resume(file))
            except BaseException:
                file.close()
                raise
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}; choose another --out") from error  # noqa: EM102

    def _check_note(self) -> None:
        if not self.note.exists():
            if self.path.exists() or self.rows.exists():
                self._refuse("it is not the table of a sweep")
            return
        try:
            found = json.loads(self.note.read_bytes())["fingerprint"]
        except (ValueError, KeyError, TypeError):
            self._refuse(f"its note {self.note.name} cannot be read")
        if found != self.about["fingerprint"]:
            self._refuse("it is the table of another sweep: scenario, keys, values, draws or seed differ")

    def _refuse(self, why: str) -> None:
        message = f"cannot go on with {self.path}: {why}. Choose another --out, or remove it and {self.note.name}"
        raise OutputError(message)

    def _resume(self, file: io.RawIOBase) -> int:
        """Drop a torn last line and return how many rows there are."""
        _lock(file, self.path)
        whole, lines, last = _measure(file)
        file.truncate(whole)
        header = _render([self.columns])
        if not lines:
            file.write(header)
            return 0
        file.seek(0)
        count = lines - 1
        if file.read(len(header)) != header or (count and last.partition(b",")[0] != str(count - 1).encode()):
            self._refuse("its rows are not those that were written")
        return count


class TableWriter:
    """Appends rows; as a context it ends with the file closed, and Parquet made once all rows are there."""

    def __init__(self, table: TableFile, file: io.RawIOBase | None, done: int) -> None:
        self.table, self.file, self.done = table, file, done

    def append(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows in one go."""
        assert self.file is not None
        content = _render(rows)
        written = self.file.write(content)
        if written != len(content):
            raise OutputError(f"cannot write all of {self.table.path}: the disk is full")  # noqa: EM102
        self.done += len(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.file is not None:
            self.file.close()

    def finish(self) -> None:
        """Make the Parquet file, if one was asked for; until then the rows are in its journal."""
        if self.file is not None and self.table.rows != self.table.path:
            _write_parquet(self.table)


def need_parquet() -> None:
    """Refuse to begin a Parquet file that could not be made.

    Raises
    ------
    InputError
        If PyArrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        message = "Parquet needs PyArrow, which is not installed; install it (pip install pyarrow), or write FILE.csv"
        raise InputError([Problem(("--out",), message)]) from None


def _render(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _measure(file: io.RawIOBase) -> tuple[int, int, bytes]:
    """Return the bytes of all whole lines, their number, and the last of them."""
    file.seek(0)
    whole = lines = read = 0
    last, rest = b"", b""
    while chunk := file.read(_CHUNK):
        read += len(chunk)
        *full, rest = (rest + chunk).split(b"\n")
        if full:
            lines, last, whole = lines + len(full), full[-1], read - len(rest)
    return whole, lines, last


def _lock(file: io.RawIOBase, path: Path) -> None:
    """Keep a second process from appending to the same file; the lock goes with its holder."""
    with contextlib.suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(f"another sweep is writing {path}; wait for it, or choose another --out") from None  # noqa: EM102


def _write_parquet(table: TableFile) -> None:
    """Turn the journal into Parquet, a row group at a time, move it into place and remove the journal."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    texts = ("engine", "error")
    kinds = {name: pa.string() if name in texts else pa.float64() for name in table.columns}
    kinds |= {name: pa.date32() for name in table.about["dates"]} | {name: pa.string() for name in table.about["texts"]}
    kinds["index"] = pa.int64()
    convert = pa.csv.ConvertOptions(column_types=kinds, strings_can_be_null=False)
    temporary = table.path.with_name(f".{table.path.name}.part")
    with (
        pa.csv.open_csv(table.rows, convert_options=convert) as rows,
        pa.parquet.ParquetWriter(temporary, rows.schema) as writer,
    ):
        for batch in rows:
            writer.write_batch(batch)
    temporary.replace(table.path)
    table.rows.unlink()
