"""Terms loaded and written from the command line."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bpo.models import AuditEntry
from contracts.models.agreements import Contract
from vendors.models import Vendor

pytestmark = pytest.mark.django_db
FULL = Path(__file__).parent / "full_terms.yaml"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_file_is_loaded_and_says_what_it_did():
    said = run("load_terms", str(FULL))

    contract = Contract.objects.get()
    assert "  contract A-1 is new\n" in said
    assert said.splitlines()[-1].startswith(f"{contract.public_id} A-1: ")


def test_the_same_file_again_says_that_there_is_nothing_to_change():
    run("load_terms", str(FULL))

    assert run("load_terms", str(FULL)).splitlines()[-1].endswith("A-1: nothing to change.")


def test_a_dry_run_says_what_it_would_do_and_does_nothing():
    lines = run("load_terms", str(FULL), "--dry-run")

    assert "  contract A-1 is new\n" in lines
    assert "none of them made" in lines
    assert not Contract.objects.exists()
    assert not Vendor.objects.exists()
    assert not AuditEntry.objects.exists()


def test_faults_are_named_by_file_line_and_column(tmp_path):
    file = tmp_path / "terms.yaml"
    file.write_text(FULL.read_text(encoding="utf-8").replace("minimum: 75", "minimum: 85"), encoding="utf-8")

    with pytest.raises(CommandError) as caught:
        run("load_terms", str(file))

    assert f"{file}:109:17: The minimum 85 is better than the expected 80." in str(caught.value)
    assert not Contract.objects.exists()


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "not text"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, content):
    file = tmp_path / "terms.yaml"
    if content:
        file.write_bytes(content)

    with pytest.raises(CommandError, match="cannot be read"):
        run("load_terms", str(file))


def test_a_contract_is_written_so_that_it_loads_again(tmp_path):
    run("load_terms", str(FULL))
    file = tmp_path / "terms.yaml"

    file.write_text(run("export_terms", Contract.objects.get().public_id, "--on", "2025-03-01"), encoding="utf-8")

    assert "nothing to change" in run("load_terms", str(file))


def test_a_contract_that_is_not_there_cannot_be_written():
    with pytest.raises(CommandError, match="There is no contract CT-00000"):
        run("export_terms", "CT-00000")


def test_before_its_first_terms_there_is_nothing_to_write():
    run("load_terms", str(FULL))

    with pytest.raises(CommandError, match="has no terms yet on 2024-12-31"):
        run("export_terms", Contract.objects.get().public_id, "--on", "2024-12-31")
