"""Every example of the documentation page does what it says, for the reader who is shown it."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from metrics.models.results import CountResult
from tests.support.cast import build_cast
from vendors.keys import issue_key

POWERSHELL = re.compile(r'-Method (\w+) -Uri "([^"]+)" -Headers @\{ Authorization = "Bearer \$env:DESK_KEY" \}')
BODY = re.compile(r"\$body = '(.*)'")
POWER_QUERY = re.compile(r'Web\.Contents\("([^"]+)", \[\s*RelativePath = "([^"]+)", Headers = \[Authorization =')


@pytest.fixture
def reader(transactional_db, live_server):
    """Brightline's manager before the page, with a key."""
    cast = build_cast()
    key, secret = issue_key(
        vendor=cast.vendors["Brightline"], name="cron", scopes=["read", "results:write"], actor=None, expires_at=None,
        now=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    person = Client(headers={"host": live_server.url.removeprefix("http://")})
    person.force_login(cast.people["brightline-manager"])
    person.key, person.secret, person.cast = key, secret, cast
    return person


def page_of(client: Client) -> str:
    return client.get("/api/docs").content.decode()


def examples(client: Client, language: str) -> list[str]:
    found = re.findall(rf'data-example="{language}"><code>(.*?)</code>', page_of(client), re.DOTALL)
    return [unescape(code) for code in found]


def run(command: list[str], secret: str) -> dict:
    done = subprocess.run(
        command, env=os.environ | {"DESK_KEY": secret}, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_the_three_curl_commands_work_as_they_stand(reader):
    due, check, send = (json.loads(run(["bash", "-c", code], reader.secret)) for code in examples(reader, "curl"))

    assert due["results"][0]["feed"] == "QUALITY"
    assert (check["dry_run"], check["rows"]["new"]) == (True, 1)
    assert (send["dry_run"], send["rows"]["new"]) == (False, 1)
    assert CountResult.objects.get().batch.api_key == reader.key


def test_the_python_examples_work_as_they_stand(reader):
    codes = examples(reader, "python")

    for code in codes:
        run([sys.executable, "-c", code], reader.secret)

    assert len(codes) == 3
    assert CountResult.objects.get().batch.api_key == reader.key


def test_the_powershell_examples_make_the_same_requests(reader):
    """Read back and sent, because no PowerShell runs where the tests do."""
    headers = {"Authorization": f"Bearer {reader.secret}"}
    statuses = []
    for code in examples(reader, "powershell"):
        method, address = POWERSHELL.search(code).groups()
        path = "/" + address.split("/", 3)[3]
        body = BODY.search(code)
        send = Client().post if method == "Post" else Client().get
        more = {"data": body[1], "content_type": "application/json"} if body else {}
        statuses.append(send(path, headers=headers, **more).status_code)

    assert statuses == [200, 200, 201]


def test_the_power_query_examples_read_lists(reader):
    """Read back and asked for, because no Excel runs where the tests do."""
    headers = {"Authorization": f"Bearer {reader.secret}"}
    for code in examples(reader, "excel"):
        _base, path = POWER_QUERY.search(code).groups()
        answer = Client().get(f"/{path}", headers=headers)
        assert isinstance(answer.json()["results"], list)


def test_the_quick_start_is_filled_in_with_the_readers_own(reader):
    text = page_of(reader)

    assert f"bpo_live_{reader.key.prefix}_…" in text
    assert reader.cast.contracts["A-1"].public_id in text


def test_a_stranger_reads_the_same_page_with_nobodys_key(reader):
    text = page_of(Client())

    assert reader.key.prefix not in text
    assert reader.cast.contracts["A-1"].public_id not in text
    assert "export DESK_KEY=bpo_live_…" in text


def test_every_address_and_every_link_of_the_reference_is_there(reader, client):
    text = page_of(client)
    paths = client.get("/api/openapi.json").json()["paths"]

    assert all(f"{method.upper()} {path}" in text for path, methods in paths.items() for method in methods)
    anchors = set(re.findall(r'href="#([^"]+)"', text))
    assert anchors <= set(re.findall(r'id="([^"]+)"', text))
