from django.db import migrations

from core.append_only import refuse

# A withdrawn patient's line becomes a tombstone: who said something when stays, what was said goes.
BECOMES_A_TOMBSTONE = " AND ".join([
    "NEW.state = 'tombstone'",
    *(f"NEW.{column} = OLD.{column}" for column in
      ("id", "batch_id", "source_id", "finding_id", "study_id", "subject", "definition_hash", "created_at")),
    *(f"NEW.{column} IS NULL" for column in ("grade", "probability", "shown", "region_id")),
])


class Migration(migrations.Migration):
    dependencies = [("annotation", "0002_initial"), ("core", "0002_audit_is_append_only")]

    operations = [
        refuse("annotation_observation", "UPDATE", unless=BECOMES_A_TOMBSTONE),
        refuse("annotation_observation", "DELETE"),
        refuse("annotation_region", "UPDATE"),
    ]
