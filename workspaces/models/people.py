"""People: who may sign in, their teams, and their role in each workspace."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class Theme(models.TextChoices):
    AUTO = "auto", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    COMFORTABLE = "comfortable", _("Comfortable")
    COMPACT = "compact", _("Compact")


class User(AbstractBaseUser):
    """A person. Deactivated, never deleted: decisions keep naming them."""

    email = models.EmailField(_("e-mail address"), max_length=254)
    name = models.CharField(_("name"), max_length=150, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    locale = models.CharField(max_length=16, default="en")
    is_active = models.BooleanField(default=True)
    is_site_admin = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)  # a production desk refuses to start with one
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.AUTO)
    density = models.CharField(max_length=16, choices=Density, default=Density.COMFORTABLE)
    has_single_keys = models.BooleanField(default=True)
    has_absolute_times = models.BooleanField(default=False)
    undo_seconds = models.PositiveSmallIntegerField(null=True, blank=True)  # 0 to 30
    session_epoch = models.PositiveIntegerField(default=0)  # one more ends every session
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("Somebody has this e-mail address already."),
            ),
            models.CheckConstraint(
                condition=models.Q(undo_seconds=None) | models.Q(undo_seconds__lte=30),
                name="user_undo_max",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email.partition("@")[0]

    def get_full_name(self) -> str:
        return str(self)

    def get_session_auth_hash(self) -> str:
        return self._in_this_epoch(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return map(self._in_this_epoch, super().get_session_auth_fallback_hash())

    def _in_this_epoch(self, auth_hash: str) -> str:
        """A session of an earlier epoch stays ended, also when the account is on again."""
        if not self.session_epoch:
            return auth_hash
        salt, value = "workspaces.User.session_epoch", f"{self.session_epoch}:{auth_hash}"
        return salted_hmac(salt, value, algorithm="sha256").hexdigest()


class Team(models.Model):
    """Archived, never deleted: rules name them. An archived one gives nobody a role."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(max_length=63, unique=True)
    members = models.ManyToManyField(User, through="TeamMember", related_name="teams")
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # two live teams of one name could not be told apart
            models.UniqueConstraint(
                Lower("name"), condition=models.Q(archived_at=None), name="team_name_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    is_lead = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_unique")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Role(models.TextChoices):
    """Each role may do what the ones before it may."""

    VIEWER = "viewer", _("Viewer")
    REVIEWER = "reviewer", _("Reviewer")
    ADMIN = "admin", _("Admin")
    OWNER = "owner", _("Owner")

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(
        "workspaces.Workspace", on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=8, choices=Role, default=Role.REVIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace"], name="membership_unique")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} of {self.workspace}"


class TeamRole(models.Model):
    """What a team's members may do in a workspace, beside their own memberships."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="roles")
    workspace = models.ForeignKey(
        "workspaces.Workspace", on_delete=models.CASCADE, related_name="team_roles"
    )
    role = models.CharField(max_length=8, choices=Role, default=Role.REVIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "workspace"], name="team_role_unique")
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.role} of {self.workspace}"
