"""The verb `store`: list the stored posteriors, or clear them."""

from __future__ import annotations

import argparse
from typing import Any

from forecast.cli.options import add_verb
from forecast.inference import store

EXAMPLES = """\
examples:
  forecast store list
  FORECAST_STORE=elsewhere forecast store list         another store than the folder `forecast` in your cache
"""


def declare(verbs: Any) -> None:
    """Declare `store` on the subparsers of the command."""
    parser = add_verb(
        verbs,
        "store",
        print_store,
        long="List the stored posteriors, each with its as-of date\nand whether it is sound, or clear them.",
        more=EXAMPLES,
    )
    parser.add_argument("action", choices=("list", "clear"), help="list them, or remove them all")


def print_store(options: argparse.Namespace) -> None:
    """List the stored posteriors, or remove them."""
    if options.action == "clear":
        files, size = store.clear_store()
        print(f"removed {files} files, {size / 1e6:.1f} MB, from {store.store_folder()}")
        return
    entries = store.list_entries()
    for entry in entries:
        shown = [entry.fingerprint[:8], f"{entry.size / 1e6:6.1f} MB", f"{entry.modified:%Y-%m-%d %H:%M}"]
        draws = "" if entry.draws is None else f"{entry.draws:,} draws"
        about = [f"as of {entry.as_of}" if entry.as_of else "", draws, entry.engine or ""]
        print("  ".join([*shown, *filter(None, about), *([f"NOT SOUND: {entry.problem}"] if entry.problem else [])]))
    total = sum(entry.size for entry in entries)
    print(f"{len(entries)} posteriors, {total / 1e6:.1f} MB, in {store.store_folder()}")
