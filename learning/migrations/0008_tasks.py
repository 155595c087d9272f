import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("annotation", "0013_drafts_without_a_place"), ("learning", "0007_trained_elsewhere")]

    operations = [
        migrations.AddField(
            model_name="snapshotrow",
            name="grades",
            field=models.JSONField(
                default=dict, help_text="finding code -> index of the grade that the answers agree on."
            ),
        ),
        migrations.AddField(
            model_name="snapshotrow",
            name="masks",
            field=models.JSONField(
                default=dict, help_text="finding code -> [{blobs, rest: negative or open}], one a source."
            ),
        ),
        migrations.AddField(
            model_name="snapshotrow",
            name="earlier",
            field=models.JSONField(
                default=dict,
                help_text="Of a pair: the earlier image's instance and sop_uid, days between, age in years.",
            ),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="suggests_masks",
            field=models.BooleanField(
                default=False, help_text="Its masks are suggested in the reading room (segmentation)."
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                fields=("project",), condition=models.Q(("suggests_masks", True)), name="one_model_outlines_per_project"
            ),
        ),
        migrations.CreateModel(
            name="PredictedMask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("finding", models.CharField(help_text="Code.", max_length=60)),
                ("rows", models.PositiveIntegerField()),
                ("columns", models.PositiveIntegerField()),
                ("area", models.PositiveIntegerField(help_text="Pixels.")),
                ("probability", models.FloatField(help_text="Mean over the pixels of the mask.")),
                (
                    "mask",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="predicted", to="annotation.maskblob"
                    ),
                ),
                (
                    "prediction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="masks", to="learning.prediction"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("prediction", "finding"), name="one_mask_per_prediction_and_finding"
                    ),
                    models.CheckConstraint(condition=models.Q(("area__gt", 0)), name="predicted_mask_is_not_empty"),
                ]
            },
        ),
    ]
