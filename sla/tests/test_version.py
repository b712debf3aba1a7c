"""The engine's version is kept with every verdict, so later ones must be told from earlier ones."""

from sla.version import __version__


def test_the_version_is_numbers_that_can_be_put_in_order() -> None:
    assert [int(part) for part in __version__.split(".")] >= [1, 0]
