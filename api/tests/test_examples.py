"""Every example of the documentation page does what it says, for the reader who is shown it.

curl and Python are run as they stand. No PowerShell and no Excel is there to run theirs: they are read, and compared
with what curl was seen to send.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from api.examples import Call, first_row, python
from bpo.sandbox import SANDBOX, in_sandbox
from contracts.models.service_levels import Feed
from metrics.models.results import Batch
from tests.support.cast import Cast, build_cast
from vendors.keys import KeyPrincipal, issue_key
from vendors.models import ApiKey

POWERSHELL = re.compile(r'-Method (\w+) -Uri "([^"]+)" -Headers @\{ Authorization = "Bearer \$env:DESK_KEY" \}')
BODY = re.compile(r"\$body = '(.*)'")
MEDIA_TYPE = re.compile(r'-ContentType "([^"]+)" -Body \$body')
POWER_QUERY = re.compile(
    r'Web\.Contents\("([^"]+)", \[\s*RelativePath = "([^"]+)", Headers = \[Authorization = "Bearer " & Key\]\]\)'
)
KEY_TEXT = re.compile(r"bpo_test_\w{8}_\w{40}")
pytestmark = pytest.mark.any_database
both = pytest.mark.django_db(transaction=True, databases=["default", SANDBOX])


@dataclass
class Reader:
    """Brightline's manager before the page, with a test key."""

    person: Client
    cast: Cast
    key: ApiKey
    secret: str
    base: str

    def page(self) -> str:
        return self.person.get("/api/docs").content.decode()

    def examples(self, language: str) -> list[str]:
        return shown(self.page(), language)

    def run(self, command: list[str]) -> Any:
        environment = os.environ | {"DESK_KEY": self.secret}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout


@dataclass
class Request:
    """What an example sends."""

    method: str
    address: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None


@pytest.fixture
def reader(request, transactional_db, live_server) -> Reader:
    cast = build_cast()
    key, secret = issue_key(
        vendor=cast.vendors["Brightline"], name="cron", scopes=["read", "results:write"], actor=None, expires_at=None,
        now=timezone.now() - timedelta(days=1), mode=ApiKey.Mode.TEST,
    )  # fmt: skip
    person = Client(headers={"host": live_server.url.removeprefix("http://")})
    person.force_login(cast.people["brightline-manager"])
    return Reader(person, cast, key, secret, live_server.url)


def shown(page: str, name: str) -> list[str]:
    found = re.findall(rf'data-example="{name}"><code>(.*?)</code>', page, re.DOTALL)
    return [unescape(code) for code in found]


def read_curl(command: str) -> Request:
    """What a curl command would send, by the few options that the examples use."""
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:2] == ["curl", "-s"]
    found = Request("GET", words[2])
    for option, value in zip(words[3::2], words[4::2], strict=True):
        if option == "-H":
            name, _colon, told = value.partition(": ")
            found.headers[name] = told.replace("$DESK_KEY", "KEY")
        else:
            assert option == "-d"
            found.method, found.body = "POST", json.loads(value)
    return found


def read_powershell(code: str) -> Request:
    method, address = POWERSHELL.search(code).groups()
    body, media_type = BODY.search(code), MEDIA_TYPE.search(code)
    headers = {"Authorization": "Bearer KEY"} | ({"Content-Type": media_type[1]} if media_type else {})
    return Request(method.upper(), address, headers, json.loads(body[1]) if body else None)


@both
def test_the_curl_commands_work_as_they_stand(reader):
    due, check, send, verdict = (json.loads(reader.run(["bash", "-c", code])) for code in reader.examples("curl"))

    assert due["results"][0]["feed"] == "QUALITY"
    assert (check["dry_run"], check["rows"]["new"]) == (True, 1)
    assert (send["dry_run"], send["rows"]["new"]) == (False, 1)
    assert (verdict["numerator"], verdict["denominator"], verdict["status"]) == ("95", "100", "met")


@both
def test_the_commands_beside_a_new_key_work_as_they_stand(reader):
    page = reader.person.post(
        "/api-keys", {"name": "first", "mode": "test", "scopes": ["read", "results:write"], "days": "30"}
    ).content.decode()
    export, commands = shown(page, "key")[0], shown(page, "first-steps")
    commands = [re.sub(r'"http://[^/]+', f'"{reader.base}', command) for command in commands]
    answers = [json.loads(reader.run(["bash", "-c", f"{export}\n{command}"])) for command in commands]

    assert KEY_TEXT.search(export)
    assert [answer["livemode"] for answer in answers] == [False] * 4
    assert answers[-1]["status"] == "met"


@both
def test_a_new_live_key_is_not_invited_to_send_an_invented_row(reader):
    facts = {"name": "first", "mode": "live", "scopes": ["read", "results:write"], "days": "30"}
    page = reader.person.post("/api-keys", facts).content.decode()

    assert [read_curl(code).address.partition("/api/v1/")[2] for code in shown(page, "first-steps")] == [
        "due",
        "results?dry_run=true",
    ]


@both
def test_the_python_examples_work_as_they_stand(reader):
    codes = reader.examples("python")

    for code in codes:
        reader.run([sys.executable, "-c", code])

    with in_sandbox():
        assert Batch.objects.get().api_key_id == reader.key.pk
    assert len(codes) == 4


@both
def test_the_python_example_of_a_case_says_what_its_row_says(reader):
    """Its row says true and false, which JSON and Python write differently."""
    first = first_row(only(reader.cast, Feed.Kind.CASES, {})[0], now=timezone.now())
    call = Call("", "/api/v1/results", json.dumps([first.row]))
    code = python(reader.base, call)

    assert eval(re.search(r"json\.dumps\((\[.*\])\)", code)[1]) == [first.row]


@both
def test_what_the_examples_send_is_not_on_the_record(reader):
    for code in reader.examples("curl"):
        reader.run(["bash", "-c", code])

    assert not Batch.objects.exists()


def test_the_powershell_examples_send_what_curl_sends(reader):
    powershell = [read_powershell(code) for code in reader.examples("powershell")]

    assert powershell == [read_curl(code) for code in reader.examples("curl")]


def test_the_power_query_examples_ask_what_curl_asks(reader):
    asked = [POWER_QUERY.search(code).groups() for code in reader.examples("excel")]
    by_curl = [read_curl(code).address for code in reader.examples("curl")]

    assert [f"{base}/{path}" for base, path in asked] == [by_curl[0], f"{reader.base}/api/v1/verdicts"]


@both
def test_the_power_query_examples_read_lists(reader):
    """Asked for as they ask, since `Answer[results]` has to be a table's rows."""
    headers = {"Authorization": f"Bearer {reader.secret}"}
    for code in reader.examples("excel"):
        _base, path = POWER_QUERY.search(code).groups()
        assert isinstance(Client().get(f"/{path}", headers=headers).json()["results"], list)


def only(cast: Cast, kind: str, terms: dict[str, Any], **more: Any) -> tuple[KeyPrincipal, dict[str, str]]:
    """A test key of a vendor with one feed that one service level reads, and the headers that show it."""
    contract = cast.contract(cast.clients["Acme"], cast.vendor("Everest"), "E-1")
    cast.level(cast.feed(contract, "ONLY", kind, **more), "LEVEL", **terms)
    facts = {"name": "cron", "scopes": ["read", "results:write"], "actor": None, "expires_at": None}
    key, secret = issue_key(
        vendor=contract.vendor, now=timezone.now() - timedelta(days=1), mode=ApiKey.Mode.TEST, **facts
    )
    return KeyPrincipal(key), {"Authorization": f"Bearer {secret}"}


def send_first(principal: KeyPrincipal, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """The status of the first row that is proposed, and its verdict."""
    first = first_row(principal, now=timezone.now())
    sent = Client().post("/api/v1/results", [first.row], content_type="application/json", headers=headers)
    return sent.status_code, Client().get(first.verdict_path, headers=headers).json()


@pytest.mark.django_db(databases=["default", SANDBOX])
@pytest.mark.parametrize(
    "kind, more",
    [
        (Feed.Kind.COUNTS, {"schedule": Feed.Schedule.DAILY}),
        (Feed.Kind.COUNTS, {"schedule": Feed.Schedule.WEEKLY}),
        (Feed.Kind.COUNTS, {"schedule": Feed.Schedule.EVENT}),
        (Feed.Kind.CONTACTS, {}),
        (Feed.Kind.CASES, {}),
        (Feed.Kind.OBSERVATIONS, {}),
        (Feed.Kind.DOWNTIME, {}),
    ],
)
def test_the_first_row_is_one_that_any_kind_of_feed_takes(cast, kind, more):
    terms = {"aggregation": "availability"} if kind == Feed.Kind.DOWNTIME else {}
    status, verdict = send_first(*only(cast, kind, terms, **more))

    assert (status, verdict["code"]) == (201, "LEVEL")


@pytest.mark.django_db(databases=["default", SANDBOX])
def test_the_first_row_is_one_that_a_narrowed_service_level_counts(cast):
    terms = {"aggregation": "mean", "unit": "s", "narrowing": {"queue": ["PS"]}, "params": {"of": "wait"}}
    _status, verdict = send_first(*only(cast, Feed.Kind.CONTACTS, terms))

    assert verdict["cases"] == 1


@pytest.mark.django_db(databases=["default", SANDBOX])
def test_totals_of_one_split_are_proposed_where_a_service_level_counts_that(cast):
    terms = {"narrowing": {"split": ["complaints"]}}
    _status, verdict = send_first(*only(cast, Feed.Kind.COUNTS, terms, schedule=Feed.Schedule.MONTHLY))

    assert verdict["cases"] == 100


@pytest.mark.django_db(databases=["default", SANDBOX])
def test_the_first_row_of_a_feed_that_has_ended_lies_on_its_last_day(cast):
    ended = timezone.localdate() - timedelta(days=40)
    status, verdict = send_first(*only(cast, Feed.Kind.CONTACTS, {}, ends_on=ended))

    assert (status, verdict["period"]["starts_on"]) == (201, f"{ended - timedelta(days=1):%Y-%m}-01")


def test_the_quick_start_is_filled_in_with_the_readers_own(reader):
    text = reader.page()

    assert f"bpo_test_{reader.key.prefix}_…" in text
    assert reader.cast.contracts["A-1"].public_id in text


def test_a_live_key_is_not_shown_in_the_quick_start(reader):
    ApiKey.objects.update(mode=ApiKey.Mode.LIVE)

    assert reader.key.prefix not in reader.page()


def test_a_stranger_reads_the_same_page_with_nobodys_key(reader):
    text = Client().get("/api/docs").content.decode()

    assert reader.key.prefix not in text
    assert reader.cast.contracts["A-1"].public_id not in text
    assert "export DESK_KEY=bpo_test_…" in text


def test_every_address_and_every_link_of_the_reference_is_there(reader, client):
    text = reader.page()
    paths = client.get("/api/openapi.json").json()["paths"]

    assert all(f"{method.upper()} {path}" in text for path, methods in paths.items() for method in methods)
    anchors = set(re.findall(r'href="#([^"]+)"', text))
    assert anchors <= set(re.findall(r'id="([^"]+)"', text))
