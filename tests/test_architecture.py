"""Rules of the whole house that no single app can see."""

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils.module_loading import import_string

from bpo.models import User
from tests.support.cast import Cast

OURS = (
    "bpo", "vendors", "contracts", "metrics", "intake", "breaches", "credits", "record", "reports", "api",
    "dashboard", "demo",
)  # fmt: skip
TABLES = [model for model in apps.get_models() if model._meta.app_label in OURS]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.label)
def test_every_table_says_who_may_see_its_rows(model: type) -> None:
    assert hasattr(model.objects.all(), "visible_to")


@pytest.mark.django_db
@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.label)
def test_nobody_sees_no_row_of_any_table(model: type, cast: Cast) -> None:
    assert not model.objects.visible_to(AnonymousUser()).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.label)
def test_somebody_without_a_membership_sees_no_row_but_their_own(model: type, cast: Cast) -> None:
    drifter = User.objects.create_user("drifter@example.com", name="Drifter")

    assert all(row == drifter or getattr(row, "owner", 0) is None for row in model.objects.visible_to(drifter))


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.label)
def test_history_is_never_cascaded_away(model: type) -> None:
    kept = [field.name for field in model._meta.fields if field.remote_field]

    assert all(
        model._meta.get_field(name).remote_field.on_delete.__name__ in {"PROTECT", "DO_NOTHING"} for name in kept
    )


def test_every_beat_entry_names_a_real_task() -> None:
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert {getattr(import_string(name), "name", "") for name in names} == names


def test_beat_entries_expire_before_their_next_turn() -> None:
    assert all(entry["options"]["expires"] <= entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values())
