"""What stays from which the event may never come add to a log-linear likelihood, with derivatives by its columns.

With the logit u of its share and the cumulative hazard A of the event, a group adds log(1 + e^(u + A)) - log(1 + e^u);
where the event came, the second alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.model import NeverRows
from forecast.multistate import Array


@dataclass(frozen=True, eq=False)
class NeverTerms:
    """The groups, over terms.

    Attributes
    ----------
    at_risk : (groups, terms)
        Days at risk of the event; 0 where it came, whose rows say all.
    column : (groups,) of int
        Of the logit of the share.
    without : (groups,)
        1 where the event has not come.
    """

    at_risk: Array
    column: Array
    without: Array

    @classmethod
    def over(cls, rows: NeverRows, rate: Array, first: int) -> NeverTerms:
        """Lay groups out over terms, of which each row's rate is the sum, (rows, terms); logits begin at `first`."""
        without = ~rows.has_event
        return cls((rows.at_risk * without[:, None]) @ rate, first + rows.of, without.astype(float))

    def __len__(self) -> int:
        return len(self.column)

    def log_density(self, theta: Array, rate: Array) -> Array:
        """Return the log likelihood of all groups, (..., draws) of (..., columns, draws) and (..., terms, draws)."""
        logit = theta[..., self.column, :]
        later = np.logaddexp(0.0, logit + self.at_risk @ rate)
        return self.without @ later - np.logaddexp(0.0, logit).sum(axis=-2)

    def slopes(self, theta: Array, rate: Array) -> tuple[Array, Array]:
        """Return the derivatives by the logits, (groups, draws), and by the rates, (terms, draws)."""
        logit = theta[self.column]
        barred = self.without[:, None] / (1 + np.exp(-logit - self.at_risk @ rate))
        return barred - 1 / (1 + np.exp(-logit)), self.at_risk.T @ barred

    def bend(self, theta: Array, rate: Array, weighted: Array) -> Array:
        """Return the Hessian by the columns, less what the curvature of the rates adds.

        Parameters
        ----------
        theta : (columns,)
        weighted : (terms, columns)
            Derivatives of the rates.
        """
        logit = theta[self.column]
        later, first = (1 / (1 + np.exp(-each)) for each in (logit + self.at_risk @ rate, logit))
        slope = self.at_risk @ weighted
        slope[np.arange(len(self)), self.column] += 1
        found = (slope.T * (self.without * later * (1 - later))) @ slope
        np.add.at(found, (self.column, self.column), -first * (1 - first))
        return found
