"""What must hold for roll-ups: the service levels that they add up, and their targets."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from contracts.rules.at_hand import added_up_with
from contracts.rules.spans import has, refuse
from contracts.terms import COMPARING, limits_of, low_volume_of, refuse_unknown, rounding_of, yes_no

if TYPE_CHECKING:  # the models call these rules
    from contracts.models.service_levels import ServiceLevelTerms


def refuse_mixed_roll_up(terms: "ServiceLevelTerms") -> None:
    """What a roll-up adds up is measured alike and over the same periods, and is no percentile."""
    level = terms.service_level
    if not level.roll_up:
        return
    if terms.aggregation == "percentile" or low_volume_of(terms.rules.get("low_volume")).looks_back():
        refuse("params", _("Percentiles, and periods that count earlier ones, cannot be added up in a roll-up."))
    other = added_up_with(terms)
    if other and roll_up_basis(other) != roll_up_basis(terms):
        sentence = _("%(roll_up)s adds up %(other)s of %(contract)s too, which is measured or dated otherwise.")
        words = {"other": other.service_level.code, "contract": other.service_level.contract.reference}
        refuse("params", sentence, roll_up=level.roll_up, **words)
    target = level.contract.client.roll_up_targets.filter(code=level.roll_up).exclude(direction=terms.direction).first()
    if target:
        sentence = _("The roll-up %(target)s has a target of direction “%(direction)s”.")
        refuse("direction", sentence, target=target, direction=target.direction)


def roll_up_basis(terms: "ServiceLevelTerms") -> tuple[object, ...]:
    """What two service levels must have in common to be added up."""
    params, scale = terms.params, terms.per.get("scale")
    return terms.aggregation, params.get("of"), params.get("scale"), scale, terms.period, terms.period_anchor


def check_target_rules(target: Any) -> None:
    """Raise ValueError for rules that say other things than how the sum is compared."""
    refuse_unknown(target.rules, COMPARING, "rule")
    yes_no(target.rules, "equality_meets", True)
    rounding_of(target.rules.get("rounding"))


def check_target(target: Any) -> None:
    """Limits that make sense, for a roll-up that adds up service levels of the same direction."""
    if not has(target, "client", "code", "direction", "expected"):
        return
    for field, check in (("rules", check_target_rules), ("expected", limits_of)):
        try:
            check(target)
        except (ValueError, TypeError, AttributeError) as error:
            refuse(field, str(error))
    at = "service_levels__"
    members = target.client.contracts.filter(**{f"{at}roll_up": target.code})
    found = list(members.values_list("reference", f"{at}code", f"{at}terms__direction", f"{at}terms__ends_on"))
    if not found:
        refuse(
            "code",
            _("No service level of %(client)s has the roll_up %(code)s."),
            client=target.client,
            code=target.code,
        )
    for reference, code, direction, ends_on in found:
        if ends_on is None and direction != target.direction:
            sentence = _("%(code)s of %(contract)s, which it adds up, has the direction “%(direction)s”.")
            refuse("direction", sentence, code=code, contract=reference, direction=direction)
