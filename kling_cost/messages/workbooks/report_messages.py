"""The English sentences about workbooks of reports that are read back, by key."""

from __future__ import annotations

from kling_cost.messages.sentence import error, info, warning

REPORTS = {
    "unreadable.report_workbook": error(
        "this report's workbook cannot be read back: it has no line items of jobs, or its sheet kling_cost changed",
        "pass the jobs, or report them again as .xlsx with all parts",
    ),
    "unreadable.report_files": error(
        "this report's workbook cannot be read back: its limits or rules hold only some of its jobs",
        "pass the files that it was made from",
    ),
    "unreadable.report_columns": error(
        "in the sheet {sheet}, these headings of the report are missing or doubled: {columns}",
        "give the headings their names again",
    ),
    "unreadable.report_row": error(
        "{cell} no longer holds what the report wrote there", "keep the row as the report wrote it"
    ),
    "unreadable.report_left_out": error(
        "this job had an error when the report was written, and is in no line of it", "fix it in its own file"
    ),
    "unreadable.report_is_known": error(
        "a report wrote this workbook: what its columns are is known", "pass it to check, estimate, plan or report"
    ),
    "unwritable.report_workbook": error("a report's workbook is not changed", "pass the jobs that it was made from"),
    "unreadable.cell_formula": error("{cell} holds a formula, not a value", "write the value itself into the cell"),
    "missing.cell": error("{cell} was cleared", "write a value, or remove the whole row"),
    "missing.cell_amount": error("{cell} was cleared", "write an amount"),
    "missing.report_row": error(
        "the row was cleared, but not deleted", "remove the whole row, or write its values again"
    ),
    "missing.report_limit": error(
        "the row of this limit is missing: {scope}, {currency}", "write the report again, or pass --budget"
    ),
    "wrong_type.cell_takes": error("{cell} must be a whole number from 1 to {most}, not {value}"),
    "wrong_type.cell_seconds": error("{cell} must be whole seconds, not {value}"),
    "wrong_type.cell_day": error("{cell} must be a date such as 2026-03-01, not {value}"),
    "wrong_type.cell_amount": error("{cell} must be an amount of 0 or more, not {value}"),
    "mismatch.cell_seconds": error(
        "the request of {model} does not say the seconds in {cell}", "fix the job in its own file"
    ),
    "mismatch.cell_value": error(
        "the request of {model} does not say what is now in {cell}", "fix the job in its own file"
    ),
    "cannot_check.cell_prompt": error(
        "whether {model} takes the prompt of this row, at most {most} characters, cannot be told after {cell} changed:"
        " the workbook holds only its beginning",
        "fix the job in its own file",
    ),
    "mismatch.cell_model": error(
        "{model} in {cell} cannot make the request of this row: it takes other images, elements, videos or shots",
        "write a model that does, or fix the job in its own file",
    ),
    "mismatch.report_rate": error(
        "the workbook says {now} {currency}/USD, the price book {before}", 'pass --rate "{now} {currency}/USD"'
    ),
    "cannot_check.report_contingency": error(
        "{cell} holds a contingency, which is not read back", "write it under contingency: in rules, and pass --rules"
    ),
    "cannot_check.report_committed": error("{cell} holds a committed amount, which is not read back", "pass --actuals"),
    "has_no_effect.report_price": warning(
        "{cell} was changed from {before} to {now}; prices come from the price book", "pass --overlay with your price"
    ),
    "has_no_effect.over_formula": warning(
        "{value} was written over the formula in {cell} ({title}); the cost is calculated anew"
    ),
    "has_no_effect.report_rules": warning(
        "the report was checked with rules from other files, which a workbook does not hold", "pass --rules"
    ),
    "has_no_effect.removed_lines": info("{count} of the report's {all} lines were removed from the workbook"),
}
