"""The verb `schema`: the JSON Schema of a scenario file."""

from __future__ import annotations

import argparse
import json
from typing import Any

from forecast.cli.options import add_verb
from forecast.document import make_json_schema

EXAMPLES = """\
examples:
  forecast schema > forecast.schema.json

An editor with the YAML language server takes it from the first line of a scenario file:
  # yaml-language-server: $schema=forecast.schema.json
"""


def declare(verbs: Any) -> None:
    """Declare `schema` on the subparsers of the command."""
    add_verb(
        verbs,
        "schema",
        print_schema,
        long="Print the JSON Schema of a scenario file, by which editors complete keys and mark slips.",
        more=EXAMPLES,
    )


def print_schema(options: argparse.Namespace) -> None:  # noqa: ARG001
    """Print the JSON Schema."""
    print(json.dumps(make_json_schema(), indent=2, ensure_ascii=False))
