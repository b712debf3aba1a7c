"""`manage.py restore FOLDER`: put a backup in the place of the databases, bring it up to date, and verify it."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from bpo.backups.files import put_files_back
from bpo.backups.manifest import BackupError, Manifest
from bpo.backups.restoring import find_differences, read_backup, refuse_data, write_databases
from bpo.file_references import find_missing
from bpo.management.commands.desk import only_desk_of
from bpo.sessions import forget_sessions
from bpo.stored_files import FilesUnavailable


class Command(BaseCommand):
    help = "Restore a backup into an empty database, migrate it to this version, and verify verdicts and chains."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="one backup: the folder with its manifest.json")
        parser.add_argument("--replace", action="store_true", help="delete the data that the database holds")

    def handle(self, *args: object, folder: Path, replace: bool, **options: object) -> None:
        try:
            with only_desk_of(settings.VAR_DIR):
                manifest = read_backup(folder)
                if not replace:
                    refuse_data()
                self.restore(folder, manifest)
        except (BackupError, OSError, FilesUnavailable) as failure:
            raise CommandError(str(failure)) from failure

    def restore(self, folder: Path, manifest: Manifest) -> None:
        made = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC by version {manifest.desk_version}"
        self.stdout.write(f"Restoring the backup of {made} …")
        files = put_files_back(folder, manifest)
        contents = write_databases(folder, manifest)
        differences = find_differences(manifest.contents, contents)
        if differences:
            raise CommandError("\n".join(["The backup is restored, and not what was backed up.", *differences]))
        self.stdout.write(f"{sum(contents.rows.values()):,} rows in {len(contents.rows)} tables, as backed up")
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"{files:,} files, each with the digest that was backed up")
        if missing := find_missing():
            self.stderr.write(
                f"{len(missing)} files are named by rows and not in the storage; the first is {missing[0]}."
            )
        forget_sessions()
        call_command("verify_verdicts", stdout=self.stdout, stderr=self.stderr)
        call_command("verify_audit", stdout=self.stdout, stderr=self.stderr)
        self.stdout.write("The backup is restored. Everybody has to sign in again.")
