"""The verb `assume`: another prior or plan credence, with a reason of its own, laid over the base file's priors.

A belief changes, about the past as well as the future, so the model is fitted again. What the assumption leaves out
(the facts it rests on, the other interval) stays as it was, except `otherwise`: who assumes something believes it.
"""

from __future__ import annotations

from typing import Any

from forecast.errors import KeyPath
from forecast.scenario.beliefs import LONE, PRIORS, Priors, StageBelief, plain_belief
from forecast.scenario.fields import Named
from forecast.scenario.nodes import Mapping, Node, merge
from forecast.scenario.reader import Reader

GROUPS = tuple(item.name for item in PRIORS.keys if isinstance(item.kind, Named))


def lay_assumptions(reader: Reader, priors: Mapping, assumed: Node, key: KeyPath = ("assume",)) -> Mapping:
    """Return the nodes of `priors` with those of `assume`, at `key`, laid over them; what cannot be is reported."""
    items = dict(priors.items)
    for group, node in reader.mapping(assumed, key, known=tuple(item.name for item in PRIORS.keys)).items():
        base = items.get(group)
        if group in LONE:
            if isinstance(base, Mapping):
                items[group] = _lay(reader, base, node, (*key, group))
            else:
                reader.add((*key, group), node.mark, f"nothing to assume: the base file gives no {group}")
        elif group in GROUPS:
            below = base if isinstance(base, Mapping) else Mapping(node.mark, {}, {})
            items[group] = _lay_group(reader, below, node, (*key, group))
    return Mapping(priors.mark, items, priors.keys, priors.complete)


def _lay_group(reader: Reader, base: Mapping, assumed: Node, key: KeyPath) -> Mapping:
    items, keys = dict(base.items), dict(base.keys)
    for name, belief in reader.names_to_nodes(assumed, key).items():
        prior = items.get(name)
        if isinstance(prior, Mapping):
            items[name] = _lay(reader, prior, belief, (*key, name))
        elif isinstance(assumed, Mapping):
            message = "nothing to assume: the base file has no such prior; a new one goes under add, in priors"
            reader.add((*key, name), assumed.keys[name], message, near=(name, base.items))
    return Mapping(base.mark, items, keys, base.complete)


def _lay(reader: Reader, prior: Mapping, belief: Node, key: KeyPath) -> Node:
    reader.mapping(belief, key, needed=("reason",), known=None)
    if not isinstance(belief, Mapping):
        return prior
    kept = {name: item for name, item in prior.items.items() if name != "otherwise"}
    for name, said in belief.items.items():  # counts merge; of a number two forms together say nothing
        if isinstance(said, Mapping) and name != "ends":
            kept.pop(name, None)
    return merge(Mapping(prior.mark, kept, prior.keys, prior.complete), belief)


def plain_assumption(before: Priors, after: Priors) -> dict[str, Any]:
    """Write under `assume` what turns some priors into others."""
    assumed: dict[str, Any] = {}
    old = dict(before.items())
    for place, prior in after.items():
        if prior != old[place]:
            *groups, last = place[1:]
            group = assumed.setdefault(str(groups[0]), {}) if groups else assumed
            belief = plain_belief(prior.belief)
            belief |= dict.fromkeys(sorted(plain_belief(old[place].belief).keys() - belief.keys()))  # what is gone
            if isinstance(prior.belief, StageBelief):  # counts merge, so an end that is gone has to be deleted
                gone = old[place].belief.ends.keys() - prior.belief.ends.keys()
                belief["ends"] |= dict.fromkeys(sorted(gone))
            group[str(last)] = {**belief, "reason": prior.reason}
    return assumed
