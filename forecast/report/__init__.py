"""Text and HTML for people: a forecast's table, the facts and what they do, the priors in words.

Each module turns objects into strings; only `forecast.run` and `forecast.cli` print them.
"""
