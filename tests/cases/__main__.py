"""Replay case files: `python -m tests.cases FILE…` prints each failure, then how many cases passed and failed."""

import sys

from tests.cases.replay import main

sys.exit(main(sys.argv[1:]))
