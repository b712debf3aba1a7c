"""The API answers as its OpenAPI description says, and every error has its page."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from jsonschema import Draft202012Validator

from api.error_codes import CATALOGUE
from api.tests.test_reading import judged
from intake.tests.test_sending import EVERY_KIND, ROW
from tests.support.api_clients import RESULTS, Door, key_for
from tests.support.described import description as strict_description

__all__ = ["judged"]

# Where an error is made, its code stands right before its sentence.
CODE = re.compile(r'"([a-z]+(?:_[a-z]+)+)",\s*_\(')


@pytest.fixture
def description() -> dict[str, Any]:
    return strict_description()


def check(description: dict[str, Any], path: str, response: Any, method: str = "get") -> None:
    """The answer's status is described for this path, and its body fits."""
    answers = description["paths"][path][method]["responses"]
    assert str(response.status_code) in answers, f"{method} {path} does not describe {response.status_code}"
    media_type = response.headers["Content-Type"].split(";")[0]
    schema = answers[str(response.status_code)]["content"][media_type]["schema"]
    whole = {"components": description["components"], **schema}
    errors = [
        f"{list(error.path)}: {error.message}" for error in Draft202012Validator(whole).iter_errors(response.json())
    ]
    assert not errors, errors


@pytest.mark.parametrize("noun", ["contracts", "feeds", "service-levels", "verdicts", "breaches", "batches"])
def test_lists_are_as_described(judged: Door, description, noun):
    check(description, f"/api/v1/{noun}", judged.get(f"/api/v1/{noun}"))
    check(description, f"/api/v1/{noun}", judged.get(f"/api/v1/{noun}", nonsense=1))
    check(description, f"/api/v1/{noun}", Client().get(f"/api/v1/{noun}"))


@pytest.mark.parametrize("noun", ["contracts", "service-levels", "breaches", "batches"])
def test_single_things_are_as_described(judged: Door, description, noun):
    name = judged.get(f"/api/v1/{noun}").json()["results"][0]["id"]

    check(description, f"/api/v1/{noun}/{{id}}", judged.get(f"/api/v1/{noun}/{name}"))
    check(description, f"/api/v1/{noun}/{{id}}", judged.get(f"/api/v1/{noun}/{name[:3]}00000"))


def test_a_verdict_is_as_described(judged: Door, description):
    response = judged.get(f"/api/v1/verdicts/{judged.levels['AHT'].public_id}/2025-06")

    check(description, "/api/v1/verdicts/{level}/{period}", response)


def test_results_are_as_described(door: Door, description):
    name = door.post(ROW).json()["results"][0]["id"]

    check(description, RESULTS, door.get(RESULTS, feed="AHT"))
    check(description, RESULTS, door.get(RESULTS))
    check(description, RESULTS + "/{name}", door.get(f"{RESULTS}/{name}"))
    check(description, RESULTS + "/{name}", door.get(f"{RESULTS}/CT-00000.AHT.YQ"))


def test_every_answer_to_a_sender_is_as_described(door: Door, description, settings):
    reading = {"Authorization": f"Bearer {key_for(door.cast.vendors['Brightline'], 'read')}"}
    answers = {
        201: door.post(EVERY_KIND),
        200: door.post(EVERY_KIND),
        400: door.post("{"),
        401: Client().post(RESULTS, "{}", content_type="application/json"),
        403: door.post(ROW, headers=reading),
        409: door.post(ROW | {"value": 1}),
        411: door.post(ROW, headers={"Transfer-Encoding": "chunked"}),
        413: door.post("[" + " " * 10 * 1024 * 1024 + "]"),
        415: door.post("value=1", type_="text/plain"),
        422: door.post([ROW | {"vlaue": 1}, 5, ROW | {"note": {"a": 1}}]),
    }
    settings.API_WRITES_PER_MINUTE = 1
    answers[429] = door.post(ROW)

    for status, response in answers.items():
        assert response.status_code == status, response.content[:300]
        check(description, RESULTS, response, "post")


def test_taking_back_is_as_described(door: Door, description):
    name = door.post(ROW).json()["results"][0]["id"]
    send = {"content_type": "application/json", "headers": door.headers}

    for body in ({"reason": "twice"}, {"reason": "twice"}, {"note": "x"}):
        check(description, RESULTS + "/{name}/void", Client().post(f"{RESULTS}/{name}/void", body, **send), "post")


def test_every_code_in_the_source_has_its_entry():
    patterns = (
        "bpo/request_bodies.py",
        "bpo/query_parameters.py",
        "bpo/strict_*.py",
        "bpo/api_base.py",
        "bpo/cursors.py",
        "intake/*.py",
        "*/api/*.py",
    )
    sources = {path for pattern in patterns for path in Path(settings.BASE_DIR).glob(pattern)}
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    raised = set(CODE.findall(text))

    assert len(raised) > 40
    assert raised <= set(CATALOGUE)


@pytest.mark.any_database
@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_the_page_behind_an_error_exists(client, db, code):
    response = client.get(f"/api/problems/{code}")

    assert response.status_code == 200
    assert str(CATALOGUE[code].meaning)[:20] in response.content.decode().replace("&#x27;", "'")


def test_an_error_names_its_page(door: Door):
    path = door.post("{").json()["type"].removeprefix(settings.BASE_URL)

    assert Client().get(path).status_code == 200


def test_the_description_is_openapi_and_open_to_all(client, db):
    assert client.get("/api/openapi.json").json()["openapi"].startswith("3.1")
    assert client.get("/api/docs").status_code == 200


@pytest.mark.any_database
def test_every_noun_is_described_and_no_other(description):
    used = {tag for path in description["paths"].values() for operation in path.values() for tag in operation["tags"]}

    assert {tag["name"] for tag in description["tags"]} == used
