"""Refusals: what a business rule does not allow."""

from typing import Any


class Refused(Exception):
    """A business rule does not allow it; with a sentence for people and a code for programs. The API answers 409."""

    code = "refused"
    status = 409

    def __init__(self, sentence: str, *, hint: str = "", **details: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.details = details
