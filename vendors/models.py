"""Vendors: who performs the processes, where, with which certificates and keys."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bpo.constraints import check, unique
from bpo.fields import PublicIdField
from bpo.models import Organisation, User
from bpo.validators import validate_country, validate_sha256, validate_week, validate_zone
from vendors.querysets import (
    ApiKeyQuerySet,
    ContactQuerySet,
    IdempotentReplyQuerySet,
    KeyRequestQuerySet,
    VendorOwnedQuerySet,
    VendorQuerySet,
)
from vendors.rules import check_organisation_kind


class Vendor(models.Model):
    """A company that runs processes for clients, such as "Corvid Claims"."""

    class Status(models.TextChoices):
        PROSPECTIVE = "prospective", _("prospective")
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        ENDED = "ended", _("ended")

    class RiskTier(models.TextChoices):
        LOW = "low", _("low")
        MODERATE = "moderate", _("moderate")
        HIGH = "high", _("high")

    public_id = PublicIdField(prefix="VN")
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="vendor")
    country = models.CharField(max_length=2, validators=[validate_country])
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    risk_tier = models.CharField(max_length=10, choices=RiskTier, default=RiskTier.MODERATE)
    is_critical = models.BooleanField(default=False, help_text=_("Its failure would stop a client's business."))

    objects = VendorQuerySet.as_manager()

    class Meta:
        ordering = ["organisation__name"]

    def __str__(self) -> str:
        return self.organisation.name

    def clean(self) -> None:
        check_organisation_kind(self, Organisation.Kind.VENDOR)

    @property
    def name(self) -> str:
        return self.organisation.name


class VendorContact(models.Model):
    """A person to contact at a vendor, by level of escalation."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=120)
    function = models.CharField(max_length=80, help_text=_("Such as: delivery head, data engineer."))
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    escalation_level = models.PositiveSmallIntegerField(default=1, help_text=_("1 is asked first."))

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["vendor", "escalation_level", "name"]
        constraints = [
            check(
                "vendor_contact_can_be_reached",
                _("A contact needs an e-mail address or a telephone number."),
                ~Q(email="") | ~Q(phone=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.function}"


class DeliveryCentre(models.Model):
    """A site of a vendor where work is done, such as "Manila Bay"."""

    public_id = PublicIdField(prefix="DC")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="delivery_centres")
    name = models.CharField(max_length=120)
    city = models.CharField(max_length=120)
    country = models.CharField(max_length=2, validators=[validate_country])
    zone = models.CharField(max_length=64, validators=[validate_zone])
    opening_hours = models.JSONField(default=dict, blank=True, validators=[validate_week])
    closed_on = models.DateField(null=True, blank=True)

    objects = VendorOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["vendor", "name"]
        constraints = [
            unique(
                "delivery_centre_name_once",
                _("The vendor already has a delivery centre of that name."),
                ("vendor", "name"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"


class Certificate(models.Model):
    """Proof of a standard, such as ISO 27001, for a scope and a span of days."""

    class Standard(models.TextChoices):
        ISO_27001 = "iso_27001", "ISO 27001"
        ISO_9001 = "iso_9001", "ISO 9001"
        ISO_22301 = "iso_22301", "ISO 22301"
        ISO_18295 = "iso_18295", "ISO 18295"
        SOC_1 = "soc_1", "SOC 1 Type II"
        SOC_2 = "soc_2", "SOC 2 Type II"
        PCI_DSS = "pci_dss", "PCI DSS"
        COPC = "copc", "COPC CX"
        HIPAA = "hipaa", "HIPAA"
        OTHER = "other", _("other")

    public_id = PublicIdField(prefix="CE")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="certificates")
    standard = models.CharField(max_length=12, choices=Standard)
    number = models.CharField(max_length=80, blank=True)
    issuer = models.CharField(max_length=120)
    scope = models.TextField(help_text=_("Sites, services and entities that the certificate names."))
    delivery_centres = models.ManyToManyField(DeliveryCentre, blank=True, related_name="certificates")
    valid_from = models.DateField()
    expires_on = models.DateField(help_text=_("The last day on which it holds."))
    document_sha256 = models.CharField(max_length=64, blank=True, validators=[validate_sha256])

    objects = VendorOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["vendor", "expires_on"]
        constraints = [
            check(
                "certificate_ends_after_start",
                _("A certificate cannot expire before it is valid."),
                Q(expires_on__gte=F("valid_from")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_standard_display()}, {self.vendor}"


class ApiKey(models.Model):
    """An API key, `bpo_live_<prefix>_<secret>`; only the secret's SHA-256 is stored."""

    class Mode(models.TextChoices):
        LIVE = "live", _("live")
        TEST = "test", _("test")

    class Scope(models.TextChoices):
        WRITE_RESULTS = "results:write", _("send results")
        READ = "read", _("read results, verdicts and breaches")
        ASK_EXCUSES = "excuses:ask", _("ask for excuses")

    public_id = PublicIdField(prefix="K")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=80)
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE)
    prefix = models.CharField(max_length=12, unique=True)
    secret_sha256 = models.CharField(max_length=64, validators=[validate_sha256])
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    successor = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="predecessor",
        help_text=_("The key that replaces it; both work until this one expires."),
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["vendor", "-created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.public_id} {self.name}"


class KeyRequest(models.Model):
    """A request made with a key, kept for its vendor for a month, without secrets."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="requests")
    at = models.DateTimeField()
    request_id = models.CharField(max_length=40)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=1000, help_text=_("With its parameters."))
    status = models.PositiveSmallIntegerField()
    media_type = models.CharField(max_length=100, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    body = models.TextField(blank=True, help_text=_("Its beginning."))
    body_bytes = models.PositiveIntegerField(default=0)
    answer = models.TextField(blank=True, help_text=_("Its beginning."))
    answer_bytes = models.PositiveIntegerField(default=0)

    objects = KeyRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index("at", name="key_request_age"), models.Index("api_key", "at", name="key_request_of_key")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.method} {self.status}"


class IdempotentReply(models.Model):
    """The answer once given to an Idempotency-Key; written with what the request changed: both are there, or neither.

    A key is its vendor's where an API key sent it, so that a replaced key may repeat a request, else its person's.
    """

    vendor = models.ForeignKey(Vendor, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    roles = models.JSONField(default=dict, help_text=_("Those of the person: whoever lost one gets no answer again."))
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField(help_text=_("Compressed; given again byte for byte."))
    created_at = models.DateTimeField()

    objects = IdempotentReplyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = _("idempotent replies")
        constraints = [
            models.UniqueConstraint("vendor", "key", name="idempotent_reply_once"),
            models.UniqueConstraint("person", "key", name="idempotent_reply_once_a_person"),
            models.CheckConstraint(
                condition=Q(vendor__isnull=True) ^ Q(person__isnull=True), name="idempotent_reply_has_one_owner"
            ),
        ]
        indexes = [models.Index("created_at", name="idempotent_reply_age")]

    def __str__(self) -> str:
        return f"{self.key} of {self.vendor or self.person}"
