"""Replay case files: `python -m sla.cases FILE…` prints each failure, then how many passed and failed."""

import sys

from sla.cases.replay import main

sys.exit(main(sys.argv[1:]))
