"""Every write of the API is carried out once under an Idempotency-Key, whatever its route."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, resolve
from django.utils import timezone

from api.urls import v1
from bpo.models import AuditEntry, Membership, Role, UserSession
from bpo.sandbox import SANDBOX, in_sandbox
from intake.tests.test_retries import at_once
from metrics.models.breaches import Excuse
from tests.support.api_clients import key_for
from tests.support.databases import undone
from tests.support.described import description
from tests.test_access_matrix import PEOPLE, POST, PUT, RESULT, World
from tests.test_access_matrix import own_world as world
from vendors.keys import rotate_key
from vendors.models import ApiKey, KeyRequest

__all__ = ["world"]
WRITING = {"post", "put", "patch", "delete"}
KEY = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}
DECISION = next((template, body) for template, body, _ in POST if template == "/api/v1/excuses/{excuse}/decision")
ASKING = next((template, body) for template, body, _ in POST if template == "/api/v1/excuses")
RESET = "api:reset-test"

pytestmark = pytest.mark.django_db(databases=["default", SANDBOX])


def writing_routes(patterns: list[URLPattern]) -> Iterator[tuple[str, str]]:
    """The name of each route that changes something, and the method that does."""
    for pattern in patterns:
        view = pattern.callback
        methods = getattr(view, "actions", None) or {name for name in WRITING if hasattr(view.cls, name)}
        yield from ((f"api:{pattern.name}", method) for method in sorted(WRITING.intersection(methods)))


def requests_of(world: World) -> dict[tuple[str, str], tuple[Client, dict[str, str], str, dict[str, str]]]:
    """For each route and method a request that succeeds: its sender, with which headers, its address and body."""
    found = {}
    for template, body, expected in POST:
        granted = [name for name, status in zip(PEOPLE, expected.split(), strict=True) if status in ("200", "201")]
        if template.startswith("/api/") and "?" not in template and granted:
            route = resolve(world.address(template)).view_name, "put" if template in PUT else "post"
            found[route] = (world.sessions[granted[0]], {}, template, body)
    elsewhere = UserSession.objects.create(
        user=world.cast.people["acme-manager"], session_key="elsewhere", began_at=timezone.now(), seen_at=timezone.now()
    )
    ending = f"/api/v1/sessions/{elsewhere.public_id}/end"
    found["api:usersession-end", "post"] = (world.sessions["acme-manager"], {}, ending, {})
    secret = key_for(world.cast.vendors["Brightline"], mode=ApiKey.Mode.TEST)
    found[RESET, "post"] = (Client(), {"Authorization": f"Bearer {secret}"}, "/api/v1/test/reset", {})
    return found


def rows() -> int:
    """How many rows there are, without the log of requests, which lists repeated ones too."""
    tables = [model for model in apps.get_models() if model is not KeyRequest]
    live = sum(model._base_manager.count() for model in tables)
    with in_sandbox():
        return live + sum(model._base_manager.count() for model in tables)


def ignores_the_key(world: World, client: Client, headers: dict[str, str], template: str, body: dict[str, str]) -> str:
    """What a route does otherwise than it should; empty where it does all."""
    first = world.post(client, template, body, **headers, **KEY)
    before = rows()
    again = world.post(client, template, body, **headers, **KEY)
    if first.status_code not in (200, 201):
        return f"it answers {first.status_code}"
    if (again.status_code, again.content) != (first.status_code, first.content) or rows() != before:
        return "the same request is carried out again"
    if "Idempotent-Replayed" in first.headers or again.headers.get("Idempotent-Replayed") != "true":
        return "a repeated answer, and it alone, has Idempotent-Replayed"
    send = client.put if template in PUT else client.post
    other = send(world.address(template), f"{world.json(body)} ", "application/json", headers=headers | KEY)
    if (other.status_code, other.json()["code"]) != (422, "idempotency_key_reused") or rows() != before:
        return f"another request under the key gets {other.status_code}"
    return ""


def test_every_writing_route_carries_out_a_request_under_a_key_once(world):
    requests, wrong = requests_of(world), []
    for route in writing_routes(v1):
        if route not in requests:
            wrong.append(f"{route}: it has no row in POST of tests/test_access_matrix.py")
            continue
        with undone():
            fault = ignores_the_key(world, *requests[route])
            wrong += [f"{route}: {fault}"] * bool(fault)

    assert wrong == []


@pytest.mark.any_database
def test_every_write_that_is_described_names_the_header():
    silent = [
        f"{method} {path}"
        for path, methods in description()["paths"].items()
        for method in WRITING.intersection(methods)
        if "Idempotency-Key" not in {parameter["name"] for parameter in methods[method].get("parameters", ())}
    ]

    assert silent == []


def decide(world: World, name: str = "acme-manager") -> HttpResponse:
    client = Client()
    client.cookies = world.sessions[name].cookies
    return world.post(client, *DECISION, **KEY)


def test_whoever_lost_a_role_gets_no_answer_again(world):
    decide(world)
    Membership.objects.filter(user=world.cast.people["acme-manager"]).update(role=Role.CLIENT_VIEWER)
    answer = decide(world)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_whoever_got_another_role_gets_the_answer_again(world):
    first, manager = decide(world), world.cast.people["acme-manager"]
    Membership.objects.create(
        user=manager, organisation=world.cast.clients["Zenith"].organisation, role=Role.CLIENT_VIEWER
    )

    assert decide(world).content == first.content


def test_whoever_sees_a_thing_no_more_gets_no_answer_about_it(world):
    decide(world)
    Membership.objects.filter(user=world.cast.people["acme-manager"]).delete()

    assert decide(world).status_code == 404


def test_another_person_is_not_told_what_somebody_was_answered(world):
    decide(world)
    organisation = world.cast.clients["Acme"].organisation
    other = world.cast.person("acme-other", organisation, Role.CLIENT_MANAGER)
    world.sessions["acme-other"] = Client()
    world.sessions["acme-other"].force_login(other)
    answer = decide(world, "acme-other")

    assert (answer.status_code, answer.json()["code"]) == (409, "decided_before")


def ask(world: World, secret: str) -> HttpResponse:
    return world.post(Client(), *ASKING, Authorization=f"Bearer {secret}", **KEY)


def test_a_key_that_replaces_another_repeats_its_request(world):
    first = ask(world, world.keys["key"])
    old = ApiKey.objects.get(name="key")
    _key, secret = rotate_key(key=old, overlap=old.created_at - old.created_at, actor=None, now=old.created_at)

    assert ask(world, secret).content == first.content
    assert Excuse.objects.filter(reason="Portal down.", asked_with__isnull=False).count() == 1


def test_a_key_without_the_scope_gets_no_answer_again(world):
    ask(world, world.keys["key"])

    assert ask(world, world.keys["reading-key"]).status_code == 403


def test_a_request_that_is_refused_leaves_its_key_unused(world):
    template, _body = DECISION
    world.post(world.sessions["acme-manager"], template, {"decision": "refuse"}, **KEY)

    assert decide(world).status_code == 200


def test_a_dry_run_uses_up_no_key(world):
    template, body = ASKING
    world.post(Client(), f"{template}?dry_run=true", body, Authorization=f"Bearer {world.keys['key']}", **KEY)

    assert ask(world, world.keys["key"]).status_code == 201


@pytest.mark.django_db(transaction=True, databases=["default", SANDBOX])
def test_of_requests_at_once_under_one_key_one_is_carried_out(world):
    asked = at_once(6, lambda: ask(world, world.keys["key"]))
    decided = at_once(6, lambda: decide(world))

    assert ([each.status_code for each in asked], [each.status_code for each in decided]) == ([201] * 6, [200] * 6)
    assert (len({each.content for each in asked}), len({each.content for each in decided})) == (1, 1)
    assert AuditEntry.objects.filter(action="decide_excuse").count() == 1
    assert Excuse.objects.filter(asked_with__isnull=False).count() == 1


def test_a_delay_is_answered_again_after_its_report_has_come(world):
    template, body = next((template, body) for template, body, _ in POST if template.startswith("/api/v1/due/"))
    vendor = world.sessions["brightline-manager"]
    first = world.post(vendor, template, body, **KEY)
    world.post(vendor, "/api/v1/results", RESULT)

    assert world.post(vendor, template, body).status_code == 404
    assert world.post(vendor, template, body, **KEY).content == first.content
