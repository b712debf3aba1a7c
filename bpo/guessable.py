"""Passwords that are guessed first, whatever their length: common ones in disguise, and names that others know."""

import re
from collections.abc import Iterator

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bpo.models import Organisation, User

PRODUCT = "BPO desk"
# Shorter parts of names, such as "of", tell nothing.
LEAST_NAME = 4
# What has to be left of a password without names and repetitions.
LEAST_REST = 8
LEAST_LETTERS = 4
# The search for repetitions takes time that grows with the square of the length.
MOST = 1_000
LOOK_ALIKES = str.maketrans("01345$@!", "oleasias")
ROWS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
REPETITION = re.compile(r"(.+?)\1+")


class GuessablePasswordValidator(CommonPasswordValidator):
    """Refuses common passwords also doubled, reversed, with digits or signs added, and those made of known names."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) > MOST:
            raise ValidationError(
                _("This password is longer than %(most)s characters."), code="password_too_long", params={"most": MOST}
            )
        text = re.sub(r"\s+", "", password.lower())
        rest = without_names(text, names_around(user))
        if rest != text and len(rest) < LEAST_REST:
            raise ValidationError(
                _("This password consists of names that others know: yours, your organisation's or the desk's."),
                code="password_of_names",
            )
        if is_row(text) or len(repeated_part(text)) < LEAST_REST or self.is_common(text) or self.is_common(rest):
            raise ValidationError(
                _("This password is a common one, or a common one doubled, reversed or with digits added."),
                code="password_too_common",
            )

    def is_common(self, text: str) -> bool:
        return any(reading in self.passwords or reading[::-1] in self.passwords for reading in readings(text))

    def get_help_text(self) -> str:
        return _("Four words that do not belong together are a good password; names and common passwords are not.")


def names_around(user: User | None) -> set[str]:
    """The desk's name, and of a person the name, the e-mail address and the organisations, whole and in parts."""
    known = [PRODUCT]
    if user is not None:
        known += [user.name, user.email.rpartition(".")[0]]
    if user is not None and user.pk:
        known += Organisation.objects.filter(memberships__user=user).values_list("name", flat=True)
    parts = [part for name in known for part in (re.sub(r"\s+", "", name), *re.split(r"[\W_]+", name))]
    return {part.lower() for part in parts if len(part) >= LEAST_NAME}


def without_names(text: str, names: set[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "").replace(name[::-1], "")
    return text


def is_row(text: str) -> bool:
    """Whether these are neighbours in the alphabet or on a keyboard."""
    return any(text in row or text[::-1] in row for row in ROWS)


def repeated_part(text: str) -> str:
    """What the whole text repeats; the text itself where it repeats nothing."""
    match = REPETITION.fullmatch(text)
    return match[1] if match else text


def readings(text: str) -> Iterator[str]:
    """The words that a text may be made of: as it is, without what was added, with letters for look-alikes."""
    for spelling in (text, text.translate(LOOK_ALIKES)):
        yield repeated_part(spelling)
        for word in (re.sub(r"^[\W\d_]+|[\W\d_]+$", "", spelling), re.sub(r"[\W\d_]", "", spelling)):
            half = word[: len(word) // 2]
            mirrored = half if half == word[-len(half) or None :][::-1] else word
            yield from (part for part in (repeated_part(word), mirrored) if len(part) >= LEAST_LETTERS)
