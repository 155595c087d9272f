from core.models.audit import AuditEvent
from core.models.people import Membership, Role, User
from core.models.project import Project
from core.models.token import AccessToken

__all__ = ["AccessToken", "AuditEvent", "Membership", "Project", "Role", "User"]
