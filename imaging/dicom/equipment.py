"""Which machine took an image, and where: as much as may be told without naming a place or a person.

PS3.15 Table E.1-1 lets Manufacturer (0008,0070) and Manufacturer's Model Name (0008,1090) stay. Both are free text, so
only names of `equipment_names` pass; another name becomes a keyed pseudonym, which still tells machines apart.
Institution Name (0008,0080) has to go (X/Z/D there): a keyed pseudonym takes its place, one per site. Station Name,
Device Serial Number and Institution Address, which the same table removes, are never read.
"""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, replace

from pydicom.dataset import Dataset

from imaging.dicom.equipment_names import MAKERS, MODEL_WORDS
from imaging.dicom.keys import Keys

NO_PLACE = frozenset([
    "ANON", "ANONYMIZED", "ANONYMISED", "ANONYMOUS", "HOSPITAL", "N A", "NA", "NONE", "REMOVED", "UNKNOWN",
])
"""What stands in Institution Name where it had been taken out before: no site."""
SITE_NAME = re.compile(r"[^\W_][\w .()&-]{0,31}")
NUMBER = re.compile(r"\d{1,4}T?")
TAGS = ("Manufacturer", "ManufacturerModelName", "InstitutionName")


@dataclass(frozen=True)
class Equipment:
    """Of a series; empty where the file does not say. `site` is a pseudonym, or the name given with the import."""

    manufacturer: str = ""
    model_name: str = ""
    site: str = ""


NOTHING_TOLD = Equipment()


def equipment_of(dataset: Dataset, keys: Keys, *, site: str = "") -> Equipment:
    """From a header as it came. A `site` that the importer names stands above the header's.

    >>> equipment_of(Dataset(), Keys(b"key"), site="North")
    Equipment(manufacturer='', model_name='', site='North')
    """
    told = {keyword: _words(str(dataset.get(keyword) or "")) for keyword in TAGS}
    place = " ".join(told["InstitutionName"])
    named = place and place not in NO_PLACE
    return Equipment(
        _maker(told["Manufacturer"], keys), _model(told["ManufacturerModelName"], keys),
        site or ("S-" + keys.letters("site", place) if named else ""),
    )


def kept_equipment(header: Dataset) -> Equipment:
    """From a stored header."""
    return Equipment(*(str(header.get(keyword) or "") for keyword in TAGS))


def keep_equipment(dataset: Dataset, clean: Dataset, keys: Keys, *, site: str = "") -> None:
    """Put into the clean header what is known."""
    for keyword, value in zip(TAGS, astuple(equipment_of(dataset, keys, site=site)), strict=True):
        if value:
            setattr(clean, keyword, value)


def filled(before: Equipment, found: Equipment) -> Equipment:
    """What was not known is taken from `found`; what was known stays."""
    return replace(
        before, manufacturer=before.manufacturer or found.manufacturer,
        model_name=before.model_name or found.model_name, site=before.site or found.site,
    )


def _words(text: str) -> list[str]:
    """In capitals, without what stands between them; the same place written twice is the same words."""
    return re.findall(r"[^\W_]+\+?", text.upper())


def _maker(words: list[str], keys: Keys) -> str:
    """The maker's short name, by how the text begins."""
    for length in (3, 2, 1):
        known = MAKERS.get(" ".join(words[:length]))
        if known:
            return known
    return "unlisted " + keys.letters("manufacturer", " ".join(words)) if words else ""


def _model(words: list[str], keys: Keys) -> str:
    if not words:
        return ""
    names = [word for word in words if not NUMBER.fullmatch(word)]
    if names and len(words) - len(names) <= 1 and all(word in MODEL_WORDS for word in names):
        return " ".join(words)[:64]
    return "unlisted " + keys.letters("model", " ".join(words))
