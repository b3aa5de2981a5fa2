"""The answer to a question about several timelines: whether, when, which and how many.

Each family has a posterior of its own, because families share nothing; its units share their parameters. Given a draw,
timelines are independent, so what is asked of them is put together exactly for each draw.
"""

from __future__ import annotations

import datetime
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.answer.bands import find_band
from forecast.answer.carried import Carried
from forecast.answer.choices import Choice
from forecast.answer.events import count_events, evaluate, lasts
from forecast.answer.listening import TIMES, Drawn, shorten_event, take_noise_out
from forecast.answer.owner import check_owner, label_owner, name_owner, render_scenario, tell_of_older
from forecast.answer.readings import ReadingAnswer, WithReadings
from forecast.answer.summaries import Band, Estimate, estimate, linearise
from forecast.errors import check_choice
from forecast.files import read_path, render_json, sign_figure, write_batch
from forecast.inference import Posterior
from forecast.multistate import Array, come_first, count_together
from forecast.report import describe_suppositions, render_ensemble
from forecast.scenario import Ensemble, Event, Part, Total, hang_together

if TYPE_CHECKING:
    from matplotlib.axes import Axes

logger = logging.getLogger(__name__)

DATES_MOST = 6


@dataclass(frozen=True, eq=False)
class EnsembleResult(WithReadings):
    """The answer to a question about several timelines.

    Attributes
    ----------
    posteriors : dict of Posterior
        By family.
    dates : tuple of datetime.date
        The evening before the window, then some of its days, the last among them.
    parts : dict of Carried
        By part, in the order of the question.
    orders : dict of (draws,) of int
        Which draw of each family's posterior stands where.
    weight : (draws,)
        What each draw counts: the probability that it gave to what is learned of all timelines, silence among it.
    notes : tuple of str
        What a reader should know of the timelines.
    numbered : dict of Carried
        The first, second, ... events of timelines whose events are counted together.
    drawn : Drawn or None
        Days of parts that hang together, because one waits for another; None where they do not, and all is exact.
    readings : dict of ReadingAnswer
        P under each other reading that the timelines list.
    """

    ensemble: Ensemble
    posteriors: dict[str, Posterior]
    dates: tuple[datetime.date, ...]
    parts: dict[Part, Carried]
    orders: dict[str, Array]
    weight: Array
    notes: tuple[str, ...] = ()
    drawn: Drawn | None = None
    numbered: dict[Part, Carried] = field(default_factory=dict)
    readings: Mapping[str, ReadingAnswer] = field(default_factory=dict)

    @cached_property
    def yes(self) -> Array:
        """Probability of a yes, were the window to end on each of `dates`: (draws, dates)."""
        if self.drawn is None or self.is_exact:
            return evaluate(self._shortened, {part: each.by for part, each in self._all.items()}, self._came)
        until = [(day - self.dates[0]).days for day in self.dates]
        drawn = np.stack([self.drawn.share(self.drawn.yes(self.ensemble.event, day)) for day in until], axis=1)
        return take_noise_out(drawn, self.weight, self.drawn.times)

    @property
    def is_exact(self) -> bool:
        """Tell whether P is exact for each draw; else days of parts that hang together are drawn."""
        is_learning = self.drawn is not None and bool(self.ensemble.learned)
        return not is_learning and not hang_together(self._shortened, self.ensemble.waits)

    @property
    def engine(self) -> str:
        """The engine that drew; "nuts" where one family's draws are its."""
        engines = {posterior.diagnostics["engine"] for posterior in self.posteriors.values()}
        return "nuts" if "nuts" in engines else "quick"

    @property
    def _all(self) -> dict[Part, Carried]:
        return self.parts | self.numbered

    @property
    def _shortened(self) -> Event:
        return shorten_event(self.ensemble.event, self.ensemble.starts)

    @property
    def _came(self) -> dict[Part, datetime.date]:
        return {part: carried.came for part, carried in self.parts.items() if carried.came is not None}

    @property
    def _supposing(self) -> list[str]:
        timelines = self.ensemble.timelines.items()
        own = [f"{name}: {line}" for name, scenario in timelines for line in describe_suppositions(scenario)]
        return [*(f"{line} (given)" for line in self.ensemble.supposed), *own]

    @property
    def _open(self) -> list[Part]:
        return [part for part, carried in self.parts.items() if carried.came is None]

    @property
    def _length(self) -> float:
        return float((self.dates[-1] - self.dates[0]).days)

    @cached_property
    def p_event(self) -> Estimate:
        """Probability of a yes."""
        joint = self.yes[:, -1] * self.weight
        values, errors = linearise(joint, self.weight), []
        for name, posterior in self.posteriors.items():
            errors.append(posterior.mcse(values[np.argsort(self.orders[name])]))  # in the order of its draws
        found = estimate(joint, self.weight)
        noise = 0.0 if self.is_exact else np.sqrt(found.mean * (1 - found.mean) / joint.size / TIMES)  # of drawn days
        return replace(found, mcse=float(np.hypot(max(errors), noise)))

    @cached_property
    def when(self) -> Band:
        """The same as a mean with its 90% band, on each of `dates`."""
        return find_band(self.yes.shape, lambda days: (self.yes[:, days] * self.weight[:, None], self.weight))

    @property
    def lasts(self) -> bool:
        """Tell whether a yes stays, once it has come."""
        return lasts(self.ensemble.event)

    @cached_property
    def which(self) -> dict[str, Estimate]:
        """Probability of each part, by its name."""
        return {part.name: estimate(each.by[:, -1] * self.weight, self.weight) for part, each in self.parts.items()}

    @cached_property
    def first(self) -> dict[str, Estimate]:
        """Probability that each part comes, and before all others that have not come yet."""
        if self.drawn is not None:
            drawn = self.drawn.first(self._open, self._length)
            chances = {part: take_noise_out(chance, self.weight, self.drawn.times) for part, chance in drawn.items()}
        else:
            comes = come_first([self.parts[part].by for part in self._open]) if self._open else ()
            chances = {part: each[:, -1] for part, each in zip(self._open, comes, strict=True)}
        return {part.name: estimate(chance * self.weight, self.weight) for part, chance in chances.items()}

    @cached_property
    def how_many(self) -> list[Choice]:
        """How probable each number of parts is that come, or of events that are counted; empty of one part."""
        event = self.ensemble.event
        if isinstance(event, Total):
            numbers = count_events(event, {part: each.by[:, -1] for part, each in self._all.items()})
            labels = [*map(str, range(event.highest)), f"{event.highest}+"]
            estimates = [estimate(chance * self.weight, self.weight) for chance in numbers]
            return [Choice(label, found) for label, found in zip(labels, estimates, strict=True)]
        if len(self.parts) < 2:
            return []
        if self.drawn is not None:
            drawn = self.drawn.count(list(self.parts), self._length)
            chances = np.stack([take_noise_out(chance, self.weight, self.drawn.times) for chance in drawn])
        else:
            chances = count_together([each.by[:, -1] for each in self.parts.values()])
        return [
            Choice(str(number), estimate(chance * self.weight, self.weight)) for number, chance in enumerate(chances)
        ]

    @property
    def shares(self) -> bool:
        """Tell whether parts are of one family, so that what is unknown is shared."""
        names = [part.timeline for part in self.parts]
        return any(sum(name in family.timelines for name in names) > 1 for family in self.ensemble.families)

    @cached_property
    def unshared(self) -> float:
        """P as if nothing were shared: from each part's own P."""
        means = {
            part: np.array([(each.by * self.weight[:, None]).sum(axis=0) / self.weight.sum()])
            for part, each in self._all.items()
        }
        return float(evaluate(self.ensemble.event, means, self._came)[0, -1])

    @property
    def median_days(self) -> tuple[datetime.date, datetime.date] | None:
        """Days on one of which a yes, if it comes, is as likely as not to have come; None where it has no day.

        One day where `dates` are all days of the window.
        """
        mean = self.when.mean
        if not self.lasts or mean[-1] <= 0:
            return None
        at = int(np.argmax(mean >= mean[-1] / 2))
        return self.dates[max(at - 1, 0)] + datetime.timedelta(days=min(at, 1)), self.dates[at]

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The contents of `forecast.json`."""
        ensemble, dates = self.ensemble, [day.isoformat() for day in self.dates]
        shown = np.unique(np.linspace(0, len(dates) - 1, DATES_MOST + 1).round().astype(int))[1:]
        by = {dates[at]: estimate(self.yes[:, at] * self.weight, self.weight).to_dict() for at in shown.tolist()}
        return {
            "schema": 1,
            **label_owner(ensemble, ensemble.text),
            "as_of": ensemble.as_of.isoformat(),
            "window": {
                "from": (ensemble.window.began or ensemble.window.start).isoformat(),
                "until": ensemble.window.until.isoformat(),
            },
            "asked": str(ensemble.event),
            **({"given": ensemble.supposed} if ensemble.learned else {}),
            **({"supposing": self._supposing} if self._supposing else {}),
            "p_event": self.p_event.to_dict(),
            **({"unshared": self.unshared} if self.shares else {}),
            **self.plain_readings,
            "which": {
                name: found.to_dict()
                | ({"came": each.came.isoformat()} if each.came else {"first": self.first[name].mean})
                for (name, found), each in zip(self.which.items(), self.parts.values(), strict=True)
            },
            "how_many": [choice.to_dict() for choice in self.how_many],
            "when": {
                "days": dates,
                "by": by,
                "chance": {side: getattr(self.when, side).round(9).tolist() for side in ("mean", "lo", "hi")},
                "lasts": self.lasts,
                **({} if self.median_days is None else {"median": [day.isoformat() for day in self.median_days]}),
            },
            "families": {
                name: {"fingerprint": found.fingerprint, "diagnostics": found.diagnostics}
                for name, found in self.posteriors.items()
            },
            **({} if self.is_exact else {"drawn": TIMES}),
            "notes": [*ensemble.warnings, *self.notes],
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the contents of `forecast.json`."""
        return self.plain

    def plot(self, name: str = "when") -> Axes:
        """Draw a figure: ``when``, ``which``, ``counts`` or ``lanes``.

        Raises
        ------
        InputError
            If there is no figure of that name.
        """
        from forecast.plots import ENSEMBLE_FIGURES

        check_choice("name", name, ENSEMBLE_FIGURES, "figure")
        return ENSEMBLE_FIGURES[name](self)

    def write(self, folder: str | os.PathLike[str], *, figures: bool = True, format: str = "png") -> None:
        """Write `scenario.yaml`, the figures, and `forecast.json` last, each whole or not at all.

        Raises
        ------
        InputError
            If `folder` is no path, or there is no such `format` of figures.
        OutputError
            If the folder cannot be made or written to, or holds another question's files.
        """
        path = read_path(folder, "folder")
        check_owner(path, self.ensemble)
        contents = {"scenario.yaml": render_scenario(self.ensemble).encode()}
        if figures:
            from forecast.plots import ENSEMBLE_FIGURES, render_axes

            owner = name_owner(self.ensemble)
            drawn = [name for name in ENSEMBLE_FIGURES if name != "counts" or self.how_many]
            for name in drawn:
                contents[f"{name}.{format}"] = sign_figure(render_axes(self.plot(name), format), owner)
        contents["forecast.json"] = render_json(self.plain).encode()
        tell_of_older(path, contents)
        write_batch(path, contents)
        logger.info(f"{len(contents)} files in {path}")

    def __str__(self) -> str:
        return render_ensemble(self.plain)

    def __repr__(self) -> str:
        lo, hi = self.p_event.eti90
        return f"<EnsembleResult of {self.ensemble.name}: P {self.p_event.mean:.3f} ({lo:.2f} to {hi:.2f})>"
