"""The forms in which a belief about a number may be said, told apart by their keys.

Two numbers of most kinds say all of a normal on the scale of its prior: a positive quantity is lognormal and a chance
logit-normal, so each becomes a 90% interval. What says more becomes an interval with a law of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

from forecast.errors import KeyPath
from forecast.scenario.form_list import (
    CHANCE,
    COUNTED,
    EVENTS,
    FORMS,
    MOMENTS,
    MOST,
    RECORD,
    USUAL,
    WITHIN,
    Form,
    list_forms,
)
from forecast.scenario.laws import Chance, Counted, Law, Past, Split, is_running
from forecast.scenario.limits import FAR_TOO_MUCH
from forecast.scenario.nodes import Mapping, Node, Scalar, Sequence
from forecast.scenario.predictive import predict_single
from forecast.scenario.reader import NO_INTERVAL, NUMBER, Z95, Interval, Reader

Scale = tuple[Callable[[float], float], Callable[[float], float]]  # there and back
LOG: Scale = (math.log, math.exp)
LOGIT: Scale = (lambda p: math.log(p / (1 - p)), lambda x: 1 / (1 + math.exp(-x)))
_PARTS = 400  # equal parts of a normal, enough for three digits of a mean
STAYS_MOST = 20_000  # of a record
A_STAY = "days above 0, such as 21, or 44+ of one that still runs"


def read_interval(reader: Reader, node: Node, key: KeyPath, *, of: str = "factor") -> Interval:
    """Read an interval in any of its forms; what bounds it keeps to is for the checks.

    Parameters
    ----------
    of : {"factor", "mean", "single", "chance"}
        What is believed.
    """
    if isinstance(node, Sequence):
        return reader.interval(node, key)
    if isinstance(node, Scalar):
        return _read_known(reader, node, key, of)
    if not isinstance(node, Mapping):
        reader.expect(node, key, list_forms(of))
        return NO_INTERVAL
    names = set(node.items)
    form = next((each for each in FORMS[of] if set(each.needed) <= names <= {*each.needed, *each.may}), None)
    if form is None:
        found = " and ".join(sorted(names)) or "none"
        reader.add(key, node.mark, f"expected {list_forms(of)}; found a mapping with {found}")
        return NO_INTERVAL
    try:
        return _Forms(reader, node, key, of).read(form)
    except ValueError as error:
        reader.add(key, node.mark, str(error))
    except OverflowError:
        reader.add(key, node.mark, "expected numbers that are not so far apart")
    except _SaidError:
        pass
    return NO_INTERVAL


def _read_known(reader: Reader, node: Scalar, key: KeyPath, of: str) -> Interval:
    """Read a number, which is known."""
    if node.is_null:
        reader.expect(node, key, list_forms(of))
        return NO_INTERVAL
    if not NUMBER.fullmatch(node.value):
        reader.expect(node, key, USUAL[of])
        return NO_INTERVAL
    value = reader.number(node, key)
    return NO_INTERVAL if key in reader.broken else Interval(value, value)


class _SaidError(Exception):
    """That something could not be read, as is said already."""


class _Forms:
    """Reads a mapping in one of its forms; raises what is wrong with its numbers together."""

    def __init__(self, reader: Reader, node: Mapping, key: KeyPath, of: str) -> None:
        self.reader, self.node, self.key, self.of = reader, node, key, of
        self.scale = LOGIT if of == "chance" else LOG

    def read(self, form: Form) -> Interval:
        """Read it.

        Raises
        ------
        ValueError
            If the numbers do not go together.
        _SaidError
            If one of them could not be read.
        """
        readers = {
            MOST: self._by_median,
            WITHIN: self._by_bounds,
            MOMENTS: self._by_moments,
            RECORD: self._by_record,
            EVENTS: self._by_events,
            CHANCE: self._by_chance,
            COUNTED: self._by_counts,
        }
        if form not in readers:  # a table is written out before, where it can be
            message = "expected the path of a table, such as stays.csv, and the name of a column"
            raise ValueError(message)
        return readers[form]()

    def _number(self, name: str) -> float:
        value = self.reader.number(self.node.items[name], (*self.key, name))
        self._stop_at((*self.key, name))
        return value

    def _chance(self, name: str) -> Interval:
        node = self.node.items[name]
        if isinstance(node, Mapping):
            self.reader.expect(node, (*self.key, name), "a chance, or two as [lo, hi]")
        found = read_interval(self.reader, node, (*self.key, name), of="chance")
        self._stop_at((*self.key, name))
        return found

    def _stop_at(self, key: KeyPath) -> None:
        if any(broken[: len(key)] == key for broken in self.reader.broken):
            raise _SaidError

    def _by_median(self) -> Interval:
        """Return the interval with this median and this 95% point."""
        median, most = self._number("median"), self._number("most")
        if not most > median:
            message = f"expected most, the 95% point, above the median, {median:g}; found {most:g}"
            raise ValueError(message)
        there, back = self.scale
        try:
            return Interval(float(f"{back(2 * there(median) - there(most)):.12g}"), most)
        except (ValueError, ZeroDivisionError):
            raise ValueError(self._bounds()) from None

    def _by_bounds(self) -> Interval:
        """Return the interval with these ends, bent at this median."""
        median, within = self._number("median"), self.reader.interval(self.node.items["within"], (*self.key, "within"))
        self._stop_at((*self.key, "within"))
        if not within.lo < median < within.hi:
            message = f"expected the median within [{within.lo:g}, {within.hi:g}]; found {median:g}"
            raise ValueError(message)
        if within.lo <= 0 or (self.of == "chance" and within.hi >= 1):
            raise ValueError(self._bounds())
        return Interval(within.lo, within.hi, law=Split(median))

    def _by_moments(self) -> Interval:
        """Return the interval of the lognormal with this mean and standard deviation."""
        mean, sd = self._number("mean"), self._number("sd")
        if not (mean > 0 and sd >= 0):
            message = f"expected a mean above 0 and a standard deviation from 0 on; found {mean:g} and {sd:g}"
            raise ValueError(message)
        variance = math.log1p((sd / mean) ** 2)
        middle, half = math.log(mean) - variance / 2, Z95 * math.sqrt(variance)
        return Interval(math.exp(middle - half), math.exp(middle + half)) if sd else Interval(mean, mean)

    def _by_record(self) -> Interval:
        """Return the interval that stays of the past leave."""
        listed = self.reader.sequence(self.node.items["record"], (*self.key, "record"), "a list of stays, in days")
        stays = tuple(self._stay(item, index) for index, item in enumerate(listed))
        self._stop_at((*self.key, "record"))
        if not stays or len(stays) > STAYS_MOST:
            message = f"expected a record of one stay to {STAYS_MOST:,}; found {len(stays):,}"
            raise ValueError(message)
        if self.of == "single":
            if "robust" in self.node.items:
                message = "expected robust beside a mean alone; found it beside single stays"
                raise ValueError(message)
            return Interval(*predict_single(stays))
        return self._learn(Past(stays=stays, robust=self._robust()))

    def _stay(self, node: Node, index: int) -> str:
        text = node.value if isinstance(node, Scalar) else ""
        if is_stay(text):
            return f"{float(text.removesuffix('+')):.12g}" + ("+" if is_running(text) else "")
        self.reader.expect(node, (*self.key, "record", index), A_STAY)
        return "1"

    def _by_events(self) -> Interval:
        """Return the interval that a number of events in some years leaves."""
        events, years = self._number("events"), self._number("years")
        if not (0 <= events <= FAR_TOO_MUCH and 0 < years <= FAR_TOO_MUCH):
            message = f"expected events from 0 on, and years above 0; found {events:g} and {years:g}"
            raise ValueError(message)
        return self._learn(Past(events=events, years=years, robust=self._robust()))

    def _robust(self) -> float:
        if "robust" not in self.node.items:
            return 0.0
        robust = self._number("robust")
        if not 0 <= robust < 1:
            message = f"expected robust, a share, from 0 on and below 1; found {robust:g}"
            raise ValueError(message)
        return robust

    def _by_chance(self) -> Interval:
        """Return the interval of the mean of stays of which so many are over within some days."""
        chance, within = self._chance("chance"), self._number("within")
        if not (0 < chance.lo <= chance.hi < 1 and 0 < within <= FAR_TOO_MUCH):
            message = f"expected a chance between 0 and 1, and days above 0; found {chance.hi:g} and {within:g}"
            raise ValueError(message)
        law = Chance(chance.lo, chance.hi, within)
        return Interval(*(-within / math.log1p(-share) for share in (chance.hi, chance.lo)), law=law)

    def _by_counts(self) -> Interval:
        """Return the interval of a chance of which some cases of the past tell."""
        of, were = self._number("of"), self._number("were")
        if not (0 <= were <= of <= FAR_TOO_MUCH and of > 0):
            message = f"expected were from 0 to of, {of:g}; found {were:g}"
            raise ValueError(message)
        return self._learn(Counted(of, were))

    def _learn(self, law: Past | Counted) -> Interval:
        return Interval(law.quantile(0.05), law.quantile(0.95), law=law)

    def _bounds(self) -> str:
        return "expected numbers above 0" + (" and below 1" if self.of == "chance" else "")


def is_stay(text: str) -> bool:
    """Tell whether a text is a stay of a record.

    >>> [is_stay(text) for text in ("21", "44+", "+5", "5++", "0", "long")]
    [True, True, False, False, False, False]
    """
    number = text.removesuffix("+")
    return bool(NUMBER.fullmatch(number)) and number[0] != "+" and 0 < float(number) <= FAR_TOO_MUCH


def plain_interval(interval: Interval) -> Any:
    """Write an interval in the form that says it."""
    law: Law | None = interval.law
    if isinstance(law, Split):
        return {"median": law.median, "within": [interval.lo, interval.hi]}
    if isinstance(law, Counted):
        return {"of": law.of, "were": law.were}
    if isinstance(law, Chance):
        chance = [law.lo, law.hi] if law.lo < law.hi else law.lo
        return {"chance": chance, "within": law.within}
    if isinstance(law, Past):
        said: dict[str, Any] = {"events": law.events, "years": law.years}
        if law.stays:
            said = {"record": [stay if is_running(stay) else float(stay) for stay in law.stays]}
        return {**said, **({"robust": law.robust} if law.robust else {})}
    return [interval.lo, interval.hi]


def mean_over(interval: Interval, scale: Scale, value: Callable[[float], float] = float) -> float:
    """Return the mean of a function of a quantity, of which this is the 90% interval and which is normal on a scale.

    >>> mean_over(Interval(0.8, 0.8), LOGIT), round(mean_over(Interval(0.2, 0.8), LOGIT), 3)
    (0.8, 0.5)
    """
    if interval.lo == interval.hi:
        return value(interval.lo)
    there, back = scale
    low, high = there(interval.lo), there(interval.hi)
    normal = NormalDist((low + high) / 2, (high - low) / (2 * Z95))
    return sum(value(back(normal.inv_cdf((part + 0.5) / _PARTS))) for part in range(_PARTS)) / _PARTS
