"""Every command and request that the documents show is run, as it stands there.

The page on the vendors' command line has a test of its own (tests/test_command_line.py).
"""

import io
import re
import shlex
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command, load_command_class
from django.utils import timezone

from bpo.sandbox import SANDBOX
from contracts.models.service_levels import Feed
from intake.upload_addresses import make_address
from metrics.services.judging import judge_all
from tests.support.cast import Cast
from vendors.keys import issue_key
from vendors.models import ApiKey

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^ *```(?:sh|bash)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FILES = {
    "october.csv": "feed,period,numerator,denominator\nQUALITY,2025-10,2831,3050\n",
    "site.csv": "Monat;Gut;Gesamt;Filiale\nOkt 2025;2.831;3.050,0;Nord\n",
    "acme.yaml": "".join(
        (ROOT / "contracts/library" / name).read_text(encoding="utf-8") for name in ("sample_head.yaml", "payroll.yaml")
    ),
}
# What a reader puts in the place of what the document shows.
NAMES = {"VENDOR": "Brightline", "CT-7K2M9": "A-1", "october.csv": "october.csv"}


def examples(path: Path) -> list[str]:
    """The commands of a document, one a line."""
    text = "\n".join(BLOCK.findall(path.read_text(encoding="utf-8")))
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


SHOWN = [
    pytest.param(path, line, id=f"{path.name}: {line[:70]}")
    for path in DOCUMENTS
    if path.name != "vendors.md"
    for line in examples(path)
]


@pytest.fixture
def reader(cast: Cast, client, tmp_path, monkeypatch):
    """Somebody at Brightline who types what stands in a document."""
    secret, test_secret = (
        issue_key(
            vendor=cast.vendors["Brightline"],
            name="reader",
            scopes=["read", "results:write", "excuses:ask"],
            actor=None,
            expires_at=None,
            now=timezone.now() - timedelta(hours=1),
            mode=mode,
        )[1]
        for mode in (ApiKey.Mode.LIVE, ApiKey.Mode.TEST)
    )
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return Reader(cast, client, secret, test_secret, tmp_path, monkeypatch)


class Reader:
    """Understands make, manage.py and curl, as far as the documents use them."""

    def __init__(self, cast, client, secret, test_secret, folder, monkeypatch) -> None:
        self.cast, self.client, self.folder, self.monkeypatch = cast, client, folder, monkeypatch
        self.secret, self.test_secret = secret, test_secret

    def type(self, line: str) -> str:
        words = shlex.split(line, comments=True)
        if "&&" in words:
            return "".join(map(self.type, line.split("&&")))
        if words[0] == "make":
            return self.make(words[1])
        if words[0] == "export":
            return " ".join(words)
        if words[0] == "curl":
            return self.curl(words[1:])
        if words[0] == "createdb":
            # A program of PostgreSQL; tests/backups makes such a database itself.
            return " ".join(words)
        return self.manage(words)

    def make(self, target: str) -> str:
        assert re.search(rf"^{target}:.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return target

    def manage(self, words: list[str]) -> str:
        said = io.StringIO()
        if "|" in words:
            shown = [ROOT / name for name in words[1 : words.index("|")]]
            piped = "".join(path.read_text(encoding="utf-8") for path in shown)
            self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped.encode())))
        place = next(index for index, word in enumerate(words) if word.endswith("manage.py"))
        words = words[place + 1 :]
        words = words[: words.index(">")] if ">" in words else words
        given = [self.named(word) for word in words[1:]]
        if words[0] == "restore":
            # It would replace this test's database: tests/backups runs it, on databases of its own.
            return str(load_command_class("bpo", "restore").create_parser("manage.py", "restore").parse_args(given))
        call_command(words[0], *given, stdout=said)
        return said.getvalue()

    def named(self, word: str) -> str:
        if word.startswith("CT-"):
            return self.cast.contracts["A-1"].public_id
        if word.startswith("SL-"):
            return self.cast.levels["A-1/ACCURACY"].public_id
        return str(self.folder / word) if word in FILES else NAMES.get(word, word)

    def upload_address(self) -> str:
        now, maker = timezone.now(), self.cast.people["brightline-manager"]
        feed = Feed.objects.select_related("contract__vendor__organisation").get(
            code="QUALITY", contract__reference="A-1"
        )
        ends = now + timedelta(days=1)
        address, token = make_address(feed=feed, name="docs", reading="", person=maker, expires_at=ends, now=now)
        return f"{address.public_id}/{token}"

    def curl(self, words: list[str]) -> str:
        headers, body, url, method = {}, None, "", "POST"
        rest = iter(words)
        for word in rest:
            if word == "-H":
                name, value = next(rest).split(": ", 1)
                headers[name] = value.replace("$DESK_KEY", self.secret).replace("$DESK_TEST_KEY", self.test_secret)
            elif word == "-T":
                body, method = (self.folder / next(rest)).read_text(encoding="utf-8"), "PUT"
            elif word == "-X":
                method, body = next(rest), ""
            elif word in ("-d", "--data-binary"):
                text = next(rest)
                body = (self.folder / text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
                body = body.replace("SL-7K2M9", self.named("SL-7K2M9")).replace("CT-7K2M9", self.named("CT-7K2M9"))
            elif not word.startswith("-"):
                url = word
        path = re.sub(r"^(\$DESK|https?://[^/]+)", "", url).replace("UA-7K2M9/TOKEN", self.upload_address())
        kind = headers.pop("Content-Type", "application/json")
        if body is None:
            answer = self.client.get(path, headers=headers)
        else:
            answer = self.client.generic(method, path, body, content_type=kind, headers=headers)
        assert answer.status_code in (200, 201), answer.content
        return answer.content.decode(errors="replace")


@pytest.mark.django_db(databases=["default", SANDBOX])
@pytest.mark.parametrize(("path", "line"), SHOWN)
def test_what_a_document_shows_works(path: Path, line: str, reader: Reader) -> None:
    assert reader.type(line) is not None


def test_the_main_job_of_the_readme_ends_in_a_verdict(reader: Reader) -> None:
    requests = [line for line in examples(ROOT / "README.md") if line.startswith("curl")]
    reader.type(requests[0])
    judge_all(now=timezone.now())

    assert '"status":"below_expected"' in reader.type(requests[1])
