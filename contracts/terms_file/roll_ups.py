"""What a terms file says about the client's roll-ups."""

from django.utils.translation import gettext as _

from contracts.services.roll_ups import add_roll_up_target
from contracts.terms_file.items import ROLL_UP, limit_columns
from contracts.terms_file.session import Session, changes_in_words


def load_roll_ups(session: Session) -> None:
    """What the client expects of its roll-ups; a target serves all of its contracts and is never rewritten."""
    known = {(row.code, row.effective_on): row for row in session.client.roll_up_targets.all()}
    items = session.items_by_key(
        "roll_ups", what=_("roll-up"), key=lambda item: (item["code"], item.get("effective_on") or "always")
    )
    for path, item in items.values():
        stated, what = ROLL_UP.read(item), _("target of roll-up %s") % item["code"]
        row = known.get((stated["code"], stated["effective_on"]))
        if row is None:
            with session.at(path, ROLL_UP):
                add_roll_up_target(actor=session.actor, client=session.client, **limit_columns(stated))
            session.log(_("%(what)s is new"), what=what)
        elif stated != ROLL_UP.values(row):
            sentence = _(
                "The %(what)s is known otherwise (%(changes)s), perhaps from another contract’s file: "
                "write the same here, or give a new target the day from which it holds as “effective_on”."
            )
            changes = changes_in_words(ROLL_UP, ROLL_UP.values(row), stated)
            session.refuse(path, sentence % {"what": what, "changes": changes})
