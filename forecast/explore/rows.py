"""The rows of one sweep in a SQLite file, and the CSV or Parquet file that is made of them once all are there.

Receives rows by the batch, each batch a transaction, so that whatever ends a sweep leaves whole batches behind. Nothing
is believed that was not written here: a fingerprint says whose rows they are, and a hash that they are unchanged.

The SQLite file lies beside the table, ``FILE.csv.sqlite`` for ``FILE.csv``: on the same disk, one for each table, and
the table's own name stays free until the table is whole. It stays when all is done. It knows the table's hash, so that
the same command again finds all done, and nobody else's file is ever replaced.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import hashlib
import itertools
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from forecast.errors import InputError, OutputError, Problem
from forecast.files import stage

Kind = Literal["whole", "number", "date", "text"]
Row = tuple[Any, ...]

CSV, PARQUET = ".csv", ".parquet"
FORMAT = "2"  # of the SQLite file
_GROUP = 10_000  # rows of a Parquet file that are in memory at a time
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True)
class Table:
    """Where the rows of one sweep go.

    Attributes
    ----------
    path : Path
        Of the finished table, ``.csv`` or ``.parquet``.
    columns : dict of str to Kind
        The first numbers the rows.
    fingerprint : str
        Of the sweep.
    """

    path: Path
    columns: Mapping[str, Kind]
    fingerprint: str

    @property
    def beside(self) -> Path:
        """The SQLite file."""
        return self.path.with_name(f"{self.path.name}.sqlite")

    @contextlib.contextmanager
    def open(self) -> Iterator[TableWriter]:
        """Make ready to write: begin a table, or go on with one.

        Raises
        ------
        OutputError
            If the file is another table's, damaged, being written by another process, or cannot be written.
        """
        with self.telling():
            self._check_names()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.beside, timeout=0, isolation_level=None)
        with contextlib.closing(connection):
            yield TableWriter(self, connection)

    def read(self) -> Iterator[Row]:
        """Yield the rows that there are, in order, dates as dates."""
        with self.telling():
            connection = sqlite3.connect(f"{self.beside.absolute().as_uri()}?mode=ro", uri=True)
            with contextlib.closing(connection):
                yield from self.decode(connection)

    def decode(self, connection: sqlite3.Connection) -> Iterator[Row]:
        """Yield the rows that a connection leads to."""
        dates = [at for at, kind in enumerate(self.columns.values()) if kind == "date"]
        for number, cells in connection.execute("SELECT number, cells FROM rows ORDER BY number"):
            row = [number, *json.loads(cells)]
            for at in dates:
                row[at] = datetime.date.fromisoformat(row[at])
            yield tuple(row)

    def _check_names(self) -> None:
        if self.beside.exists():
            return
        note = self.path.with_name(f"{self.path.name}.json")
        if note.exists():
            journal = self.path.with_name(f"{self.path.name}.rows.csv")
            self.refuse(f"it was begun by an older version, whose note is {note.name}", self.path, note, journal)
        if self.path.exists():
            self.refuse(f"{self.beside.name}, which says of what sweep it is, does not lie beside it", self.path)

    def refuse(self, why: str, *files: Path) -> NoReturn:
        """Say why a file is left alone, and what to do about it: all the files that are there, or those named."""
        there = " and ".join(str(file) for file in files or (self.path, self.beside) if file.exists())
        message = f"cannot go on with {self.path}: {why}. Choose another --out, or delete {there}"
        raise OutputError(message)

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what SQLite and the system say into what a user can act on."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says where in SQLite
            if code in _BUSY:
                message = f"another sweep is writing {self.path}; wait for it, or choose another --out"
                raise OutputError(message) from None
            if code in _DAMAGED:
                self.refuse(f"{self.beside.name} is damaged ({error})")
            message = f"cannot use {self.beside}: {error}; choose another --out"
            raise OutputError(message) from error
        except OSError as error:
            message = f"cannot write {self.path}: {error.strerror or error}; choose another --out"
            raise OutputError(message) from error


class TableWriter:
    """Appends rows, and makes the table of them; `done` is how many there are."""

    def __init__(self, table: Table, connection: sqlite3.Connection) -> None:
        self.table, self.connection = table, connection
        self.connection.text_factory = lambda text: text.decode(errors="backslashreplace")  # damage is told by the hash
        self.done, self.hash = 0, hashlib.sha256()
        self.notes: dict[str, str] = {}
        with table.telling():
            self._begin()

    def keep_level(self, level: str) -> str:
        """Keep what all rows rest on, before the first of them; return what was kept when the table was begun."""
        if "level" not in self.notes:
            self.hash.update(level.encode())
            with self.table.telling(), self.connection:
                self.connection.execute("BEGIN")
                self._note(level=level, hash=self.hash.hexdigest())
        return self.notes["level"]

    def append(self, rows: Sequence[Row]) -> None:
        """Write rows: all of them or, if anything fails, none."""
        lines = [(row[0], json.dumps(row[1:], default=str, allow_nan=False)) for row in rows]
        for line in lines:
            self._count(*line)
        with self.table.telling(), self.connection:
            self.connection.execute("BEGIN")
            self.connection.executemany("INSERT INTO rows VALUES (?, ?)", lines)
            self._note(hash=self.hash.hexdigest())

    def finish(self) -> None:
        """Make the table, whole, unless it is there."""
        with self.table.telling():
            self.connection.execute("PRAGMA journal_mode = DELETE")  # one file again, that needs no other to be read
            if self._check_output():
                return
            path = self.table.path
            with stage(path) as temporary:
                write = _write_parquet if path.suffix == PARQUET else _write_csv
                write(temporary, self.table.columns, self.table.decode(self.connection))
                self._note(table=_hash_file(temporary))  # before it bears its name, or a kill would leave a stranger

    def _begin(self) -> None:
        run = self.connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")  # held until the connection is closed, or its process ends
        run("BEGIN EXCLUSIVE")  # before anything is read, so that of two processes the second is told
        found = {name for (name,) in run("SELECT name FROM sqlite_master")}
        if found >= {"sweep", "rows"}:
            self._check()
        elif found:
            self.table.refuse(f"{self.table.beside.name} holds something else than the rows of a sweep")
        self._check_output()
        run("COMMIT")  # of nothing so far: what is refused is left as it is
        run("PRAGMA journal_mode = WAL")  # a batch costs no wait for the disk, and a power cut the last ones at most
        run("PRAGMA synchronous = NORMAL")
        if not found:
            with self.connection:
                run("BEGIN")
                run("CREATE TABLE sweep (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
                run("CREATE TABLE rows (number INTEGER PRIMARY KEY, cells TEXT)")  # cells: JSON, for any name of a key
                columns = json.dumps(list(self.table.columns))
                self._note(format=FORMAT, fingerprint=self.table.fingerprint, columns=columns)
                self._note(hash=self.hash.hexdigest())

    def _check(self) -> None:
        """Refuse another sweep's rows, and rows that are not as they were written; count those that there are."""
        self.notes = dict(self.connection.execute("SELECT name, value FROM sweep"))
        if self.notes.get("format") != FORMAT:
            self.table.refuse("it was begun by another version")
        if self.notes.get("fingerprint") != self.table.fingerprint:
            self.table.refuse("it is the table of another sweep: scenario, keys, values, draws or seed differ")
        self.hash.update(self.notes.get("level", "").encode())
        for line in self.connection.execute("SELECT number, cells FROM rows ORDER BY number"):
            self._count(*line)
        if self.notes.get("hash") != self.hash.hexdigest():
            self.table.refuse("its rows are not those that were written")

    def _check_output(self) -> bool:
        """Say whether the table is there; refuse what bears its name and is not what this sweep wrote."""
        path = self.table.path
        if not path.exists():
            return False
        if not path.is_file() or self.notes.get("table") != _hash_file(path):
            self.table.refuse("it is not what this sweep wrote", path)
        return True

    def _count(self, number: Any, cells: Any) -> None:
        self.done += 1
        self.hash.update(f"{number} {cells}\n".encode())

    def _note(self, **notes: str) -> None:
        self.connection.executemany("INSERT OR REPLACE INTO sweep VALUES (?, ?)", notes.items())
        self.notes |= notes


def check_path(path: Path) -> None:
    """Refuse a table that could not be made, before anything is computed.

    Raises
    ------
    InputError
        If it is neither CSV nor Parquet, or PyArrow, which Parquet needs, is not installed.
    """
    if path.suffix not in (CSV, PARQUET):
        raise InputError([Problem(("--out",), f"expected FILE.csv or FILE.parquet; found {path.name}")])
    if path.suffix == PARQUET:
        try:
            import pyarrow.parquet  # noqa: F401
        except ImportError:
            message = (
                "Parquet needs PyArrow, which is not installed; install it (pip install pyarrow), or write FILE.csv"
            )
            raise InputError([Problem(("--out",), message)]) from None


def write_table(path: Path, columns: Mapping[str, Kind], rows: Iterable[Row]) -> None:
    """Write a table, whole or not at all; only an older one of the same columns is replaced.

    Raises
    ------
    OutputError
        If another file stands there, or it cannot be written.
    """
    write = _write_parquet if path.suffix == PARQUET else _write_csv
    try:
        if path.exists() and _read_columns(path) != list(columns):
            message = f"cannot write {path}: what stands there is no older table of this kind; choose another --out"
            raise OutputError(message)
        path.parent.mkdir(parents=True, exist_ok=True)
        with stage(path) as temporary:
            write(temporary, columns, rows)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror or error}; choose another --out"
        raise OutputError(message) from error


def _read_columns(path: Path) -> list[str] | None:
    """Return the names of a table's columns; None where it is no table."""
    try:
        if path.suffix == PARQUET:
            import pyarrow.parquet

            return list(pyarrow.parquet.read_schema(path).names)
        with path.open(newline="", encoding="utf-8") as file:
            return next(csv.reader(file), None)
    except (ValueError, csv.Error):  # ArrowInvalid and UnicodeDecodeError are ValueErrors
        return None


def _write_csv(path: Path, columns: Mapping[str, Kind], rows: Iterable[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _write_parquet(path: Path, columns: Mapping[str, Kind], rows: Iterable[Row]) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    kinds = {"whole": pa.int64(), "number": pa.float64(), "date": pa.date32(), "text": pa.string()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    with pa.parquet.ParquetWriter(path, schema) as writer:
        for group in itertools.batched(rows, _GROUP):
            cells = zip(*group, strict=True)
            arrays = [pa.array(values, kind) for values, kind in zip(cells, schema.types, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
