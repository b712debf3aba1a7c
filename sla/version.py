"""Which version of the maths this is; it is kept with every verdict that it gave."""

__version__ = "1.1"
