from core.models.audit import AuditEvent
from core.models.people import Membership, Role, User
from core.models.project import Project

__all__ = ["AuditEvent", "Membership", "Project", "Role", "User"]
