from django.db import migrations

from core.append_only import refuse


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [refuse("core_auditevent", "UPDATE"), refuse("core_auditevent", "DELETE")]
