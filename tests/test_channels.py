"""By whatever channel somebody names what is not theirs, they are answered as if it had never been.

`tests/test_access_matrix.py` asks for paths and bodies of one thing. Here are the others: filters, somebody else's row
among one's own, nested ids, files and their names, cursors, headers, and keys of repeated requests.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.builders import NOW
from tests.support.cast import build_cast
from tests.test_access_matrix import ABSENT, EXCUSE, RESULT, World, bare

pytestmark = pytest.mark.any_database
STRANGERS = {"cobalt-manager": "A-2", "delta-manager": "Z-1"}
# What each parameter names; of whom Cobalt works for it may know.
NAMED = {"contract": "contract", "vendor": "vendor", "service_level": "level", "group": "group", "batch": "batch"}
PAGES = ("/service-levels", "/breaches", "/verdicts", "/contracts", "/late-arrivals", "/data", "/excuses")
ABSENT_CLIENT = {"client": "CL-00000"}
Answer = tuple[int, bytes]


@pytest.fixture(scope="module")
def built(module_database: None) -> World:
    with time_machine.travel(NOW, tick=False):
        found = World(build_cast())
        found.names |= {"client": found.level.contract.client.public_id}
        return found


@pytest.fixture
def db(put_back: None) -> None:
    """The module's world, as it was."""


@pytest.fixture
def world(built: World, db: None) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield deepcopy(built)


def compared(world: World, ask: Callable[[dict[str, str]], HttpResponse]) -> tuple[Answer, Answer]:
    """The answers about what is somebody else's, and about what never was, without the names themselves."""
    ids = [*world.names.values(), *ABSENT.values(), *ABSENT_CLIENT.values()]
    answers = [ask(names) for names in (world.names, world.names | ABSENT | ABSENT_CLIENT)]
    foreign, absent = ((answer.status_code, bare(answer, *ids)) for answer in answers)
    return foreign, absent


def filters() -> list[tuple[str, str]]:
    """Every list of the API, and every page of one, with each parameter that names something."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    lists = {path: methods["get"] for path, methods in schema["paths"].items() if "{" not in path and "get" in methods}
    found = [
        (path, parameter["name"])
        for path, get in sorted(lists.items())
        for parameter in get.get("parameters", ())
        if parameter["in"] == "query" and parameter["name"] in {**NAMED, "client": ""}
    ]
    return found + [(path, name) for path in PAGES for name in (*NAMED, "client")]


@pytest.mark.parametrize("name", STRANGERS)
def test_a_filter_by_what_is_foreign_finds_what_a_filter_by_nothing_finds(world: World, name: str):
    unlike = [
        f"{path}?{parameter}"
        for path, parameter in filters()
        # Cobalt works for the same client.
        if (name, parameter) != ("cobalt-manager", "client") and not is_like_nothing(world, name, path, parameter)
    ]

    assert unlike == []


def is_like_nothing(world: World, name: str, path: str, parameter: str) -> bool:
    session, kind = world.sessions[name], NAMED.get(parameter, parameter)
    foreign, absent = compared(world, lambda names: session.get(path, {parameter: names[kind]}))
    return foreign == absent


def test_to_whom_it_belongs_it_makes_a_difference(world: World):
    asked = [("/api/v1/verdicts", "contract"), ("/breaches", "service_level"), ("/api/v1/excuses", "group")]

    assert not any(is_like_nothing(world, "brightline-manager", *each) for each in asked)


def test_the_lists_have_such_filters():
    assert len([name for path, name in filters() if path.startswith("/api/")]) > 20


def results_of(world: World, name: str, names: dict[str, str]) -> list[dict[str, str]]:
    """A good result of the vendor's own contract, and one of the contract of these names."""
    own = world.cast.contracts[STRANGERS[name]].public_id
    row = {key: value for key, value in RESULT.items() if key != "contract"}
    return [row | {"contract": own}, row | {"contract": names["contract"]}]


def as_csv(rows: list[dict[str, str]]) -> str:
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows), ""])


@pytest.mark.parametrize("query", ["", "&partial=true"])
@pytest.mark.parametrize(
    ("media_type", "write"),
    [
        ("application/json", json.dumps),
        ("application/x-ndjson", lambda rows: "\n".join(map(json.dumps, rows))),
        ("text/csv", as_csv),
    ],
    ids=["json", "ndjson", "csv"],
)
@pytest.mark.parametrize("name", STRANGERS)
def test_a_row_among_others_for_a_foreign_contract(world: World, name: str, media_type: str, write, query: str):
    session = world.sessions[name]

    def send(names: dict[str, str]) -> HttpResponse:
        body = write(results_of(world, name, names))
        return session.post(f"/api/v1/results?dry_run=true{query}", body, content_type=media_type)

    foreign, absent = compared(world, send)
    assert foreign == absent


@pytest.mark.parametrize("name", STRANGERS)
def test_a_foreign_level_nested_among_ones_own(world: World, name: str):
    own = world.cast.levels[f"{STRANGERS[name]}/ACCURACY"].public_id
    days = {key: value for key, value in EXCUSE.items() if key != "service_level"}
    foreign, absent = compared(
        world,
        lambda names: world.sessions[name].post(
            "/api/v1/excuse-groups", days | {"service_levels": [own, names["level"]]}, content_type="application/json"
        ),
    )

    assert foreign == absent
    assert foreign[0] == 422


def upload(world: World, name: str, file_name: str, content: str) -> HttpResponse:
    session = world.sessions[name]
    sent = session.post("/imports/new", {"file": SimpleUploadedFile(file_name, content.encode(), "text/csv")})
    assert sent.status_code == 302, sent.content
    answer: HttpResponse = session.get(sent["Location"])
    answer.content = answer.content.replace(sent["Location"].encode(), b"").replace(
        sent["Location"].rsplit("/", 1)[1].encode(), b""
    )
    return answer


@pytest.mark.parametrize("name", STRANGERS)
def test_a_column_of_a_file_that_names_a_foreign_contract(world: World, name: str):
    foreign, absent = compared(
        world, lambda names: upload(world, name, "october.csv", as_csv(results_of(world, name, names)))
    )

    assert foreign == absent


@pytest.mark.parametrize("name", STRANGERS)
def test_a_file_that_is_called_like_a_foreign_feed(world: World, name: str):
    row = "feed,period,numerator,denominator\nQUALITY,2025-10,9,10\n"
    foreign, absent = compared(world, lambda names: upload(world, name, f"{names['feed']}.csv", row))

    assert foreign == absent


@pytest.mark.parametrize("name", ["rival-key", "foreign-key"])
def test_somebody_elses_key_of_a_repeated_request_is_a_new_one(world: World, name: str):
    body = json.dumps(RESULT | {"contract": world.names["contract"], "period": "2025-06"})

    def send(key: str, repeated: str) -> HttpResponse:
        headers = {"Authorization": f"Bearer {world.keys[key]}", "Idempotency-Key": repeated}
        return Client().post("/api/v1/results", body, content_type="application/json", headers=headers)

    assert send("key", "batch-1").status_code == 201
    same, other = send(name, "batch-1"), send(name, "batch-2")

    assert (same.status_code, bare(same)) == (other.status_code, bare(other))
    assert same.status_code == 422


@pytest.mark.parametrize("name", ["rival-key", "foreign-key"])
def test_a_cursor_that_somebody_else_was_given_leads_to_ones_own_rows(world: World, name: str):
    mine, theirs = (
        {"headers": {"Authorization": f"Bearer {world.keys[key]}"}, "data": {"limit": "1", "cursor": ""}}
        for key in (name, "key")
    )
    given = Client().get("/api/v1/verdicts", **theirs).json()["next"]
    assert given
    answer = Client().get(given, headers=mine["headers"])

    assert answer.status_code == 200
    assert world.names["level"] not in answer.content.decode()


@pytest.mark.parametrize("name", STRANGERS)
def test_a_foreign_organisation_cannot_be_chosen_as_ones_own(world: World, name: str):
    session = world.sessions[name]
    before = bare(session.get("/"))
    session.post("/organisation", {"organisation": world.names["organisation"]})

    assert bare(session.get("/")) == before


@pytest.mark.parametrize("header", ["X-Test-Now", "If-None-Match", "X-Request-Id", "X-Forwarded-User", "Cookie"])
def test_no_header_that_names_something_foreign_makes_a_difference(world: World, header: str):
    secret = {"Authorization": f"Bearer {world.keys['rival-key']}"}
    foreign, absent = compared(
        world, lambda names: Client().get("/api/v1/verdicts", headers=secret | {header: names["level"]})
    )

    assert foreign == absent
