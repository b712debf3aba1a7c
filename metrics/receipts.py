"""Whose receipts are: the vendor's that got them; its client sees results and not the vendor's way of sending them."""

from bpo.tenancy import reach_of
from contracts.models.agreements import Contract


def owns_receipts(principal: object, contract: Contract) -> bool:
    """Whether somebody may read which receipts brought the results of a contract."""
    reach = reach_of(principal)
    return reach.everything or contract.vendor.organisation_id in reach.organisations
