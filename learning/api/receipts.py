"""Receipts of stretches of reading: made on asking, kept for their reader alone."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.models import Worklist
from core.access import require
from core.api.lookup import one, person, project_for
from learning.models import Receipt
from learning.selectors.receipt_words import headline, lines
from learning.services.receipts import make_receipt


class LeftSerializer(serializers.Serializer[Any]):
    read_by_others = serializers.IntegerField()
    sure = serializers.IntegerField(help_text="Unread cases that the loop's model is sure of now and was not before.")


class FigureRowSerializer(serializers.Serializer[Any]):
    """AUROC before and after on the same gate cases; the 95 % interval is that of the difference, by patient."""

    finding = serializers.CharField(allow_blank=True, help_text="Empty: mean over findings.")
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)
    delta = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class ReceiptFigureSerializer(serializers.Serializer[Any]):
    turn = serializers.IntegerField()
    promoted = serializers.BooleanField()
    n = serializers.IntegerField(help_text="Gate cases.")
    simulated_readers = serializers.BooleanField()
    macro = FigureRowSerializer(allow_null=True)
    most = FigureRowSerializer(allow_null=True, help_text="The finding that moved most.")
    verdict = serializers.CharField(allow_blank=True, help_text="gain, equivalent, harm, undecided or empty.")
    sentence = serializers.CharField(allow_blank=True)


class ReceiptNumbersSerializer(serializers.Serializer[Any]):
    read = serializers.IntegerField()
    amended = serializers.IntegerField()
    skipped = serializers.IntegerField()
    accepted = serializers.IntegerField(help_text="Suggestions taken as they were.")
    rejected = serializers.IntegerField()
    corrected = serializers.IntegerField(help_text="Suggestions rejected or changed.")
    seconds = serializers.FloatField(help_text="Active, over all these readings.")
    left = LeftSerializer()
    figure = ReceiptFigureSerializer(allow_null=True, help_text="null: no turn of the loop ended meanwhile.")


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    worklist_name = serializers.CharField(source="worklist.name", read_only=True)
    numbers = ReceiptNumbersSerializer(read_only=True)
    headline = serializers.SerializerMethodField()
    lines = serializers.SerializerMethodField(help_text="Sentences behind the headline.")

    class Meta:
        model = Receipt
        fields = ["id", "worklist", "worklist_name", "started_at", "ended_at", "numbers", "headline", "lines"]
        read_only_fields = fields

    def get_headline(self, receipt: Receipt) -> str:
        return headline(receipt.numbers)

    def get_lines(self, receipt: Receipt) -> list[str]:
        return lines(receipt.numbers)


class MadeReceiptSerializer(serializers.Serializer[Any]):
    receipt = ReceiptSerializer(allow_null=True, help_text="null: nothing has been handed in on this list.")


class WorklistReceipt(APIView):
    """What my last stretch of reading brought"""

    @extend_schema(request=None, responses=MadeReceiptSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Make the receipt of the last stretch on this worklist, or bring it up to date"""
        user = person(request)
        worklist = one(Worklist.objects.visible_to(user).select_related("project"), pk)
        require(user, "annotate", worklist.project)
        made = make_receipt(worklist=worklist, reader=user)
        return Response({"receipt": ReceiptSerializer(made).data if made is not None else None})


class Receipts(APIView):
    """My receipts"""

    @extend_schema(responses=ReceiptSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The last fifty of this project, newest first; nobody else sees them"""
        user = person(request)
        rows = Receipt.objects.visible_to(user).filter(project=project_for(user, slug, "annotate"))
        return Response(ReceiptSerializer(rows.select_related("worklist")[:50], many=True).data)
