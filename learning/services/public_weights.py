"""Public weights of the site: added by an administrator, checked against the network, kept as tensors alone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from core.errors import Invalid
from learning.models import WeightsFile
from learning.recipe import Recipe, RecipeError, load_recipe
from learning.recipe_parts.families import FAMILIES, family_of

if TYPE_CHECKING:
    from learning.toolkit.weights_file import Tensors

FOLDER = "weights"
NONE_YET = "none. An administrator adds them with: manage.py add_weights FAMILY/NAME"


def weights_named(name: str) -> WeightsFile:
    """Raises Invalid naming the weights there are."""
    found = WeightsFile.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(WeightsFile.objects.values_list("name", flat=True))
        raise Invalid(f"This site has no weights {name!r}; it has: {known or NONE_YET}.")
    return found


def checked_path(weights: WeightsFile) -> Path:
    """The file, once it is found to be what was added. Raises Invalid when it is missing or has changed."""
    from learning.toolkit.published import sha256_of

    path = Path(settings.HOME) / weights.path
    if not path.is_file():
        raise Invalid(f"The file of {weights} is missing at {path}. Restore it from a backup, or add it again.")
    if sha256_of(path) != weights.sha256:
        raise Invalid(f"The file of {weights} at {path} has changed since: its SHA-256 differs. Add it again.")
    return path


def add_weights(
    *, name: str, file: Path | None = None, network: str = "", publisher: str = "", licence: str = "",
    progress: Callable[[float | None], None] = lambda part: None,
) -> WeightsFile:
    """Take weights from a local file or bundle, else from where their publisher keeps them.

    network             ours that takes them; known for published names.
    publisher, licence  as the file's page states them; otherwise the bundle's metadata's or the family's.

    Adding a name again replaces its file. Raises Invalid for what cannot be had, read, or fitted to the network.
    """
    from learning.toolkit.published import PUBLISHED, FetchError, fetch

    try:
        family = FAMILIES[family_of(name)]
    except ValueError as error:
        raise Invalid(f"{error}.") from None
    known = PUBLISHED.get(name)
    network = network or (known.network if known else "")
    if network not in family.networks:
        raise Invalid(f"Say which network takes {name!r}, with --network: {', '.join(family.networks)}.")
    if file is not None:
        return _add(name, file, str(file.name), network, publisher, licence)
    if known is None:
        listed = ", ".join(one for one in PUBLISHED if one.startswith(name.partition("/")[0] + "/"))
        raise Invalid(
            f"It is not known where {name!r} is published"
            + (f"; known: {listed}" if listed else "")
            + f". Fetch the file from {family.page} and add it with --file."
        )
    with tempfile.TemporaryDirectory(prefix="radloop-weights-") as folder:
        try:
            fetched = fetch(name, known, Path(folder), progress=progress)
        except FetchError as error:
            raise Invalid(str(error)) from None
        return _add(name, fetched, known.url, network, publisher, licence)


def _add(name: str, file: Path, source: str, network: str, publisher: str, licence: str) -> WeightsFile:
    from safetensors.torch import save_file

    from learning.toolkit.bundles import is_bundle, read_bundle
    from learning.toolkit.published import sha256_of
    from learning.toolkit.weights import ModelFileError, adopt, read_weights

    family = FAMILIES[family_of(name)]
    try:
        if is_bundle(file):
            bundle = read_bundle(file)
            tensors, publisher, licence = bundle.tensors, publisher or bundle.publisher, licence or bundle.licence
        else:
            tensors = read_weights(file, whole_models=True)
        transfer = adopt(_network(name, network), tensors, name, name=file.name)
    except ModelFileError as error:
        raise Invalid(str(error)) from None
    relative = f"{FOLDER}/{name.replace('/', '-')}.safetensors"
    path = Path(settings.HOME) / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    save_file(_packed(tensors), partial)
    with transaction.atomic():
        weights, _ = WeightsFile.objects.update_or_create(
            name=name,
            defaults={
                "network": network, "path": relative, "sha256": sha256_of(partial), "source": source[:500],
                "source_sha256": "" if file.is_dir() else sha256_of(file), "tensors": transfer.loaded,
                "publisher": (publisher or family.publisher)[:300], "licence": (licence or family.licence)[:300],
                "unused": list(transfer.unused),
            },
        )
        partial.replace(path)
    return weights


def _packed(tensors: Tensors) -> Tensors:
    """Each tensor on its own, as safetensors wants them."""
    return {key: tensor.detach().clone().contiguous() for key, tensor in tensors.items()}


def _network(name: str, network: str):  # type: ignore[no-untyped-def]  # torch is not imported in the web process
    from learning.toolkit.nets import build_network

    return build_network(recipe_for(name, network), ("finding",), seed=0)


def recipe_for(name: str, network: str) -> Recipe:
    """The least that a recipe needs to start from these weights."""
    normalise = FAMILIES[family_of(name)].normalise
    part = {"normalise": normalise} if normalise else {}
    last: RecipeError | None = None
    for channels in (3, 1):
        sections = {
            "input": {"channels": channels, **part, **({"volume": "3d"} if network.endswith("_3d") else {})},
            "network": {"name": network}, "start": {"kind": "weights", "weights": name},
        }
        try:
            if not (network.endswith("_3d") and channels == 3):
                return load_recipe(sections)
        except RecipeError as error:
            last = error
    raise Invalid(str(last))
