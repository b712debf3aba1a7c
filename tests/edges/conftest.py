"""A desk that a test uses as its users do: terms files, commands, the API and pages, and a clock that the test sets."""

import html
import json
import re
from datetime import datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from bpo.models import Membership, Organisation, User

HEAD = """
format: 1
effective_on: {effective_on}
client: {{name: Nordhavn, country: DE, zone: Europe/Berlin, currency: EUR}}
vendor: {{name: Kestrel, country: PT}}
processes: [{{name: Care, operation: customer_service, office: front}}]
contract: {{reference: N-1, title: Care, starts_on: {starts_on}{more}}}
"""
ZONE = ZoneInfo("Europe/Berlin")


class Desk:
    """One contract between Nordhavn and Kestrel, as its people see it."""

    def __init__(self, folder: Any, clock: Any) -> None:
        self.folder, self.clock, self.secret = folder, clock, ""
        self.levels: dict[str, str] = {}

    def at(self, day: str, hour: int = 9) -> None:
        """Move the clock to a day and hour in Berlin."""
        self.clock.move_to(datetime.fromisoformat(day).replace(hour=hour, tzinfo=ZONE))

    def load(
        self, body: str, *, starts_on: str = "2025-01-01", effective_on: str = "", more: str = "", restate: str = ""
    ) -> str:
        """Load a terms file: its head is the same for all tests, `more` adds to the contract's line."""
        file = self.folder / "terms.yaml"
        head = HEAD.format(
            starts_on=starts_on, effective_on=effective_on or starts_on, more=f", {more}" if more else ""
        )
        file.write_text(head + body, encoding="utf-8")
        shown = StringIO()
        try:
            call_command("load_terms", str(file), *(["--restate", restate] if restate else []), stdout=shown)
        except CommandError as refusal:
            raise AssertionError(str(refusal)) from refusal
        if not self.secret:
            key = StringIO()
            call_command("issue_key", "Kestrel", "test", stdout=key, stderr=StringIO())
            self.secret = key.getvalue().strip()
        return shown.getvalue()

    def send(self, *rows: dict[str, Any], expect: tuple[int, ...] = (200, 201), query: str = "") -> dict[str, Any]:
        """Post results; returns the receipt or the problem."""
        answer = Client().post(
            f"/api/v1/results{query}", json.dumps(list(rows)), content_type="application/json", headers=self._headers
        )
        assert answer.status_code in expect, answer.content.decode()
        return answer.json()

    def night(self, day: str) -> None:
        """Come to six o'clock of a morning, with the work done and the night of that date run."""
        self.at(day, 6)
        call_command("judge", stdout=StringIO())
        call_command("night", "Europe/Berlin", stdout=StringIO())

    def get(self, path: str, **parameters: Any) -> Any:
        answer = Client().get(f"/api/v1/{path}", parameters, headers=self._headers)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def verdicts(self, code: str) -> dict[str, dict[str, Any]]:
        """The current verdicts of a service level, by the label of their period."""
        found = self.get("verdicts", service_level=self.level(code), limit=100)["results"]
        return {verdict["period"]["label"]: verdict for verdict in found}

    def verdict(self, code: str, label: str) -> dict[str, Any]:
        found = self.verdicts(code)
        assert label in found, f"no verdict of {label}, only of {sorted(found)}"
        return found[label]

    def level(self, code: str) -> str:
        """The public id of a service level."""
        if not self.levels:
            self.levels = {level["code"]: level["id"] for level in self.get("service-levels")["results"]}
        return self.levels[code]

    def page(self, path: str, *, side: str = "client", expect: int = 200, raw: bool = False) -> str:
        """The text of a page as a manager of the client or the vendor reads it, without tags unless `raw`."""
        browser = self.browser(side)
        answer = browser.get(path)
        assert answer.status_code == expect, f"{path} answers {answer.status_code}"
        return answer.content.decode() if raw else text_of(answer)

    def upload(self, file_name: str, content: bytes, feed: str) -> "File":
        """Bring a file for a feed as the vendor's manager; nothing is imported yet."""
        browser = self.browser("vendor")
        address = next(f"{row['contract']}.{feed}" for row in self.get("feeds")["results"] if row["code"] == feed)
        given = {"file": SimpleUploadedFile(file_name, content), "feed": address}
        return File(browser, browser.post("/imports/new", given)["Location"])

    def browser(self, side: str) -> Client:
        """A browser in which a manager of the client or the vendor has signed in."""
        name, role = {"client": ("Nordhavn", "client_manager"), "vendor": ("Kestrel", "vendor_manager")}[side]
        user, is_new = User.objects.get_or_create(
            email=f"{side}@example.org", defaults={"name": side, "zone": "Europe/Berlin"}
        )
        if is_new:
            organisation = Organisation.objects.get(name=name)
            Membership.objects.create(user=user, organisation=organisation, role=role)
        browser = Client()
        browser.force_login(user)
        return browser

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


class File:
    """A file that was brought, and its page."""

    def __init__(self, browser: Client, address: str) -> None:
        self.browser, self.address = browser, address

    @property
    def page(self) -> str:
        return text_of(self.browser.get(self.address))

    def set_reading(self, **given: str) -> None:
        """Say how the file is read."""
        self.browser.post(f"{self.address}/columns", given)

    def press_import(self, *confirmed: str) -> str:
        """Press Import with the check boxes of these codes; returns the page."""
        self.browser.post(f"{self.address}/decide", {"act": "confirm", "confirm": confirmed})
        return self.page


def text_of(answer: Any) -> str:
    """The text of a page, without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


@pytest.fixture
def desk(db: None, tmp_path: Any) -> Any:
    with time_machine.travel(datetime(2025, 1, 1, 9, tzinfo=ZONE), tick=True) as clock:
        yield Desk(tmp_path, clock)
