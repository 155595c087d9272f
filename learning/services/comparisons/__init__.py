"""Comparisons: several recipes on one snapshot and one set of folds.

`making` asks for one, extends, cancels and resumes it; `work` is what its jobs do: the parent's spreads a job for every
arm and seed, and each of those trains its folds one after the other; `judging` turns what is finished into figures.
Rows are the queue: a cell that has `finished_at` is never computed again.
"""
