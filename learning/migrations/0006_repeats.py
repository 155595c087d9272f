import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("learning", "0005_comparison")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="repeats",
            field=models.ForeignKey(
                help_text="The run whose snapshot and recipe this one trains again.", null=True,
                on_delete=django.db.models.deletion.SET_NULL, related_name="repetitions", to="learning.run",
            ),
        ),
    ]
