"""Scenario files as an editor with the JSON Schema reads them."""

from __future__ import annotations

import jsonschema
import yaml

from forecast.document.json_schema import make_json_schema

SCHEMA = make_json_schema()


class Loader(yaml.SafeLoader):
    """Loads YAML as editors do: numbers, truth values and texts; a date is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text):
    return yaml.load(text, Loader=Loader)


def problems(document, schema=SCHEMA):
    return list(jsonschema.Draft202012Validator(schema).iter_errors(document))
