"""A posterior with labels, as NetCDF, and back; what is no posterior is told of and fitted again."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace

import h5netcdf
import numpy as np
import pytest
import xarray

from forecast.inference import draw, store
from forecast.inference.draw import find_or_fit, find_posterior
from forecast.inference.posterior import SAMPLE_STATS, read_posterior
from forecast.inference.settings import Settings
from forecast.inference.tree import label_predictions

PREDICTIVE = {"prior_predictive", "posterior_predictive", "observed_data"}
GROUPS = PREDICTIVE | {"posterior", "prior", "sample_stats", "log_prior", "log_likelihood"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


def open_tree(netcdf):
    return xarray.load_datatree(io.BytesIO(netcdf), engine="h5netcdf")


def predictions(fit):
    """Label predictions that nobody has made."""
    count = fit.draws["log_stay"].shape[-1]
    day = np.arange(count) % 30
    return label_predictions(
        fit.timeline, fit.chains, p_event=np.linspace(0, 1, count), weight=np.ones(count), event_day=day,
        event_itinerary=np.where(day > 0, 2, -1),
    )  # fmt: skip


def assert_same(one, other):
    for part in ("draws", "prior", "prior_predictive", "sample_stats"):
        ours, theirs = getattr(one, part), getattr(other, part)
        assert ours.keys() == theirs.keys()
        for name, values in ours.items():
            np.testing.assert_array_equal(values, theirs[name])
    assert (one.diagnostics, one.fingerprint, one.chains) == (other.diagnostics, other.fingerprint, other.chains)


def test_it_comes_back_from_the_store_as_it_went_there(may, folder):
    store.save_entry(may.fit.fingerprint, replace(may.fit, netcdf=b"").to_netcdf())
    found = find_posterior(may.timeline, may.fit.priors, Settings())
    assert_same(found, may.fit)
    assert found.engine == "nuts"
    assert found.draws["log_stay"].shape == (5, 4_000)
    assert found.prior["log_stay"].shape == (5, 1_000)
    assert set(found.sample_stats) == set(SAMPLE_STATS)
    (listed,) = store.list_entries()
    assert listed.path.parent == folder
    assert (listed.draws, listed.engine, listed.as_of) == (4_000, "nuts", may.scenario.as_of.isoformat())


def test_the_tree_has_arvizs_groups_names_and_units(may):
    tree = may.fit.to_datatree()
    assert set(tree.children) == GROUPS
    assert tree.attrs["fingerprint"] == may.fit.fingerprint
    posterior = tree["posterior"]
    assert [posterior.sizes[dim] for dim in ("chain", "draw", "stage")] == [4, 1000, 5]
    assert posterior["log_stay"].dims == ("chain", "draw", "stage")
    for chain, at in ((0, 0), (3, 999)):
        np.testing.assert_array_equal(
            posterior["log_stay"].sel(chain=chain, draw=at), may.fit.draws["log_stay"][:, 1000 * chain + at]
        )
    np.testing.assert_allclose(posterior["stay"], np.exp(posterior["log_stay"]), rtol=1e-12)
    assert posterior["stay"].coords["stage"].values.tolist() == list(may.scenario.question.stages)
    assert all(
        variable.attrs["units"] for group in ("posterior", "prior") for variable in tree[group].data_vars.values()
    )
    assert tree["prior"].sizes["draw"] == 1000
    assert set(np.unique(tree["sample_stats"]["diverging"])) == {0}
    days = tree["prior_predictive"]["days"].sum("stage")
    np.testing.assert_allclose(days, may.timeline.history.segments.days.sum(), rtol=1e-9)


@pytest.mark.slow
def test_predictions_are_a_group_beside_those_that_are_stored(may):
    stored = open_tree(may.fit.netcdf)
    tree = may.fit.to_datatree(predictions=predictions(may.fit))
    assert set(tree.children) == GROUPS | {"predictions"}
    for name in GROUPS:
        xarray.testing.assert_identical(tree[name].dataset, stored[name].dataset)
    found = tree["predictions"]
    np.testing.assert_array_equal(found["event_day"].values.ravel()[:3], [np.nan, 1, 2])
    assert found["event_itinerary"].values.ravel()[:2].tolist() == [-1, 2]
    assert found["event_itinerary"].attrs["flag_meanings"].split() == ["none", *may.timeline.structure.itineraries]
    assert found["p_event"].attrs["units"] == "probability"
    assert set(open_tree(may.fit.netcdf).children) == GROUPS  # what is stored stays as it was


@pytest.mark.slow
def test_a_file_added_to_is_the_file_written_at_once(may):
    added, whole = (
        open_tree(fit.to_netcdf(predictions=predictions(fit))) for fit in (may.fit, replace(may.fit, netcdf=b""))
    )
    xarray.testing.assert_identical(added, whole)


def damage(netcdf, change):
    """Change an open file, as somebody with a library of their own might."""
    buffer = io.BytesIO(netcdf)
    with h5netcdf.legacyapi.Dataset(buffer, "a") as file:
        change(file._h5file)
    return buffer.getvalue()


def drop(name):
    def change(file):
        del file[name]

    return change


def put(name, values):
    def change(file):
        del file[name]
        file[name] = values

    return change


def say(name, text):
    def change(file):
        file.attrs[name] = text

    return change


def tell(**otherwise):
    def change(file):
        file.attrs["diagnostics"] = json.dumps(json.loads(file.attrs["diagnostics"]) | otherwise)

    return change


WRONG = {
    "a group is missing": drop("prior"),
    "an array is missing": drop("posterior/log_stay"),
    "a statistic is missing": drop("sample_stats/energy"),
    "fewer draws": put("posterior/log_stay", np.zeros((4, 999, 5))),
    "fewer labels": put("prior/log_stay", np.zeros((1, 1000, 4))),
    "chains side by side": put("posterior/log_stay", np.zeros((4000, 5))),
    "words": put("sample_stats/energy", np.full((4, 1000), b"none")),
    "a group for an array": put("prior_predictive/days", np.zeros(())),
    "diagnostics are no JSON": say("diagnostics", "{"),
    "diagnostics are a list": say("diagnostics", "[]"),
    "diagnostics without draws": say("diagnostics", "{}"),
    "draws that are no numbers": put("posterior/log_stay", np.full((4, 1000, 5), np.nan)),
    "an endless draw": put("prior/log_stay", np.full((1, 1000, 5), np.inf)),
    "another seed": tell(seed=2),
    "another engine": tell(engine="quick"),
    "a fit that failed its gate": tell(r_hat=1.5),
    "a fit of which nobody knows": tell(r_hat=None),
    "diagnostics of other draws": say("diagnostics", '{"engine": "nuts", "chains": 2, "draws": 2000}'),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_right_hash_and_a_wrong_inside_is_told_of(may, folder, change, caplog):
    path = store.save_entry(may.fit.fingerprint, damage(may.fit.netcdf, change))
    content = path.read_bytes()
    assert hashlib.sha256(content[:-32]).digest() == content[-32:]
    assert find_posterior(may.timeline, may.fit.priors, Settings()) is None
    assert caplog.messages == [f"stored posterior {path.name} cannot be used: it holds no posterior"]
    assert list(folder.iterdir()) == [path]


def test_what_is_no_posterior_is_told_of_and_fitted_again(may, folder, monkeypatch, caplog):
    path = store.save_entry(may.fit.fingerprint, damage(may.fit.netcdf, WRONG["an array is missing"]))
    monkeypatch.setattr(draw, "fit", lambda *_: replace(may.fit, netcdf=b""))
    found = find_or_fit(may.timeline, may.fit.priors, Settings())
    assert caplog.messages == [f"stored posterior {path.name} cannot be used: it holds no posterior"]
    assert_same(found, may.fit)
    caplog.clear()
    assert_same(find_posterior(may.timeline, may.fit.priors, Settings()), may.fit)
    assert caplog.messages == []
    assert list(folder.iterdir()) == [path]


def test_a_store_that_cannot_be_written_to_is_said_and_the_fit_is_used(may, folder, monkeypatch, caplog):
    folder.write_bytes(b"")
    monkeypatch.setattr(draw, "fit", lambda *_: replace(may.fit, netcdf=b""))
    found = find_or_fit(may.timeline, may.fit.priors, Settings(), fresh=True)
    assert caplog.messages == [f"the posterior cannot be stored in {folder}, so the next run will fit again"]
    assert_same(read_posterior(found.netcdf, may.timeline, may.fit.priors), may.fit)


def test_episodes_that_are_all_alike_have_a_scale_at_minus_infinity_and_come_back_too(may):
    priors = {
        **may.fit.priors,
        "log_sigma": replace(may.fit.priors["log_sigma"], mean=np.array([-np.inf]), sd=np.zeros(1)),
    }
    alike = {
        part: {**getattr(may.fit, part), "log_sigma": np.full_like(getattr(may.fit, part)["log_sigma"], -np.inf)}
        for part in ("draws", "prior")
    }
    fit = replace(may.fit, priors=priors, netcdf=b"", **alike)
    assert_same(read_posterior(fit.to_netcdf(), may.timeline, priors), fit)
    with pytest.raises(ValueError, match="expected finite numbers in posterior"):
        read_posterior(fit.to_netcdf(), may.timeline, may.fit.priors)
