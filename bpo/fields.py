"""Model fields: exact decimals, and public ids such as SL-7K2M9."""

import secrets
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo.formatting import MOST_DECIMALS, rounded

MICRO = 1_000_000
LARGEST = Decimal("999999999999.999999")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def stored_decimal(number: Fraction | None) -> Decimal | None:
    """Return the number as the table holds it, rounded half to even; None for none, or where it is too large."""
    if number is None:
        return None
    decimal = rounded(round(number, MOST_DECIMALS), MOST_DECIMALS)
    return decimal if abs(decimal) <= LARGEST else None


class ExactDecimalField(models.BigIntegerField):
    """A Decimal in Python, an integer of 10⁻⁶ units in the table: the same digits and exact sums on every database.

    Holds at most 12 digits before the point and 6 after it; a value that would be rounded is refused.
    """

    description = _("Exact decimal number")
    default_error_messages = {
        "inexact": _("“%(value)s” has more than 6 decimals."),
        "too_large": _("“%(value)s” has more than 12 digits before the point."),
        "invalid": _("“%(value)s” is not a number."),
    }

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        try:
            number = Decimal("NaN") if isinstance(value, float) else Decimal(value)
        except (InvalidOperation, TypeError, ValueError):
            number = Decimal("NaN")
        if not number.is_finite():
            code = "invalid"
        elif abs(number) > LARGEST:
            code = "too_large"
        elif number != number.quantize(Decimal("0.000001")):
            code = "inexact"
        else:
            return number
        raise ValidationError(self.error_messages[code], code=code, params={"value": value})

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return int(self.to_python(value).scaleb(6))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else tidy(Decimal(int(value)).scaleb(-6))

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else f"{value:f}"

    @property
    def validators(self) -> list[Any]:
        # The integer limits of the parent speak of the stored number, not of the Decimal.
        return list(self._validators)

    def formfield(self, **kwargs: Any) -> Any:
        from_django = models.DecimalField(max_digits=18, decimal_places=6, null=self.null, blank=self.blank)
        from_django.set_attributes_from_name(self.name)
        from_django.verbose_name, from_django.help_text = self.verbose_name, self.help_text
        return from_django.formfield(**kwargs)


def tidy(number: Decimal) -> Decimal:
    """Return the number without trailing zeros after the point, never in exponent form."""
    number = number.normalize()
    return number.quantize(Decimal(1)) if number.as_tuple().exponent > 0 else number


class PublicIdField(models.CharField):
    """`SL-7K2M9`: a prefix and five random characters. It grants nothing and reveals no volume."""

    def __init__(self, *args: Any, prefix: str = "", **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs.update(max_length=12, unique=True, editable=False, blank=True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for key in ("max_length", "unique", "editable", "blank"):
            kwargs.pop(key, None)
        return name, path, args, {**kwargs, "prefix": self.prefix}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = getattr(model_instance, self.attname)
        if not value:
            value = self.new_ids(type(model_instance), 1)[0]
            setattr(model_instance, self.attname, value)
        return value

    def new_ids(self, model: type[models.Model], count: int) -> list[str]:
        """Return `count` different ids that no row of the model has; usually with one query."""
        ids: set[str] = set()
        while len(ids) < count:
            candidates = {public_id(self.prefix) for _ in range(count - len(ids))}
            taken = model._base_manager.filter(**{f"{self.attname}__in": candidates})
            ids |= candidates - set(taken.values_list(self.attname, flat=True))
        return sorted(ids)


def public_id(prefix: str) -> str:
    """Return a random id with the prefix."""
    return f"{prefix}-" + "".join(secrets.choice(CROCKFORD) for _ in range(5))
