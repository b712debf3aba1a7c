"""What the OpenAPI document says of the API as a whole: what it is for, where it is, and its nouns."""

from django.conf import settings

DESCRIPTION = (
    "Vendors send results of outsourced processes; both parties read the verdicts on their service levels. "
    "Programs sign in with an API key, people with their session. Numbers travel as text, so that no digit is lost. "
    "An error is an RFC 9457 problem whose `type` leads to the page that explains it."
)
# By the first part of an address after the version.
NOUNS = {
    "access-grants": "Access that a client gives an operator for a time.",
    "batches": "What was sent at once, with its receipt.",
    "breaches": "Verdicts that missed a promise, and how they are dealt with.",
    "contracts": "Contracts of one client and one vendor, and the proof of their record.",
    "due": "Reports that a vendor owes, and delays that it announces.",
    "excuse-groups": "Excuses of one cause, asked and decided together.",
    "excuses": "Time or cases that a vendor asks not to be counted.",
    "feeds": "Streams of results that a vendor owes.",
    "intake-days": "How many rows came on each day, by channel.",
    "late-arrivals": "What came after a period had closed.",
    "organisations": "How the people of an organisation sign in.",
    "people": "Accounts of people, whom an administrator deactivates or lets back in.",
    "readings": "How a feed's files are read, in versions.",
    "results": "What vendors report: sent, read, voided.",
    "roll-ups": "Levels over several contracts of a client.",
    "service-levels": "Measured promises.",
    "sessions": "Where the caller is signed in.",
    "system-health": "Whether all parts of the desk work.",
    "test": "The sandbox that test keys use.",
    "imports": "Files that were uploaded, dropped or sent, and what became of them.",
    "upload-addresses": "Addresses that take a file for one feed without a key.",
    "uploads": "Files that are sent to an upload address.",
    "verdicts": "What was concluded of a service level for a period.",
}


def describe_whole() -> dict[str, object]:
    """Return the parts of an OpenAPI document that belong to no operation."""
    return {
        "info": {
            "title": "BPO desk API",
            "version": "1",
            "description": DESCRIPTION,
            "contact": {"name": "BPO desk", "url": f"{settings.BASE_URL}/api/docs"},
        },
        "servers": [{"url": settings.BASE_URL, "description": "This desk."}],
        "tags": [{"name": name, "description": description} for name, description in NOUNS.items()],
    }
