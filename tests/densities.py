"""SciPy's distributions of priors: what the library's own are held against."""

from __future__ import annotations

import numpy as np
from scipy import stats


def distribution(vector, label=slice(None)):
    """Return the distribution of a vector of parameters, (labels, 1), or of one of them."""
    if hasattr(vector, "counts"):
        return stats.loggamma(vector.counts[:, None][label])
    return stats.norm(vector.mean[:, None][label], vector.sd[:, None][label])


def standard(vector, values):
    """Return the standard normals at the same quantiles, (labels, draws); 0 for what is fixed."""
    if hasattr(vector, "counts"):
        found = distribution(vector)
        return np.where(values < found.median(), stats.norm.ppf(found.cdf(values)), stats.norm.isf(found.sf(values)))
    return (values - vector.mean[:, None]) / np.where(vector.sd > 0, vector.sd, 1.0)[:, None]
