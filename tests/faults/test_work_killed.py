"""A worker killed anywhere in judging, in a night or in mailing leaves work that is done once, by the next one."""

import signal
from datetime import UTC, date, datetime, timedelta

import pytest

from bpo.models import User
from metrics.models.breaches import Breach
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.nights import RUN_LEASE
from metrics.services.work_queue import LEASE
from metrics.tests.worlds import month, receive
from reports.models import Edition, Message
from reports.services.sending import IN_DOUBT_AFTER
from reports.tests.conftest import MORNING
from reports.tests.conftest import World as Mornings
from reports.tests.faulty_smtp import faulty_server
from tests.faults.desk import FragileDesk
from tests.support.cast import build_cast

pytestmark = pytest.mark.django_db(transaction=True)
# Where a worker dies: after claiming, after reading, before and after the commit that writes the verdict.
JUDGING = (
    "after COMMIT metrics_dirtycell",
    "before INSERT metrics_verdict",
    "before COMMIT metrics_verdict",
    "after COMMIT metrics_verdict",
)
# The same in a night, which claims a zone, enqueues its cells and claims them, closes, and writes its own end.
NIGHTS = (
    "after UPDATE metrics_run",
    "after COMMIT metrics_run #2",
    "after COMMIT metrics_dirtycell #2",
    "before INSERT metrics_standing",
    "before COMMIT metrics_verdict",
    "after COMMIT metrics_verdict",
    "after UPDATE metrics_verdict",
    "before COMMIT metrics_verdict #2",
    "after UPDATE metrics_run #16",
)
WRITING = "after INSERT reports_message"
# Where the sender dies, and how many mails have left by then.
# The first update claims a mail, the second marks it as sent.
SENDING = {
    "after UPDATE reports_message #1": 0,
    "before UPDATE reports_message #2": 1,
    "before COMMIT reports_message": 1,
}

MARCH = date(2025, 3, 1)
# Monthly reports are due three days after the month: the night of 4 April closes March.
BEFORE, NIGHT = datetime(2025, 4, 3, 0, 5, tzinfo=UTC), datetime(2025, 4, 4, 0, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)
KILLED = -signal.SIGKILL


@pytest.fixture(scope="module")
def mail_server():
    with faulty_server() as server:
        yield server


@pytest.fixture(scope="module")
def desk(django_db_setup, mail_server, tmp_path_factory):
    """Errands in processes of their own; their mails go to the mail server."""
    url = f"smtp://127.0.0.1:{mail_server.server_address[1]}"
    fragile = FragileDesk(tmp_path_factory.mktemp("desk"), EMAIL_URL=url)
    fragile.open()
    yield fragile
    fragile.close()


@pytest.fixture
def cast(transactional_db):
    return build_cast()


@pytest.fixture
def level(cast):
    """A service level whose March is a breach that nobody has judged yet."""
    level = cast.levels["A-1/ACCURACY"]
    receive(level.feed, [month(MARCH, 80, 100)], at=BEFORE)
    return level


def march(level):
    """What is said about March: each revision's status, whether the last one is final, and how many breaches."""
    verdicts = Verdict.objects.filter(service_level=level, starts_on=MARCH).order_by("revision")
    breaches = Breach.objects.filter(service_level=level).count()
    return [verdict.status for verdict in verdicts], [verdict.is_final for verdict in verdicts], breaches


@pytest.mark.parametrize("point", JUDGING)
def test_a_cell_whose_worker_was_killed_is_judged_once(desk, level, point):
    killed = desk.run("judge", NIGHT, dies_at=point)
    desk.run("judge", NIGHT + LEASE + SECOND)

    assert killed == KILLED
    assert march(level) == (["breach"], [False], 1)
    assert not DirtyCell.objects.exists()


@pytest.mark.parametrize("point", NIGHTS)
def test_a_night_whose_worker_was_killed_is_ended_by_the_next_one(desk, level, point):
    killed = desk.run("night", NIGHT, dies_at=point)
    desk.run("night", NIGHT + RUN_LEASE + SECOND)

    assert killed == KILLED
    assert march(level) == (["breach"], [True], 1)
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.FINISHED}
    assert not DirtyCell.objects.exists()


def test_a_writer_killed_between_mail_and_edition_leaves_neither_and_the_next_writes_one(desk, cast):
    mornings = Mornings(cast)
    mornings.ran()
    mornings.breach()

    killed = desk.run("write", MORNING, dies_at=WRITING)
    left = (Message.objects.count(), Edition.objects.count())
    for _ in range(2):
        desk.run("write", MORNING)

    assert (killed, left) == (KILLED, (0, 0))
    assert Message.objects.filter(recipient=mornings.manager).count() == 1
    assert Edition.objects.filter(message__isnull=False).count() == Message.objects.count()


@pytest.mark.parametrize("point", SENDING)
def test_a_mail_whose_sender_was_killed_is_in_doubt_and_never_sent_twice(desk, mail_server, cast, point):
    people = User.objects.order_by("pk")[:3]
    for person in people:
        Message.objects.create(
            recipient=person, kind=Message.Kind.DIGEST, cause="2025-04-04", subject="Fact", text="Words",
            message_id=f"<{person.pk}@desk>", queued_at=NIGHT, next_try_at=NIGHT,
        )  # fmt: skip
    mail_server.texts.clear()

    killed = desk.run("send", NIGHT, dies_at=point)
    left = len(mail_server.texts)
    later = NIGHT + IN_DOUBT_AFTER + SECOND
    for at in (later, later + timedelta(days=1)):
        desk.run("send", at)

    assert (killed, left) == (KILLED, SENDING[point])
    assert sorted(Message.objects.values_list("state", flat=True)) == ["in_doubt", "sent", "sent"]
    assert len(mail_server.texts) == SENDING[point] + 2
