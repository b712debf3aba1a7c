"""Rules of the whole house that no single app could keep."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from importlinter.cli import lint_imports

ROOT = Path(settings.BASE_DIR)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FLOORS = PYPROJECT["tool"]["importlinter"]["root_packages"]
SOURCES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
CODE = [path for path in SOURCES if "tests" not in path.parts and "migrations" not in path.parts]
TEXTS = [
    *SOURCES,
    *(path for path in TESTS if path != Path(__file__)),
    *(
        path
        for folder in ("templates", "static", "docs")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".png"
    ),
]
# Early warning computes with chances, which import-linter keeps from verdicts and money.
CHANCES = {"probabilities.py", "control_charts.py"}
# Lines with Any: overrides of Django and DRF, JSON, cells and rows of any column. The number only falls.
MOST_ANY = 200


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def entries(file: str) -> set[str]:
    """The packages that a requirements file asks for by name."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {re.split(r"[\[=<>~! ]", line)[0] for line in lines if line and not line.startswith(("#", "-", " "))}


def test_imports_run_downwards_only(capsys):
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0, capsys.readouterr().out


def test_every_app_stands_on_a_floor():
    own = {config.name for config in apps.get_app_configs() if Path(config.path).parent == ROOT}

    assert own <= set(FLOORS)


def test_migrations_say_what_the_models_say(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_nothing_is_left_for_later():
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [path for path in TEXTS if mark.search(path.read_text(encoding="utf-8", errors="ignore"))]

    assert named(found) == []


def test_no_file_is_a_drawer_for_everything():
    drawers = {"utils", "helpers", "common", "misc"}

    found = [path for path in [*SOURCES, *TESTS] if drawers & {*path.relative_to(ROOT).with_suffix("").parts}]

    assert named(found) == []


def test_packages_import_nothing_by_themselves():
    """An `__init__.py` is empty; that of a models package names the models, because Django looks there."""
    full = [
        path for path in SOURCES if path.name == "__init__.py" and path.parent.name != "models" and path.stat().st_size
    ]

    assert named(full) == []


def test_only_the_sender_of_the_outbox_reaches_the_mail_server():
    sends = re.compile(r"\bsend_mail\(|send_mass_mail|mail_(admins|managers)|get_connection\(|email_user|smtplib\b")

    assert named([path for path in CODE if sends.search(path.read_text())]) == ["bpo/accounts.py", "bpo/mail.py"]


def test_no_signal_links_our_apps():
    signal = re.compile(r"django\.dispatch|db\.models\.signals|db\.models import signals")

    assert named([path for path in CODE if signal.search(path.read_text(encoding="utf-8"))]) == []


def test_no_float_touches_a_verdict_or_money():
    """Neither a literal such as 0.5 nor a call of float(); chances, which judge nothing, are named apart."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in CODE
        if path.is_relative_to(ROOT / "sla") and str(path.relative_to(ROOT / "sla")) not in CHANCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
    ]

    assert found == []


def test_the_maths_reads_no_clock():
    clock = re.compile(r"\b(datetime\.now|date\.today|datetime\.today|utcnow|time\.time|timezone\.now)\(")

    assert named([path for path in CODE if path.is_relative_to(ROOT / "sla") and clock.search(path.read_text())]) == []


def test_every_dependency_has_its_reason():
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    node = json.loads((ROOT / "tests/generated/package.json").read_text(encoding="utf-8"))["devDependencies"]

    reasons = set(re.findall(r"^\| ([@\w./-]+) \| \S", page, re.M)) - {"package", "program", "---"}
    assert reasons == entries("requirements.in") | entries("requirements-dev.in") | set(node)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_dependency_is_locked_with_hashes(name):
    locked = (ROOT / f"{name}.txt").read_text(encoding="utf-8")
    pinned = {match.lower() for match in re.findall(r"^([\w.-]+)(?:\[[\w, -]+\])?==\S+.* \\\n +--hash=", locked, re.M)}

    assert {entry.lower() for entry in entries(f"{name}.in")} - pinned == set()


def test_every_variable_of_the_settings_is_explained_to_operators():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "bpo/settings.py").read_text(encoding="utf-8")))
    explained = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/operators.md").read_text(encoding="utf-8"), re.M))

    assert read - explained == set()


def test_any_stays_rare():
    lines = [line for path in CODE for line in path.read_text(encoding="utf-8").splitlines()]

    # A list's label for no choice is _("Any").
    assert len([line for line in lines if re.search(r'\bAny\b(?!")', line) and "import" not in line]) <= MOST_ANY


def test_the_tests_of_every_floor_are_run(pytestconfig):
    with_tests = {floor for floor in FLOORS if any((ROOT / floor).rglob("test_*.py"))}

    assert with_tests <= set(pytestconfig.getini("testpaths"))
