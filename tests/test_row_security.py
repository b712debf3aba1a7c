"""Row-level security: pages are the same with it, and where every query forgets `visible_to()`, it holds alone."""

from collections.abc import Iterator

import pytest
from django.db import connection, models

from bpo import row_security
from bpo.tenancy import TenantQuerySet
from metrics.models.verdicts import Verdict
from tests.test_access_matrix import World
from tests.test_two_worlds import fetch_all, give_others_data, what_differs, world  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]
NAMES = ("operator", "acme-admin", "brightline-manager")


@pytest.fixture
def narrowed(db, settings) -> Iterator[None]:
    """The policies, and reads that take the role; both are undone with the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {row_security.role_of(connection)} NOLOGIN")
    assert row_security.install(connection)
    settings.ROW_SECURITY = True
    yield
    row_security.widen()


def differences(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return [what_differs(address, was, after[address]) for address, was in before.items() if after[address] != was]


@pytest.mark.parametrize("name", NAMES)
def test_pages_files_and_the_api_are_the_same_with_it(narrowed, world: World, settings, name: str):  # noqa: F811
    give_others_data(world, "A-2", "Z-1")
    settings.ROW_SECURITY = False
    before = fetch_all(world, name)
    settings.ROW_SECURITY = True
    after = fetch_all(world, name)

    if different := differences(before, after):
        pytest.fail("\n".join(different))


def everything(self: models.QuerySet, principal: object) -> models.QuerySet:
    return self.all()


@pytest.mark.parametrize(
    "address", ["/verdicts", "/breaches", "/service-levels", "/api/v1/verdicts", "/api/v1/breaches"]
)
def test_where_a_query_forgets_whom_it_is_for_the_database_does_not(narrowed, world: World, monkeypatch, address):  # noqa: F811
    give_others_data(world, "A-2", "Z-1")
    others = [level.public_id for name, level in world.cast.levels.items() if name.startswith(("A-2", "Z-1"))]
    monkeypatch.setattr(TenantQuerySet, "visible_to", everything)
    page = world.sessions["brightline-manager"].get(address).content.decode()

    assert world.names["level"] in page
    assert not [name for name in others if name in page]


def test_without_it_that_would_be_a_leak(narrowed, world: World, settings, monkeypatch):  # noqa: F811
    settings.ROW_SECURITY = False
    give_others_data(world, "A-2")
    monkeypatch.setattr(TenantQuerySet, "visible_to", everything)
    page = world.sessions["brightline-manager"].get("/api/v1/verdicts").content.decode()

    assert world.cast.levels["A-2/ACCURACY"].public_id in page


def test_after_each_read_the_connection_has_the_desks_own_role(narrowed, world: World):  # noqa: F811
    for address in ("/", "/api/v1/verdicts", "/nowhere"):
        world.sessions["brightline-manager"].get(address)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user = session_user")
            assert cursor.fetchone() == (True,)


def test_who_reaches_nothing_reads_nothing(narrowed, world: World):  # noqa: F811
    assert Verdict.objects.exists()
    row_security.narrow(object())

    assert not Verdict.objects.exists()


def test_nothing_is_read_before_somebody_is_known(narrowed, world: World):  # noqa: F811
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {row_security.role_of(connection)}")
        cursor.execute("SELECT COUNT(*) FROM metrics_verdict")
        assert cursor.fetchone() == (0,)
        cursor.execute("RESET ROLE")


def test_every_table_that_leads_to_a_contract_is_guarded():
    guarded = {model._meta.label for model in row_security.guarded_models()}

    assert {"metrics.Verdict", "metrics.Breach", "metrics.CountResult", "contracts.Fee", "vendors.ApiKey"} <= guarded


def test_a_role_that_would_be_narrowed_itself_is_refused(db, narrowed):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE desk_narrow LOGIN; GRANT INSERT ON contracts_contract TO desk_narrow")
    with pytest.raises(row_security.NotReadyError, match="ALTER ROLE desk_narrow BYPASSRLS"):
        row_security.install(connection)


def test_what_is_lacking_is_named(db, narrowed, monkeypatch):
    assert row_security.find_lacking(connection) == ""
    row_security.remove(connection)
    assert "lack their policies" in row_security.find_lacking(connection)
    monkeypatch.setattr(row_security, "role_of", lambda database: "nobody_at_all")

    assert row_security.find_lacking(connection) == "there is no role nobody_at_all"


def test_without_the_role_the_policies_are_taken_away(db, narrowed, monkeypatch):
    monkeypatch.setattr(row_security, "role_of", lambda database: "nobody_at_all")

    assert not row_security.install(connection)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_class WHERE relrowsecurity")
        assert cursor.fetchone() == (0,)
