"""Refusals: a rule of the business said no."""

from typing import Any


class Refused(Exception):
    """The business says no, in a sentence for the person and a code for the program; an API answers 409."""

    code = "refused"
    status = 409

    def __init__(self, sentence: str, *, hint: str = "", **details: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.details = details
