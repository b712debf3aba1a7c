"""What is owed and counted: the desk agrees with a plain, slow model over random contracts."""

import os
from pathlib import Path

import pytest
from django.db import connection

from tests.plain_model.desk import verdicts_of
from tests.plain_model.kinds import world_of
from tests.plain_model.model import expected_verdicts

# `make proof` takes other and more worlds. What is owed and counted does not depend on the database, the sums do: a few
# worlds of each kind show that they are the same.
FEW = {"sqlite": "8", "postgresql": "3"}
FIRST_SEED = int(os.environ.get("PLAIN_MODEL_SEED", "0"))
WORLDS = int(os.environ.get("PLAIN_MODEL_WORLDS", FEW[connection.vendor]))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + WORLDS))
def test_the_desk_agrees_with_the_plain_model(seed, tmp_path):
    world = world_of(seed)

    found, expected = verdicts_of(world, tmp_path), expected_verdicts(world)
    differences = {
        key: {"desk": found.get(key), "model": expected.get(key), "of": world.levels_by_code[key[0]]}
        for key in found.keys() | expected.keys()
        if found.get(key) != expected.get(key)
    }
    if "PLAIN_MODEL_CELLS" in os.environ:
        with Path(os.environ["PLAIN_MODEL_CELLS"]).open("a", encoding="utf-8") as counts:
            counts.write(f"{len(expected)}\n")
    assert not differences, world


def test_the_worlds_differ_in_what_they_are_about():
    worlds = [world_of(seed) for seed in range(12)]

    for name in ("kind", "schedule", "renews", "in_business_days", "has_splits"):
        assert len({getattr(world, name) for world in worlds}) > 1
    assert {verdict.status for world in worlds for verdict in expected_verdicts(world).values()} == {
        "met", "below_expected", "breach", "not_reported", "not_in_force", "open", "no_volume", "no_target",
        "excused", "too_few"
    }  # fmt: skip
