"""The quick start's three steps in four languages, filled in with what the reader owes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from api.first_rows import first_row
from vendors.models import ApiKey

RESULTS, DUE = "/api/v1/results", "/api/v1/due"


@dataclass(frozen=True)
class Call:
    """One request of the quick start."""

    title: str
    path: str
    rows: tuple[Mapping[str, Any], ...] = ()

    @property
    def body(self) -> str:
        return json.dumps(list(self.rows))


@dataclass(frozen=True)
class Language:
    """The requests in one language."""

    name: str
    anchor: str
    intro: str
    examples: list[tuple[str, str]]


def calls_for(principal: Any, *, now: datetime) -> list[Call]:
    """What is owed; a row of one's own, checked and then sent; its verdict."""
    first = first_row(principal, now=now)
    return [
        Call(_("1. Is my key good, and what do I owe?"), DUE),
        Call(_("2. Send a row: with dry_run=true it is only checked …"), f"{RESULTS}?dry_run=true", (first.row,)),
        Call(_("… and without it stored"), RESULTS, (first.row,)),
        Call(_("3. What came of it?"), first.verdict_path),
    ]


def key_shown(principal: Any, *, now: datetime) -> str:
    """The reader's own test key as far as anybody can still read it: its prefix."""
    keys = ApiKey.objects.visible_to(principal).usable(now).filter(mode=ApiKey.Mode.TEST)
    key = keys.order_by("-created_at", "-pk").first()
    return f"bpo_test_{key.prefix}_…" if key else "bpo_test_…"


def languages(base: str, calls: list[Call]) -> list[Language]:
    """All four, one under the other, so that no script is needed to choose."""
    reads = [
        (_("1. What do I owe?"), power_query(base, DUE)),
        (_("3. What came of it?"), power_query(base, "/api/v1/verdicts")),
    ]
    shell, library = _("In a shell:"), _("Nothing but the standard library:")
    windows = _("PowerShell 5.1 or newer; set the key by $env:DESK_KEY = '…':")
    excel = _(
        "Data → Get Data → From Other Sources → Blank Query → Advanced Editor. Excel reads; to send, save the sheet "
        "and bring it under “Submit data”, because a query runs again at every refresh."
    )
    return [
        Language("curl", "curl", shell, [(call.title, curl(base, call)) for call in calls]),
        Language("Python", "python", library, [(call.title, python(base, call)) for call in calls]),
        Language("PowerShell", "powershell", windows, [(call.title, powershell(base, call)) for call in calls]),
        Language(_("Excel and Power Query"), "excel", excel, reads),
    ]


def curl(base: str, call: Call) -> str:
    lines = [f'curl -s "{base}{call.path}" -H "Authorization: Bearer $DESK_KEY"']
    if call.rows:
        lines += ['     -H "Content-Type: application/json"', f"     -d '{call.body}'"]
    return " \\\n".join(lines)


def python(base: str, call: Call) -> str:
    headers = ['"Authorization": "Bearer " + os.environ["DESK_KEY"]']
    data = ""
    if call.rows:
        headers.append('"Content-Type": "application/json"')
        # As Python writes it: JSON's true and false are none of its words.
        data = f"    data=json.dumps({[dict(row) for row in call.rows]}).encode(),\n"
    return (
        "import json, os, urllib.request\n\n"
        "request = urllib.request.Request(\n"
        f'    "{base}{call.path}",\n'
        f"{data}"
        f"    headers={{{', '.join(headers)}}},\n"
        ")\n"
        "print(json.load(urllib.request.urlopen(request)))"
    )


def powershell(base: str, call: Call) -> str:
    uri = f'-Uri "{base}{call.path}" -Headers @{{ Authorization = "Bearer $env:DESK_KEY" }}'
    if not call.rows:
        return f"Invoke-RestMethod -Method Get {uri}"
    return f"$body = '{call.body}'\nInvoke-RestMethod -Method Post {uri} -ContentType \"application/json\" -Body $body"


def power_query(base: str, path: str) -> str:
    return (
        "let\n"
        '    Key = "bpo_test_…",\n'
        f'    Answer = Json.Document(Web.Contents("{base}", [\n'
        f'        RelativePath = "{path.lstrip("/")}", Headers = [Authorization = "Bearer " & Key]])),\n'
        "    Rows = Table.FromRecords(Answer[results])\n"
        "in\n"
        "    Rows"
    )
