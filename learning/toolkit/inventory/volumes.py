"""Rows T10 to T16, T18 and T19: volumes, and what intensity and orientation mean."""

from learning.toolkit.inventory.row import Row

_TESTS = "tests/learning/toolkit/test_volumes.py::"
_GRID = "tests/imaging/dicom/test_grid.py::"
_PREPARED = "tests/imaging/test_prepared.py::"
_SCALING = "tests/learning/toolkit/test_scaling.py::"
_EFFECTS = "benchmarks.strategy_table.effects.volumes:"

ROWS: tuple[Row, ...] = (
    Row(
        "T10",
        "Transfer in 3-D is rarer: more parameters, fewer models",
        code=("learning.toolkit.nets.resnet3d:ResNet3D", "learning.toolkit.nets.small_cnn3d:SmallCNN3D"),
        tests=(
            _TESTS + "test_a_volume_costs_parameters",
            "tests/learning/test_recipe.py::test_twice_the_slices_cost_a_3d_network_twice_the_time",
        ),
        why="A fact of cost: parameters are counted (57 thousand to 63 million) and told with the network, and the "
        "time of a volume is estimated before a run; the effect of 3-D transfer is T19's.",
    ),
    Row(
        "T12",
        "No other large 3-D data to start from",
        code=("learning.toolkit.nets.resnet3d:resnet10_3d",),
        tests=(_TESTS + "test_residual_volumes_have_the_published_names_and_shapes",),
        why="A claim of 2021 that is obsolete: networks have the layout of published 3-D weights and take them.",
    ),
    Row(
        "T13",
        "Volumes projected onto frames from several angles",
        code=("imaging.dicom.grid:projections",),
        tests=(
            _GRID + "test_planes_and_projections_equal_indices_and_maxima",
            _GRID + "test_an_oblique_projection_is_the_one_counted_by_hand",
        ),
        control="the middle slice, same 2-D network and steps",
        effect=_EFFECTS + "projections",
        claim="gain",
    ),
    Row(
        "T14",
        "Axial, coronal and sagittal planes with a 2-D network",
        code=("imaging.dicom.grid:three_planes", "learning.toolkit.nets.views:Bag"),
        tests=(
            _TESTS + "test_the_three_planes_go_through_the_centre",
            _TESTS + "test_networks_take_what_the_reader_gives_and_pooled_maps_are_their_embedding",
        ),
        control="the middle slice, same 2-D network and steps",
        effect=_EFFECTS + "planes",
        claim="gain",
        note="Through the centre of the volume, or of what readers marked where input.region is 'crop'.",
    ),
    Row(
        "T15",
        "Projections are sparse; 2-D networks ignore adjacent sections",
        code=("learning.toolkit.volumes:planes_of",),
        tests=(_TESTS + "test_the_order_of_slices_is_lost_to_planes_projections_and_means",),
        control="slices read in order by a recurrent unit",
        effect=_EFFECTS + "planes_without_order",
        claim="harm",
        note="Measured where the loss shows: the label is the order of two slices.",
    ),
    Row(
        "T16",
        "A recurrent network keeps sequential knowledge",
        code=("learning.toolkit.nets.views:Recurrent", "learning.toolkit.nets.views:Attention"),
        tests=(
            _TESTS + "test_the_order_of_slices_is_learned_where_it_is_kept",
            _TESTS + "test_only_what_keeps_order_changes_when_the_slices_are_turned_round",
            _TESTS + "test_the_recurrent_unit_reads_in_both_directions",
        ),
        control="the mean over the same slices, same encoder and steps",
        effect=_EFFECTS + "recurrent",
        claim="gain",
        note="The review's source puts recurrence inside the layers of a network for still images; here it runs over "
        "the slices.",
    ),
    Row(
        "T18",
        "Intensity, scale, place and orientation carry meaning",
        code=("learning.toolkit.images:through_windows", "imaging.preparing:is_turned", "imaging.dicom.grid:turn_of"),
        tests=(
            _SCALING + "test_windows_are_exact_and_clipped_and_each_is_a_channel",
            _GRID + "test_spacing_gives_millimetres_whatever_the_pixels_measure",
            _PREPARED + "test_sides_are_made_alike_by_the_laterality_and_chests_never_turned",
            _GRID + "test_a_body_scanned_in_any_plane_comes_out_the_same",
        ),
        control="each image stretched to its own percentiles",
        effect=_EFFECTS + "windows",
        claim="gain",
    ),
    Row(
        "T19",
        "A 3-D network from the plain to the subtle form of a disease",
        code=("learning.toolkit.weights:start_from", "learning.toolkit.nets.small_cnn3d:SmallCNN3D"),
        tests=(_TESTS + "test_a_volume_network_starts_from_another_volume_network",),
        control="the same 3-D network from scratch, same steps",
        effect=_EFFECTS + "same_modality",
        claim="gain",
    ),
)
