"""What is owed and counted: the desk agrees with a plain, slow model over random contracts."""

import os

import pytest

from tests.plain_model.desk import verdicts_of
from tests.plain_model.model import expected_verdicts
from tests.plain_model.worlds import world_of

# `make proof` takes other and more worlds.
FIRST_SEED = int(os.environ.get("PLAIN_MODEL_SEED", "0"))
WORLDS = int(os.environ.get("PLAIN_MODEL_WORLDS", "30"))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + WORLDS))
def test_the_desk_agrees_with_the_plain_model(seed, tmp_path):
    world = world_of(seed)

    assert verdicts_of(world, tmp_path) == expected_verdicts(world), world


def test_the_worlds_differ_in_what_they_are_about():
    worlds = [world_of(seed) for seed in range(WORLDS)]

    for name in ("schedule", "renews", "in_business_days", "has_splits"):
        assert len({getattr(world, name) for world in worlds}) > 1
    assert {verdict.status for world in worlds for verdict in expected_verdicts(world).values()} == {
        "met", "below_expected", "breach", "not_reported", "not_in_force", "open"
    }  # fmt: skip
