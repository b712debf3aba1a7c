"""Files that are sent by API: read by the reading that their sender names, or refused with the questions they leave."""

import io
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from bpo.row_errors import SubmissionError
from contracts.models.service_levels import Feed
from intake.files.file_readings import read_file
from intake.files.readings.reading import Reading
from intake.files.workbooks import read_upload
from intake.receipts import Receipt
from intake.receiving import receive_rows
from metrics.models.results import Batch
from vendors.models import Vendor


def receive_file(
    *,
    principal: object,
    vendor: Vendor,
    feed: Feed | None,
    name: str,
    reading: Reading,
    body: bytes,
    now: datetime,
    **how: Any,
) -> Receipt:
    """Take in a file by a reading. `how` is that of `receive_rows`.

    Raises SubmissionError 409 with the `questions` that the reading leaves open.
    """
    kept = read_upload(lambda: io.BytesIO(body), vendor=vendor, now=now)
    read = read_file(
        lambda: io.BytesIO(body), vendor=vendor, feed=feed, own=None, name=name, kept=kept, now=now,
        earlier=[(name, reading)],
    )  # fmt: skip
    if read.sheet is None or read.proposal.known_as != name:
        raise SubmissionError(
            409,
            "reading_open",
            _("Nothing was stored: the reading “%(name)s” leaves questions about this file.") % {"name": name},
            hint=_("Answer them in the reading (PUT /api/v1/readings/…), or upload the file once on the page."),
            questions=[doubt.as_json() for doubt in read.proposal.doubts],
        )
    return receive_rows(
        principal=principal,
        vendor=vendor,
        sheet=read.sheet,
        media_type=read.source.media_type,
        channel=Batch.Channel.API,
        now=now,
        asks_all=False,
        questions=read.questions,
        **how,
    )
