"""Which tasks beat sends, and every how many seconds; a task that no worker takes in that time is dropped."""

BEAT_SCHEDULE = {
    "sweep work queue": {"task": "metrics.tasks.judge_work_items", "schedule": 20.0, "options": {"expires": 20}},
    "go on with large files": {
        "task": "intake.tasks.work_on_large_files", "schedule": 20.0, "options": {"expires": 20},
    },
    "take dropped files": {
        "task": "intake.tasks.take_dropped_files", "schedule": 60.0, "options": {"expires": 60},
    },
    "start due nights": {"task": "metrics.tasks.start_due_nights", "schedule": 60.0, "options": {"expires": 60}},
    "delete what has expired": {"task": "intake.tasks.tidy_up", "schedule": 3600.0, "options": {"expires": 3600}},
    "queue due digests": {"task": "reports.tasks.queue_due_digests", "schedule": 60.0, "options": {"expires": 60}},
    "warn about ending keys": {
        "task": "reports.tasks.queue_key_warnings", "schedule": 3600.0, "options": {"expires": 600},
    },
    "back up when due": {"task": "bpo.tasks.back_up_when_due", "schedule": 3600.0, "options": {"expires": 3600}},
    "link the record": {"task": "record.tasks.link_record", "schedule": 20.0, "options": {"expires": 20}},
    "verify the record": {"task": "record.tasks.verify_record", "schedule": 60.0, "options": {"expires": 60}},
    "send queued messages": {
        "task": "reports.tasks.send_queued_messages", "schedule": 30.0, "options": {"expires": 30},
    },
}  # fmt: skip
