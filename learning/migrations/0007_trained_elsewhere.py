from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("learning", "0006_repeats")]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("manual", "started by a researcher"), ("teacher", "first teacher of a loop"),
                    ("student", "student of a loop's turn"), ("control", "control arm: random selection, same budget"),
                    ("foreign", "trained elsewhere"),
                ],
                default="manual", max_length=8,
            ),
        ),
    ]
