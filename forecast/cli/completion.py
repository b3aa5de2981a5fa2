"""The verb `completion`: a script by which a shell completes verbs, options and file names.

shtab writes the script once, so that completing a word starts no Python; argcomplete would start the command each time.
"""

from __future__ import annotations

import argparse
from typing import Any

from forecast.cli.options import add_verb

EXAMPLES = """\
examples:
  eval "$(forecast completion bash)"                   for this shell; in ~/.bashrc for all
  forecast completion zsh > ~/.zfunc/_forecast         with ~/.zfunc in fpath, before compinit
"""
_FILES = {"scenario", "scenarios"}


def declare(verbs: Any) -> None:
    """Declare `completion` on the subparsers of the command."""
    long = "Print a script by which your shell completes verbs, options and file names."
    parser = add_verb(verbs, "completion", print_completion, long=long, more=EXAMPLES)
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell: bash, zsh or tcsh")


def print_completion(options: argparse.Namespace) -> None:
    """Print the script."""
    import shtab

    from forecast.cli.main import build_parser

    parser = build_parser()
    (verbs,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    for verb in verbs.choices.values():
        for action in verb._actions:
            if action.dest in _FILES or action.metavar in ("FILE", "FILE.csv"):
                action.complete = shtab.FILE
            elif action.metavar == "DIR":
                action.complete = shtab.DIRECTORY
    print(shtab.complete(parser, options.shell))
