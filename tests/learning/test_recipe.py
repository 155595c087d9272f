import json
import subprocess
import sys

import pytest
from pydantic import ValidationError

from learning.recipe import PRESETS, Recipe, RecipeError, estimate_cost, load_recipe, recipe_schema


def test_recipe_survives_json():
    recipe = load_recipe({"network": {"name": "resnet18"}, "targets": {"findings": ["EFF", "PTX"]}})
    assert load_recipe(json.loads(recipe.model_dump_json())) == recipe


def test_recipe_is_read_from_a_file(tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text('{"seed": 7}')
    assert load_recipe(path).seed == 7


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"version": 2}, ["version 2", "newer", "Update"]),
        ({"version": 0}, ["version"]),
        ({"sed": 1}, ["sed", "unknown field", "seed"]),
        ({"input": {"size": 16}}, ["input.size", "16", "32"]),
        ({"input": {"sise": 64}}, ["input.sise", "unknown field", "size, channels, normalise"]),
        ({"network": {"name": "resnet51"}}, ["network.name", "'resnet51'", "'small_cnn'"]),
        ({"network": {"name": "small_cnn3d"}}, ["input.volume 'middle'", "'small_cnn3d'", "these need '3d'"]),
        ({"input": {"volume": "3d"}}, ["'3d' needs one of", "small_cnn3d"]),
        ({"input": {"normalise": "window"}}, ["input", "windows names none", "lung"]),
        ({"input": {"windows": "lung"}}, ["input", "percentile", "choose normalise 'window'"]),
        ({"input": {"windows": "lugn", "normalise": "window"}}, ["'lugn'", "lung", "centre/width"]),
        ({"input": {"windows": "40/0", "normalise": "window"}}, ["'40/0'", "above 0"]),
        ({"input": {"windows": "1/2," * 7, "normalise": "window"}}, ["7 windows", "at most 6"]),
        ({"input": {"windows": "lung,bone", "normalise": "imagenet"}}, ["imagenet", "one or three", "this input 2"]),
        ({"input": {"windows": "lung", "normalise": "window", "channels": 3}}, ["input.channels at 1"]),
        ({"input": {"normalise": "xrv", "channels": 3}}, ["xrv", "one channel"]),
        ({"input": {"volume": "2.5d", "channels": 3}}, ["2.5d", "input.channels at 1"]),
        ({"input": {"spacing_mm": 0}}, ["input.spacing_mm"]),
        (
            {"input": {"volume": "slices", "combine": "gru"}, "tuning": {"kind": "frozen"}},
            ["input.combine 'gru'", "mean or max"],
        ),
        ({"optimiser": {"learning_rate": "fast"}}, ["optimiser.learning_rate", "'fast'"]),
        ({"optimiser": {"learning_rate": float("nan")}}, ["optimiser.learning_rate"]),
        ({"start": {"kind": "checkpoint"}}, ["start", "name it in start.model"]),
        ({"start": {"model": "model 3"}}, ["start", "'scratch'"]),
        ({"targets": {"findings": ["EFF", "EFF"]}}, ["targets", "twice"]),
        ({"input": 3, "seed": -1}, ["input: 3", "seed: -1"]),
    ],
)
def test_wrong_recipe_is_refused_by_field_value_and_remedy(data, told):
    with pytest.raises(RecipeError) as error:
        load_recipe(data)
    for part in told:
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [("[1]", "list"), ("{", "not JSON"), ("[" * 100_000, "not JSON"), (None, "cannot be read"), ("\0", "not JSON")],
)
def test_file_that_is_no_recipe_is_refused(tmp_path, content, told):
    path = tmp_path / "recipe.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(RecipeError, match=told):
        load_recipe(path)


def test_recipe_cannot_be_changed_after_validation():
    with pytest.raises(ValidationError):
        PRESETS["quick"].seed = 3


def test_every_field_of_the_schema_can_become_a_form_field():
    schema = recipe_schema()
    sections = [part for name, part in schema["$defs"].items()] + [schema]
    for section in sections:
        for name, field in section["properties"].items():
            assert field.get("title"), f"{section['title']}.{name} has no title"
            assert "default" in field, f"{section['title']}.{name} has no default"
            assert field.get("description") or "$ref" in field, f"{section['title']}.{name} has no description"


def test_schema_states_units_bounds_and_choices():
    parts = recipe_schema()["$defs"]
    size = parts["InputPart"]["properties"]["size"]
    assert (size["unit"], size["minimum"], size["maximum"]) == ("px", 32, 1024)
    assert parts["NetworkPart"]["properties"]["name"]["enum"][0] == "small_cnn"


def test_presets_are_complete_recipes():
    assert {"quick", "small-data", "balanced"} <= set(PRESETS)
    for recipe in PRESETS.values():
        assert isinstance(recipe, Recipe)
        assert not recipe.augmentation.lateral_flip


@pytest.mark.parametrize(
    "dearer",
    [
        {"network": {"name": "densenet121"}},
        {"input": {"size": 192}},
        {"optimiser": {"max_epochs": 100}},
        {"optimiser": {"max_steps": 5000}},
        {"pseudolabels": {"weight": 1}},
        {"evaluation": {"kind": "kfold", "folds": 5}},
    ],
)
def test_cost_grows_with_what_costs(dearer):
    plain = estimate_cost(Recipe(), n_images=400, threads=2)
    more = estimate_cost(load_recipe(dearer), n_images=400, threads=2)
    assert more.seconds > plain.seconds
    assert more.low <= more.seconds <= more.high


def test_cost_respects_the_time_budget_and_the_threads():
    capped = estimate_cost(
        load_recipe({"optimiser": {"seconds": 60}, "network": {"name": "densenet121"}}), n_images=5000, threads=1
    )
    assert capped.seconds < 60 + 5000 * 0.4 + 20
    large = load_recipe({"network": {"name": "resnet18"}})
    one, four = (estimate_cost(large, n_images=4000, threads=threads) for threads in (1, 4))
    assert four.seconds < one.seconds
    one, four = (estimate_cost(Recipe(), n_images=4000, threads=threads) for threads in (1, 4))
    assert four == one  # the small network trains on one thread
    with pytest.raises(RecipeError, match="1 image"):
        estimate_cost(Recipe(), n_images=0, threads=1)


def test_importing_the_recipe_does_not_import_torch():
    code = "import learning.recipe, sys; print('torch' in sys.modules or 'django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("lung", ((-600, 1500),)),
        (" lung ,40/400", ((-600, 1500), (40, 400))),
        (["bone", [-600, 1500], [40.5, 80]], ((400, 1800), (-600, 1500), (40.5, 80))),
        ("", ()),
    ],
)
def test_windows_are_read_by_name_or_as_centre_and_width(written, read):
    part = load_recipe({"input": {"windows": written, "normalise": "window" if read else "percentile"}}).input
    assert part.hu_windows == read
    assert part.network_channels == max(1, len(read))


@pytest.mark.parametrize(
    ("volume", "planes", "channels"),
    [("middle", 1, 2), ("2.5d", 3, 6), ("tri_planar", 3, 2), ("projections", 5, 2), ("slices", 12, 2), ("views", 5, 2)],
)
def test_planes_and_channels_follow_from_the_volume_and_its_windows(volume, planes, channels):
    part = load_recipe(
        {"input": {"volume": volume, "views": 5, "depth": 12, "windows": "lung, bone", "normalise": "window"}}
    ).input
    assert (part.planes, part.network_channels) == (planes, channels)


@pytest.mark.parametrize(
    ("recipe", "times"),
    [
        ({"input": {"volume": "slices", "depth": 12}}, 12),
        ({"input": {"volume": "projections", "views": 6}}, 6),
        ({"input": {"volume": "2.5d"}}, 1),
        ({"input": {"volume": "views", "views": 4}}, 4),
    ],
)
def test_a_volume_costs_as_many_images_as_the_network_sees_of_it(recipe, times):
    plain, volume = (estimate_cost(load_recipe(one), n_images=400, threads=1) for one in ({}, recipe))
    start = estimate_cost(load_recipe({"optimiser": {"max_epochs": 1, "seconds": 0.001}}), n_images=1, threads=1).low
    assert volume.seconds - start == pytest.approx(times * (plain.seconds - start), rel=0.05)


def test_twice_the_slices_cost_a_3d_network_twice_the_time():
    few, many = (
        estimate_cost(
            load_recipe({"input": {"volume": "3d", "depth": d}, "network": {"name": "small_cnn3d"}}),
            n_images=400, threads=1,
        ).seconds
        for d in (16, 32)
    )
    assert many == pytest.approx(2 * few, rel=0.05)


def test_cost_follows_what_is_tuned():
    """Frozen features read each image once; choosing a depth costs a training for each inner fold besides."""
    plain, frozen, incremental = (
        estimate_cost(load_recipe({"tuning": {"kind": kind}}), n_images=400, threads=1)
        for kind in ("all", "frozen", "incremental")
    )
    assert frozen.seconds < plain.seconds / 4 < incremental.seconds / 4
    assert "each read once" in frozen.basis
    assert "each 4 times to choose how many stages learn" in incremental.basis
