"""How much one request may hold; every refusal names the limit that it exceeds."""

from datetime import timedelta

OBJECT_BYTES = 1024 * 1024
BULK_BYTES = 10 * 1024 * 1024
ROWS = 10_000
# Rows of a file that a page reads, or of one of totals, and its lines, of which some are no rows or are added up.
FILE_ROWS = 20_000
FILE_LINES = 100_000
# Files as they come, and out of an archive; of more rows or bytes than a page waits for, a worker reads them.
FILE_BYTES = 100_000_000
QUICK_FILE_BYTES = 25_000_000
LARGE_FILE_ROWS = 1_000_000
LARGE_FILE_LINES = 1_000_100
LARGE_WORKBOOK_LINES = 200_100
WORKBOOK_BYTES = 20_000_000
DEPTH = 16
NUMBER_CHARACTERS = 40
ERRORS_LISTED = 1_000
VALUE_SHOWN = 100
EXTERNAL_ID_CHARACTERS = 128
NOTE_CHARACTERS = 1_000
LABEL_CHARACTERS = 80
REASON_CHARACTERS = 200
PAUSES = 200
# A vendor's clock may be a little fast; what lies further ahead has not happened yet.
CLOCK_SKEW = timedelta(minutes=5)
