"""The maths of service levels; the version is kept with every verdict that it gave."""

__version__ = "1.0"
