"""The formatter, for templates."""

from django import template

from bpo import formatting

register = template.Library()
register.filter("day", formatting.show_day)
register.filter("instant", formatting.show_instant)
register.filter("money", formatting.show_money)
register.filter("count", formatting.show_count)
