"""Stored texts are in the desk's language."""

from django.utils import translation

from bpo.translations import desk_gettext


def test_stored_texts_do_not_follow_the_language_that_is_active():
    with translation.override("de"):
        assert desk_gettext("Yes") == "Yes"
    with translation.override("de"):
        assert translation.gettext("Yes") == "Ja"
