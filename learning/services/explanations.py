"""What a model's word rests on, drawn when a reader asks for it, and checked: a job whose result is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import Conflict, Invalid, NotFound
from core.models import User
from learning.models import Explanation, ExplanationMethod, ExplanationPlane, ModelVersion, Prediction
from learning.services.evidence import unmirrored
from learning.services.explained_slices import shown_on
from learning.services.gate import model_path
from learning.services.heat_maps import scaled, small
from learning.services.images import pixels_of
from workers.engine import JobContext, defer
from workers.models import Job

if TYPE_CHECKING:
    from learning.toolkit.nets import Network

KIND = "learning.explain"
NO_SLICES = "This model reads the study in planes that are no images of it, so its maps cannot be laid over them."


@dataclass(frozen=True)
class Asked:
    """Of which model's word on which finding of which study, and drawn how."""

    model: int
    study: int
    finding: str
    method: str

    @classmethod
    def about(cls, suggestion: dict[str, Any], *, study_id: int, method: str) -> Asked:
        """What a suggestion as it was shown rests on. Raises NotFound for a method that there is not."""
        if method not in ExplanationMethod.values:
            raise NotFound(f"There is no map called {method!r}; known: {', '.join(ExplanationMethod.values)}.")
        model = str(suggestion["id"]).partition("-")[0].removeprefix("m")
        return cls(int(model) if model.isdigit() else 0, study_id, str(suggestion["finding"]), method)

    def key(self, user: User) -> str:
        """Each reader's own: a job tells its state to who asked, and to nobody who has not answered yet."""
        return f"explain:{user.pk}:{self.model}:{self.study}:{self.method}:{self.finding}"

    def waiting(self) -> list[Prediction]:
        """Predictions of the model on the study whose map was not drawn yet."""
        done = Explanation.objects.filter(prediction__in=self._predictions(), finding=self.finding, method=self.method)
        found = self._predictions().exclude(pk__in=done.values("prediction"))
        return list(found.select_related("instance__series__study").order_by("instance_id"))

    def drawn(self) -> list[Explanation]:
        found = Explanation.objects.filter(prediction__in=self._predictions(), finding=self.finding, method=self.method)
        return list(found.select_related("prediction").prefetch_related("planes").order_by("prediction__instance_id"))

    def _predictions(self) -> Any:
        return Prediction.objects.filter(
            model_version=self.model, instance__series__study=self.study,
            instance__series__study__patient__withdrawn_at=None,
        )


def ask_explanation(*, asked: Asked, user: User) -> Job | None:
    """Queue the drawing; None where all is drawn. Of no project: its other members are not told what was asked.

    Raises Conflict where the model's word on the study is gone.
    """
    if not asked.waiting():
        if not asked.drawn():
            raise Conflict("What this model said of the study is gone, so there is nothing to draw.")
        return None
    return defer(
        KIND, payload=asdict(asked), user=user, label="Draw what a model looked at", dedupe_key=asked.key(user),
        priority=10,
    )


def job_of(*, asked: Asked, user: User) -> Job | None:
    """The last job that this reader's question made."""
    return Job.objects.filter(dedupe_key=asked.key(user), created_by=user).order_by("-created_at").first()


def execute_explaining(*, job: JobContext) -> dict[str, Any]:
    """The handler's work; running it again does what is left.

    Raises Invalid where the model has no maps of the finding, or none that lie on images.
    """
    asked = Asked(**job.payload)
    waiting = asked.waiting()
    if waiting:
        job.progress(0.02, "Reading the model")
        _draw_all(asked, waiting, job)
    return {}


def _draw_all(asked: Asked, waiting: list[Prediction], job: JobContext) -> None:
    from learning.toolkit.export import load_model
    from learning.toolkit.tasks import presence_columns

    model, card = load_model(model_path(ModelVersion.objects.get(pk=asked.model)))
    column = presence_columns(card.findings).get(asked.finding)
    if column is None or not model.has_maps:
        raise Invalid("This model cannot say where its word on this finding comes from.")
    if model.input.volume == "views":
        raise Invalid(NO_SLICES)
    for number, prediction in enumerate(waiting):
        def tell(share: float, number: int = number) -> None:
            job.progress(0.05 + 0.95 * (number + share) / len(waiting), "Drawing the map, then those of random weights")

        made, planes = _drawn(asked, prediction, model, column, tell)
        with job.fenced():
            # Withdrawn meanwhile: nothing is kept.
            if prediction in asked.waiting():
                made.save()
                for plane in planes:
                    plane.explanation = made
                ExplanationPlane.objects.bulk_create(planes)


def _drawn(
    asked: Asked, prediction: Prediction, model: Network, column: int, tell: Any
) -> tuple[Explanation, list[ExplanationPlane]]:
    """Unsaved."""
    from learning.toolkit.saliency import METHODS, explain

    instance = prediction.instance
    found = explain(model, pixels_of([instance], model.input), finding=column, method=asked.method, tell=tell)
    stack = found.maps[0] if model.input.is_volume else found.maps
    shown = shown_on(instance, model.input, len(stack))
    if not shown:
        raise Invalid(NO_SLICES)
    if asked.method == ExplanationMethod.OCCLUSION:
        stack = np.maximum(stack, 0)  # where covering it makes the finding likelier is evidence against it
    cells = scaled(small(np.asarray(stack, np.float64)))
    check = found.checks[0]
    made = Explanation(
        prediction=prediction, finding=asked.finding, method=asked.method, similarity=round(check.similarity, 4),
        copies=METHODS[asked.method].copies, has_passed=check.passed and cells is not None, is_flat=cells is None,
    )
    if cells is None:
        return made, []
    size = model.input.size
    planes = []
    for one in shown:
        own = unmirrored(cells[one.plane], one.way)
        x, y, w, h = one.way.to_image(-0.5, -0.5, size, size)
        planes.append(ExplanationPlane(
            number=one.plane, instances=one.instances, rows=own.shape[0], columns=own.shape[1], x=x, y=y, w=w, h=h,
            values=np.ascontiguousarray(own).tobytes(),
        ))
    return made, planes


def in_words(one: Explanation) -> str:
    """What the sanity check found, for who looks at the map."""
    if one.is_flat:
        return "Drawn this way the map is flat: nothing in the image stands out, so nothing is laid over it."
    compared = f"likeness to maps of {one.copies} networks with random weights: {one.similarity:.2f} of 1"
    if one.has_passed:
        return f"The map depends on what the model learned ({compared}). That does not make the model right."
    return f"This map does not depend on the weights: do not trust it ({compared})."
