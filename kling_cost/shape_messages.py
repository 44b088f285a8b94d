"""The English sentences about files and requests of an unexpected shape: message and hint of errors, by key."""

from __future__ import annotations

from collections.abc import Mapping

SHAPES: Mapping[str, tuple[str, str]] = {
    "unreadable.json_lines": (
        "not JSON: several documents, one a line (column {column})",
        "save it as .jsonl, or pass --input-format jsonl",
    ),
    "unreadable.json_beginning": (
        "not JSON: one document over several lines (column {column})",
        "save it as .json, or pass --input-format json",
    ),
    "unreadable.json_comments": ("not JSON: comments are not allowed (column {column})", "remove the comments"),
    "unreadable.json_comma": (
        "not JSON: a comma stands before a closing bracket (column {column})",
        "remove that comma",
    ),
    "unreadable.json_template": (
        "not JSON but a template: its placeholders are not filled in (column {column})",
        "give the body that was sent",
    ),
    "unreadable.json_python": (
        "not JSON but Python (column {column})",
        'write it with json.dumps: "…" for quotation marks, true, false and null for True, False and None',
    ),
    "unreadable.json_quotes": ("not JSON: typographic quotation marks (column {column})", 'write " instead'),
    "unreadable.json_page": ("not JSON but a web page or XML (column {column})", "give the request body itself"),
    "unreadable.json_curl": (
        "not JSON but a curl command (column {column})",
        "give the JSON after -d alone, or save the command as .txt",
    ),
    "unreadable.curl": ("the curl command cannot be read: {why}", "give the JSON after -d alone"),
    "unreadable.call": ("the recorded body is not JSON: {why}", "give the body as it was sent"),
    "unreadable.workflow": ("a workflow, whose requests are made when it runs", "give the body that an execution sent"),
    "unreadable.campaign_json": (
        "a campaign in JSON, of which these keys would not be applied: {keys}",
        "pass --input-format yaml, or give the list alone",
    ),
    "unreadable.list_json": ("beside {name} stand keys that would not be applied: {keys}", "give the list alone"),
    "unreadable.bodies_below": (
        "no request by itself, but what looks like one stands at {place} (there are {count})",
        "give that alone",
    ),
    "unreadable.no_columns": (
        "no sheet of jobs: none of its columns is known: {columns}",
        "name columns such as model, duration, quality, sound, takes",
    ),
    "unreadable.binary_sheet": ("no sheet of jobs: it holds bytes that are no text", "check the file"),
    "unreadable.page_sheet": ("no sheet of jobs but a web page or XML", "export the sheet itself as .csv or .xlsx"),
    "unreadable.json_sheet": (
        "no sheet of jobs but JSON",
        "save it as .json or .jsonl, or pass --input-format json | jsonl",
    ),
    "unknown_model.api": (
        "a request of {seller}, whose requests are not read",
        "write the shot as a row of a sheet or campaign: model, duration, quality, sound",
    ),
    "unknown_model.api_row": ("a request of {seller}, whose requests are not read", "the same shot as a row: {row}"),
    "unknown_model.api_row_assumed": (
        "a request of {seller}, whose requests are not read",
        "the same shot as a row: {row}; not in the request, so check: {unsaid}",
    ),
    "unknown_model.api_row_nameless": (
        "a request of {seller}, whose requests are not read and name no model",
        "if it is for Kling 3.0, the same shot as a row: {row}",
    ),
    "unknown_model.api_row_assumed_nameless": (
        "a request of {seller}, whose requests are not read and name no model",
        "if it is for Kling 3.0, the same shot as a row: {row}; not in the request, so check: {unsaid}",
    ),
    "unknown_model.api_address": (
        "a request of {seller}, whose requests are not read; its model stands in the address that it is sent to",
        "write the shot as a row of a sheet or campaign: model, duration, quality, sound",
    ),
    "unknown_model.api_input": (
        "a request of {seller} with video or voice input, for which the price book has no price",
        "price it by a book that does",
    ),
    "unknown_model.api_line": (
        "a request of {seller} for {model}, which nobody in the price book sells",
        "the row in a book that does: {row}",
    ),
}
