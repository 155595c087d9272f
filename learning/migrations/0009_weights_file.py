from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("learning", "0008_tasks")]

    operations = [
        migrations.CreateModel(
            name="WeightsFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(help_text="FAMILY/NAME, as a recipe names them.", max_length=200, unique=True),
                ),
                ("network", models.CharField(help_text="Our network that takes them.", max_length=40)),
                ("path", models.CharField(help_text="Of the safetensors file, below HOME.", max_length=300)),
                (
                    "sha256",
                    models.CharField(help_text="Of the file at path; checked before each use.", max_length=64),
                ),
                ("publisher", models.CharField(max_length=300)),
                ("licence", models.CharField(max_length=300)),
                (
                    "source",
                    models.CharField(help_text="Address or file name that they were added from.", max_length=500),
                ),
                ("source_sha256", models.CharField(help_text="Of the publisher's own file.", max_length=64)),
                ("tensors", models.PositiveIntegerField(help_text="Tensors that the network takes.")),
                (
                    "unused",
                    models.JSONField(
                        default=list, help_text="Names in the file that the network does not have: its head."
                    ),
                ),
                ("added_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["name"]},
        ),
    ]
