"""What a file of several timelines supposes to be learned of their events: `given: {event: {court: {by: ...}}}`."""

from __future__ import annotations

from collections.abc import Mapping as Mapped

from forecast.document.links import Told
from forecast.errors import KeyPath
from forecast.scenario import STEP, Event, Mapping, Node, Part, Reach, Reader, Scalar, Window, list_parts, list_totals

GIVEN: KeyPath = ("given",)


def read_learned(reader: Reader, node: Node | None, told: Told) -> dict[Part, Reach]:
    """Read by when events of timelines come, or do not come; what cannot be read is said."""
    if node is None:
        return {}
    items = reader.mapping(node, GIVEN, known=("event",), needed=("event",))
    steps = items.get("event")
    if steps is None:
        return {}
    key = (*GIVEN, "event")
    if not isinstance(steps, Mapping):
        reader.expect(steps, key, "timelines, each with {by: day} or {not_by: day}")
        return {}
    found: dict[Part, Reach] = {}
    for name, said in steps.items.items():
        event = told.read(reader, Scalar(steps.keys.get(name, steps.mark), name, plain=True), (*key, name))
        step = STEP.read(reader, said, (*key, name))
        if event is None:
            continue
        if not isinstance(event, Part):
            reader.add((*key, name), steps.keys[name], f"expected one timeline, or a stage of one; {name} is a family")
        elif not isinstance(step, Reach):
            if (*key, name) not in reader.broken:
                reader.expect(said, (*key, name), "{by: day} or {not_by: day}")
        else:
            found[event] = step
    return found


def check_learned(reader: Reader, learned: Mapped[Part, Reach], asked: Event, window: Window, node: Node) -> None:
    """Find what is learned outside the window, or of another step of a timeline that is asked about."""
    parts = list(list_parts(asked))
    for part, step in learned.items():
        key = (*GIVEN, "event", part.name)
        others = [*parts, *(other for other in learned if other != part)]
        if not window.start <= step.by <= window.until:
            reader.add(
                key, node.mark, f"expected a day of the window, {window.start} to {window.until}; found {step.by}"
            )
        elif any(part in total.of for total in list_totals(asked)):
            message = f"expected it of a timeline whose events are not counted; those of {part.timeline} are"
            reader.add(key, node.mark, message)
        elif any(other.timeline == part.timeline and other != part for other in others):
            message = f"expected one step of {part.timeline}, because its steps hang together; found another beside it"
            reader.add(key, node.mark, f"{message}. Under timelines.{part.timeline}.given its stages may stand")
