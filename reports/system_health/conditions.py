"""The named conditions of an installation: what each measures, and what to do where it has a problem."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that is watched; `measure` is the name of its value, with its unit, for programs."""

    name: str
    label: str | Promise
    remedy: str | Promise
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """How one thing stands: its value beside its limit, and the problem in a sentence, empty while there is none.

    `stops` says whether the problem keeps the desk from doing its work, so that it is not ready.
    """

    kind: Kind
    value: int | None = None
    limit: int | None = None
    problem: str = ""
    stops: bool = False

    @property
    def is_ok(self) -> bool:
        return not self.problem

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def remedy(self) -> str:
        return "" if self.is_ok else str(self.kind.remedy)


DATABASE = Kind("database", _("Database"), _("Start the database, or mend the network and DATABASE_URL."))
MIGRATIONS = Kind("migrations", _("Migrations"), _("Run manage.py migrate as the owner of the tables."), "unapplied")
BROKER = Kind(
    "broker", _("Broker"), _("Start Redis, or mend the network and REDIS_URL. Nothing is lost meanwhile.")
)  # fmt: skip
BEAT = Kind("beat", _("Beat"), _("Start beat, and read its log for why it ended."), "age_seconds")
WATCH = Kind("watch", _("Watch"), _("Start manage.py watch: without it nobody is told of problems."), "age_seconds")
WORKERS = Kind(
    "workers", _("Workers"), _("Start the workers, and read their log. Without broker or beat they have no work."),
    "age_seconds",
)  # fmt: skip
QUEUE_WAITING = Kind(
    "queue_waiting", _("Work queue"), _("Add workers, or wait for what was just loaded to be judged."),
    "oldest_seconds",
)  # fmt: skip
QUEUE_PARKED = Kind(
    "queue_parked", _("Parked work items"),
    _("Read the error under “Nightly runs” or in the log, mend its cause, and run manage.py judge --parked."), "number",
)  # fmt: skip
NIGHTS_LATE = Kind(
    "nights_late", _("Nights that are late"), _("See that beat and workers run; they catch nights up by themselves."),
    "number",
)  # fmt: skip
NIGHTS_FAILED = Kind(
    "nights_failed", _("Nights with failures"),
    _("Read the failures under “Nightly runs”, mend their cause, and run manage.py night again."), "number",
)  # fmt: skip
MAILS_STOPPED = Kind(
    "mails_stopped", _("Sending of mails"), _("Mend the mail server, or the desk's account on it: EMAIL_URL."),
    "seconds",
)  # fmt: skip
MAILS_PENDING = Kind(
    "mails_pending", _("Mails that wait"),
    _("Read the mail server's answer in the admin under Messages; see EMAIL_URL."), "oldest_seconds",
)  # fmt: skip
MAILS_FAILED = Kind(
    "mails_failed", _("Mails that failed"), _("Correct the addresses, and send the mails again in the admin."), "number"
)  # fmt: skip
MAILS_IN_DOUBT = Kind(
    "mails_in_doubt", _("Mails in doubt"),
    _("Ask the mail server's log or the reader, and settle each in the admin under Messages."), "number",
)  # fmt: skip
RECORD_WAITING = Kind(
    "record_waiting", _("Rows to be linked"), _("See that workers run; after an upgrade, wait until all is linked."),
    "oldest_seconds",
)  # fmt: skip
RECORD_BROKEN = Kind(
    "record_broken", _("Chains that do not hold"),
    _("Run manage.py verify_audit, compare with a backup, and find out who changed the database."), "number",
)  # fmt: skip
DISK = Kind("disk", _("Free disk space"), _("Free space in VAR_DIR, or enlarge the disk."), "free_megabytes")
FILES = Kind("files", _("Uploaded files"), _("Mend the folder or the service that FILES_URL names, or its keys."))
DROP_FOLDER = Kind(
    "drop_folder", _("Drop folder"),
    _("Read the workers' log: mend the folder or its permissions, or make an upload address for the files in it."),
    "oldest_seconds",
)  # fmt: skip
BACKUP = Kind("backup", _("Last backup"), _("Make a backup, and see why the planned one did not run."), "age_seconds")
CLOCK = Kind("clock", _("Clock"), _("Set the clocks of all machines by one time server."), "difference_seconds")
KINDS = {
    kind.name: kind
    for kind in (
        DATABASE, MIGRATIONS, BROKER, BEAT, WATCH, WORKERS, QUEUE_WAITING, QUEUE_PARKED, NIGHTS_LATE, NIGHTS_FAILED,
        MAILS_STOPPED, MAILS_PENDING, MAILS_FAILED, MAILS_IN_DOUBT, RECORD_WAITING,
        RECORD_BROKEN, DISK, FILES, DROP_FOLDER, BACKUP, CLOCK,
    )
}  # fmt: skip
