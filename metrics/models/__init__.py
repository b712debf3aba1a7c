"""The tables of what was reported and what it meant; import each noun from the module that defines it."""

from metrics.models import breaches, results, runs, verdicts

__all__ = ["breaches", "results", "runs", "verdicts"]
