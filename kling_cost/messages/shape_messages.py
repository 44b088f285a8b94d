"""The English sentences about files and requests of an unexpected shape: message and hint of errors, by key."""

from __future__ import annotations

from collections.abc import Mapping

SHAPES: Mapping[str, tuple[str, str]] = {
    "unreadable.json_lines": (
        "not JSON: several documents, one per line (column {column})",
        "save it as .jsonl, or pass --input-format jsonl",
    ),
    "unreadable.json_beginning": (
        "not JSON: one document over several lines (column {column})",
        "save it as .json, or pass --input-format json",
    ),
    "unreadable.json_comments": ("not JSON: comments are not allowed (column {column})", "remove the comments"),
    "unreadable.json_comma": (
        "not JSON: a trailing comma before a closing bracket (column {column})",
        "remove the comma",
    ),
    "unreadable.json_template": (
        "not JSON but a template: its placeholders are not filled in (column {column})",
        "pass the body that was sent",
    ),
    "unreadable.json_python": (
        "not JSON but Python (column {column})",
        'write it with json.dumps: "…" for quotation marks, true, false and null for True, False and None',
    ),
    "unreadable.json_quotes": ("not JSON: typographic quotation marks (column {column})", 'write " instead'),
    "unreadable.json_page": ("not JSON but a web page or XML (column {column})", "pass the request body itself"),
    "unreadable.json_curl": (
        "not JSON but a curl command (column {column})",
        "pass only the JSON after -d, or save the command as .txt",
    ),
    "unreadable.curl": ("the curl command cannot be read: {why}", "pass only the JSON after -d"),
    "unreadable.call": ("the recorded body is not JSON: {why}", "pass the body as it was sent"),
    "unreadable.workflow": (
        "a workflow, which makes its requests only when it runs",
        "pass the body that an execution sent",
    ),
    "unreadable.several_sellers": (
        "the answer may be from any of these providers: {sellers}",
        'add the provider: {{"provider": "…", "response": {{…}}}}',
    ),
    "unreadable.campaign_json": (
        "a campaign in JSON; these keys would not be applied: {keys}",
        "pass --input-format yaml, or pass only the list",
    ),
    "unreadable.list_json": ("these keys beside {name} would not be applied: {keys}", "pass only the list"),
    "unreadable.bodies_below": (
        "not a request, but it contains what looks like one at {place} (found: {count})",
        "pass only that part",
    ),
    "unreadable.no_columns": (
        "not a sheet of jobs: none of its columns is known: {columns}",
        "use column names such as model, duration, quality, sound, takes",
    ),
    "unreadable.binary_sheet": ("not a sheet of jobs: it contains bytes that are not text", "check the file"),
    "unreadable.page_sheet": ("not a sheet of jobs but a web page or XML", "export the sheet itself as .csv or .xlsx"),
    "unreadable.json_sheet": (
        "not a sheet of jobs but JSON",
        "save it as .json or .jsonl, or pass --input-format json | jsonl",
    ),
    "unknown_field.lookalike": (
        "unknown column whose values look like {meant}",
        "rename it to {meant}, or to tag:NAME if it is a label",
    ),
    "unknown_model.api": (
        "a request to {seller}, whose API is not supported",
        "write the shot as a row of a sheet or campaign: model, duration, quality, sound",
    ),
    "unknown_model.api_row": (
        "a request to {seller}, whose API is not supported",
        "write the same shot as a row: {row}",
    ),
    "unknown_model.api_row_assumed": (
        "a request to {seller}, whose API is not supported",
        "write the same shot as a row: {row}; not in the request, so check: {unsaid}",
    ),
    "unknown_model.api_row_nameless": (
        "a request to {seller}, whose API is not supported; it names no model",
        "if it is for Kling 3.0, write the same shot as a row: {row}",
    ),
    "unknown_model.api_row_assumed_nameless": (
        "a request to {seller}, whose API is not supported; it names no model",
        "if it is for Kling 3.0, write the same shot as a row: {row}; not in the request, so check: {unsaid}",
    ),
    "unknown_model.api_address": (
        "a request to {seller}, whose model is in the path of the URL that it is sent to, not in the request",
        'put the path beside it, {{"path": "/text-to-video/MODEL", "request": {{…}}}}, or pass the curl command',
    ),
    "unknown_model.api_operation": (
        "a request to {seller} at {path}, an operation for which no request rules are known",
        "price it as a row, with a price book that sells it",
    ),
    "unknown_model.other_form": (
        "a request in the form of {form}, which {provider} does not take",
        "name the provider that it is for, or write the shot as a row",
    ),
    "unknown_model.api_input": (
        "a request to {seller} with video or voice input, for which the price book has no price",
        "use a price book that has one",
    ),
    "unknown_model.api_line": (
        "a request to {seller} for {model}, which no provider in the price book sells",
        "use a price book that has it, with the row: {row}",
    ),
}
