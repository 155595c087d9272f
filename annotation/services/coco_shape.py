"""What a COCO file must look like before anything in it is looked up. Uploads are hostile until this has been asked."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import Invalid

Key = int | str


class _Part(BaseModel):
    """What is not named here is not looked at."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _ImageNotes(_Part):
    sop_uid: str | None = None
    frame: int = Field(default=0, ge=0)
    answers: dict[str, str] = {}
    all_marked: dict[str, bool | None] | None = None


class _Image(_Part):
    id: Key
    file_name: str = ""
    radloop: _ImageNotes | None = None


class _Category(_Part):
    id: Key
    name: str = Field(min_length=1)


class _Mark(_Part):
    category_id: Key
    attributes: dict[str, Any] | None = None
    radloop: dict[str, Any] | None = None


class _Annotation(_Mark):
    image_id: Key


class _File(_Part):
    images: list[_Image]
    categories: list[_Category]
    annotations: list[_Annotation] | None = None
    radloop_planes: list[_Mark] | None = None


def is_coco(rows: Any) -> bool:
    """Whether a JSON document means to be one."""
    return isinstance(rows, dict) and "images" in rows and ("annotations" in rows or "categories" in rows)


def check_shape(rows: Any) -> None:
    """Raises Invalid naming the first thing that is wrong, as `annotations, number 12, image_id: …`."""
    if not isinstance(rows, dict) or not all(isinstance(rows.get(key), list) for key in ("images", "categories")):
        raise Invalid("The file has no images or no categories. Choose a COCO file of objects.")
    try:
        _File.model_validate(rows)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ", ".join(f"number {part}" if isinstance(part, int) else part for part in first["loc"][:3])
        raise Invalid(f"The file is no COCO file of objects. {where}: {first['msg']}.") from None
