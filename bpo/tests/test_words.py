"""Words are looked up once a language, and a language once a job."""

from django.utils import translation

from bpo.translations import gettext, language, one_language


def test_words_follow_the_language_that_is_active():
    with translation.override("en"):
        assert gettext("Reported") == "Reported"
    with translation.override(None):
        assert language() is None


def test_a_job_speaks_the_language_in_which_it_began():
    with translation.override("en"), one_language():
        with translation.override("de"):
            assert language() == "en"
        assert language() == "en"

    assert language() == translation.get_language()
