"""Rows T6, T11 and T20: several classes, segmentation, and encoders used again."""

from learning.toolkit.inventory.row import Row

_SEGMENT = "tests/learning/toolkit/test_segment.py"
_TASKS = "tests/learning/toolkit/test_tasks.py"
_EFFECTS = "benchmarks.strategy_table.effects.tasks"

ROWS: tuple[Row, ...] = (
    Row(
        id="T6",
        name="Classes that exclude each other, from other images' weights; volume under the ROC surface",
        code=(
            "learning.toolkit.classes:ClassObjective",
            "learning.toolkit.class_metrics:class_metrics",
            "learning.toolkit.volume_under_surface:volume",
        ),
        tests=(
            f"{_TASKS}::test_softmax_cross_entropy_equals_the_sum_by_hand",
            f"{_TASKS}::test_figures_of_classes_by_hand",
            f"{_TASKS}::test_one_temperature_for_all_classes_is_found_again_and_keeps_sums_and_order",
        ),
        control="the same network and steps from random weights, 45 labels",
        effect=f"{_EFFECTS}:three_classes",
        claim="gain",
        note="Several views of a study are fused by input.volume 'views'; the effect here is of one view.",
    ),
    Row(
        id="T11",
        name="A 3-D encoder trained on other organs' masks (Med3D's use)",
        code=("learning.toolkit.segment.network:SegmentationNetwork", "learning.toolkit.segment.unet:expanding_path"),
        tests=(
            f"{_SEGMENT}::test_unet_of_volumes_on_a_network_for_volumes",
            f"{_SEGMENT}::test_the_outline_follows_the_image_and_the_map_of_every_resolution",
            f"{_SEGMENT}::test_encoder_is_taken_over_from_classification_and_back",
        ),
        control="the same U-Net and steps from random weights, 6 labelled volumes",
        effect=f"{_EFFECTS}:volumes_to_organ",
        claim="gain",
        note="MedicalNet's own weights load by start.weights; this measures the mechanism with an encoder of ours.",
    ),
    Row(
        id="T20",
        name="From outlining one organ to outlining another",
        code=("learning.toolkit.segment.network:SegmentationNetwork", "learning.toolkit.weights:start_from"),
        tests=(
            f"{_SEGMENT}::test_encoder_is_taken_over_from_classification_and_back",
            f"{_SEGMENT}::test_gradient_of_dice_equals_the_formula",
            f"{_SEGMENT}::test_hd95_of_known_shapes_in_millimetres",
        ),
        control="the same U-Net and steps from random weights, 6 labelled images",
        effect=f"{_EFFECTS}:organ_to_organ",
        claim="gain",
    ),
)
