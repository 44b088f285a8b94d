"""What JSON says of a foreign sheet: its columns, and what has to be asked."""

from __future__ import annotations

from kling_cost.results.fields import Field, Record
from kling_cost.results.value_types import ID, TEXT, mapping, several, texts, whole

#: What has to be said before a sheet can be priced.
QUESTION = Record(
    "question",
    [
        Field("field", ID, "the field that it is about; empty for the sheet as a whole"),
        Field("cell", ID, "the first cell where it comes up, such as D7", null=True),
        Field("value", TEXT, "what stands there", null=True),
        Field("choices", texts(TEXT.schema), "what it may mean; empty where anything may"),
    ],
)
#: A column of a foreign sheet.
MAPPED_COLUMN = Record(
    "mapped_column",
    [
        Field("field", ID, "what the column holds, such as duration or tag:scene"),
        Field("header", TEXT, "its heading"),
        Field("column", ID, "its letters"),
        Field("reason", TEXT, "why it is taken for this; empty where a file says so, or it has to be asked"),
        Field("choices", texts(TEXT.schema), "what it may be, where that has to be asked"),
    ],
)
#: What follows the head of the document about a sheet.
SHEET_FIELDS = (
    Field("source", ID, "the sheet's file"),
    Field("sheet", TEXT, "the sheet of a workbook", null=True),
    Field("header_row", whole(1), "the number of the row of headings"),
    Field("columns", several(MAPPED_COLUMN), "the columns that are read, or may be"),
    Field("not_read", texts(TEXT.schema), "the headings of the other columns"),
    Field("model", ID, "the model of rows that name none, or `ask`; null where a column names it", null=True),
    Field("defaults", mapping({"additionalProperties": TEXT.schema}), "what blank cells mean, by field"),
    Field("file", ID, "the file that says all this; null for a proposal", null=True),
    Field("shots", whole(0), "how many rows are shots"),
    Field("questions", several(QUESTION), "what has to be said first"),
)
