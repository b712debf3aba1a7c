"""`make audit`: lists what the locks install, and asks which of it has a known vulnerability.

The list is a CycloneDX file in var/. The answer is that of `uv audit`, to which further arguments are passed on. Exit
codes: 0 nothing is known, 1 something is, 3 the advisories could not be asked, so that nothing is known either way.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

RUNTIME, DEVELOPMENT = LOCKS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)")
BILL = Path("var/sbom.cdx.json")
VULNERABLE, NOT_ASKED = 1, 3


def read_lock(path: str) -> dict[tuple[str, str], list[str]]:
    """Return the SHA-256 digests of each package's files, by name and version."""
    packages: dict[tuple[str, str], list[str]] = {}
    digests: list[str] = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if pin := PIN.match(line):
            digests = packages[pin[1], pin[2]] = []
        digests += re.findall(r"--hash=sha256:(\w+)", line)
    return packages


def make_bill() -> dict[str, object]:
    """Return the bill of materials of both locks; packages that the desk does not run on have the scope `excluded`."""
    runtime = read_lock(RUNTIME)
    components = [
        {
            "type": "library",
            "name": name,
            "version": version,
            "bom-ref": f"pkg:pypi/{name}@{version}",
            "purl": f"pkg:pypi/{name}@{version}",
            "scope": "required" if (name, version) in runtime else "excluded",
            "externalReferences": [
                {
                    "type": "distribution",
                    "url": f"https://pypi.org/project/{name}/{version}/",
                    "hashes": [{"alg": "SHA-256", "content": digest} for digest in digests],
                }
            ],
        }
        for (name, version), digests in sorted((runtime | read_lock(DEVELOPMENT)).items())
    ]
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    desk = {"type": "application", "name": project["name"], "version": project["version"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": desk},
        "components": components,
    }


def ask_advisories(lock: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Return the answer of `uv audit` about the packages of a lock; it reads only projects, so one is made of them."""
    lines = Path(lock).read_text(encoding="utf-8").splitlines()
    pins = [re.split(r" +(?:--hash|\\)", line)[0] for line in lines if PIN.match(line)]
    with TemporaryDirectory() as folder:
        head = '[project]\nname = "locked"\nversion = "0"\nrequires-python = ">=3.11"\n'
        Path(folder, "pyproject.toml").write_text(f"{head}dependencies = {json.dumps(pins)}\n", encoding="utf-8")
        uv = [sys.executable, "-m", "uv", "--directory", folder, "--preview-features", "audit-command"]
        made = subprocess.run([*uv, "lock"], check=False, capture_output=True, text=True)
        if made.returncode:
            made.returncode = NOT_ASKED
            return made
        return subprocess.run([*uv, "audit", "--frozen", *options], check=False, capture_output=True, text=True)


def main(*options: str) -> int:
    BILL.parent.mkdir(exist_ok=True)
    BILL.write_text(json.dumps(make_bill(), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{BILL} lists what the locks install.\n")
    outcome = 0
    for lock in LOCKS:
        answer = ask_advisories(lock, *options)
        if answer.returncode not in (0, VULNERABLE):
            sys.stderr.write(
                f"{answer.stderr}{lock} was NOT checked: the advisories could not be asked, so nothing is known of its"
                " packages. Run make audit again where PyPI and api.osv.dev can be reached.\n"
            )
            return NOT_ASKED
        sys.stdout.write(f"{lock}: {answer.stderr}{answer.stdout}")
        outcome = max(outcome, answer.returncode)
    return outcome


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
