from django.db import migrations

ROOMS = frozenset("tg")
"""First strokes of chords in the reading room since this migration."""
RESERVED = frozenset("azrxsvwtg")
NOTE = "The reading room now uses t and g itself: this key was moved to a free one."


def free_letter(name, taken):
    """The first letter of the name, else of the alphabet, that nobody has; empty when all are taken."""
    letters = [letter for letter in name.lower() if "a" <= letter <= "z"] + list("abcdefghijklmnopqrstuvwxyz")
    return next((letter for letter in letters if letter not in taken and letter not in RESERVED), "")


def as_told(finding):
    return {
        "name": finding.name, "definition": finding.definition, "kind": finding.kind, "grades": finding.grades,
        "shortcut": finding.shortcut, "state": finding.state, "parent": finding.parent_id,
        "merged_into": finding.merged_into_id, "traits": finding.traits,
    }


def move_keys(apps, schema_editor):
    Finding = apps.get_model("annotation", "Finding")
    FindingRevision = apps.get_model("annotation", "FindingRevision")
    for finding in Finding.objects.filter(shortcut__in=ROOMS).order_by("project_id", "position", "pk"):
        taken = set(Finding.objects.filter(project_id=finding.project_id, state="active").values_list("shortcut", flat=True))
        before = as_told(finding)
        finding.shortcut = free_letter(finding.name, taken)
        finding.save(update_fields=["shortcut"])
        FindingRevision.objects.create(
            finding=finding, by=None, act="edited", before=before, after=as_told(finding), note=NOTE
        )


class Migration(migrations.Migration):

    dependencies = [
        ("annotation", "0006_second_look"),
    ]

    operations = [
        # Nothing to undo: a letter that was moved is as good as the one before.
        migrations.RunPython(move_keys, migrations.RunPython.noop),
    ]
