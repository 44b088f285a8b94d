"""The English sentences about files that cannot be read, by key."""

from __future__ import annotations

from kling_cost.messages.sentence import error, info, warning

FILES = {
    "unreadable.no_file": error("no such file"),
    "unreadable.folder": error("this is a folder, not a file"),
    "unreadable.cannot_open": error("cannot be read: {why}"),
    "unreadable.empty": error("the file is empty"),
    "unreadable.too_large": error("larger than {limit}", "split it, or use .jsonl, .csv or .parquet"),
    "unreadable.encoding": error(
        "not valid {encoding} text", "save it as UTF-8, or pass --encoding cp949 | cp932 | gb18030"
    ),
    "unreadable.unknown_encoding": error("unknown encoding {encoding}"),
    "unreadable.json": error("not JSON: {why} (column {column})"),
    "unreadable.json_encoding": error(
        "not valid UTF-8 text (column {column})", "save the file as UTF-8, or pass --encoding"
    ),
    "unreadable.duplicate_key": error("duplicate key {name} (column {column})", "keep one of the two"),
    "unreadable.long_line": error("the line is longer than 4 MiB"),
    "unreadable.endless_line": error("no end of line within {limit}", "check that the file is line-based text"),
    "unreadable.not_object": error("a job must be an object, not {value}"),
    "unreadable.stored_estimate": error(
        "this is a stored estimate, not a list of jobs", "pass it as the only input to check, report or reconcile"
    ),
    "unreadable.stored_result": error("this is a stored {kind}, not a list of jobs"),
    "unreadable.no_estimate": error("not a stored estimate"),
    "unreadable.line_items": error(
        "line items without their count and totals: neither jobs nor a stored estimate",
        "store the estimate as .json or .csv, or pass its jobs",
    ),
    "unreadable.stored_version": error(
        "unknown schema version {version}", "store it again, or read it with the release that wrote it"
    ),
    "unreadable.stored_line": error("the line was changed after it was stored", "store it again from its jobs"),
    "unreadable.stored_lines": error(
        "lines are missing, duplicated or from another plan: {why}", "store it again from its jobs"
    ),
    "unreadable.stored": error("the stored estimate is damaged: {why}"),
    "unreadable.no_reconciliation": error("not a stored reconciliation"),
    "unreadable.stored_outcome": error("the stored reconciliation is damaged: {why}", "store it again"),
    "unreadable.stored_sum": error("the stored estimate does not add up {job}", "store it again from its jobs"),
    "unreadable.stored_sheet": error("the stored line items are damaged", "store them again from their jobs"),
    "unreadable.yaml": error("invalid YAML: {why}"),
    "unreadable.no_campaign": error("not a campaign: it has no `jobs` list"),
    "unreadable.jobs_no_list": error("`jobs` must be a list"),
    "unreadable.form": error("files of this form are not read", "use one of {endings}"),
    "unreadable.budget": error(
        "{value} is not a valid limit",
        "write it like 500 USD or 36000 EVOLINK_CREDIT",  # example
    ),
    "unreadable.budget_bare": error(
        "{value}: a limit needs a currency",
        "write it like 60 USD or 36000 EVOLINK_CREDIT",  # example
    ),
    "unreadable.budget_yen": error("{value}: ¥ can mean yuan or yen", "write CNY or JPY"),
    "unreadable.budget_sign": error("{value}: a limit cannot contain a plus, a minus or a dash"),
    "unreadable.budget_number": error(
        "{value}: the number is ambiguous or malformed",
        "write 1000.50 or 1,000.50: a point before the decimals, commas only between groups of three digits",
    ),
    "unreadable.budget_digits": error("{value}: too many digits", "use at most 60 on either side of the point"),
    "unreadable.budget_credits": error(
        "{value}: it is unclear which provider's credits are meant",
        "write the currency, such as EVOLINK_CREDIT",  # example
    ),
    "unreadable.ragged": error(
        "the row has {found} cells, the header has {wanted}",
        "put quotation marks around cells that contain the separator",
    ),
    "unreadable.quote": error(
        "a quotation mark is never closed, or is inside a cell", 'write "" for a quotation mark inside a cell'
    ),
    "unreadable.huge_cell": error(
        "a cell is longer than 131,072 characters", "look for a quotation mark that is never closed"
    ),
    "unreadable.long_cell": error("a cell is longer than 131,072 characters"),
    "unreadable.workbook": error("not a readable .xlsx workbook: {why}"),
    "unreadable.encrypted": error(
        "the workbook is encrypted, or in the old .xls format", "save it as .xlsx without a password"
    ),
    "unreadable.too_large_workbook": error("its part {part} is too large when unpacked", "use .csv or .parquet"),
    "unreadable.no_sheet": error("the workbook has no sheet {sheet}; it has: {sheets}"),
    "unreadable.which_sheet": error("more than one sheet could be meant: {sheets}", "pass --sheet NAME"),
    "unreadable.no_job_sheet": error("no sheet has a column `{needed}`: {sheets}", "pass --sheet NAME"),
    "unreadable.empty_sheet": error("the sheet {sheet} is empty"),
    "unreadable.formula": error(
        "the formula has no stored result", "open the file in a spreadsheet program, save it, and try again"
    ),
    "unreadable.no_answer": error("not an answer from a known provider", "pass it as the provider sent it"),
    "unreadable.no_task": error("the answer names neither a task nor a job"),
    "unreadable.success": error(
        "the call succeeded (code {answer}), but its answer contains no readable task",
        "record it in a sheet with the columns job_id, task_id, status and credits",
    ),
    "unreadable.unknown_seller": error(
        "an answer from an unknown provider, with the keys {keys}",
        "record it in a sheet with the columns job_id, task_id, status and credits",
    ),
    "unreadable.price_quote": warning(
        "a price quote, not an answer about a task", "pass the answers about the tasks themselves"
    ),
    "unreadable.account": warning("an account balance, not an answer about a task"),
    "unreadable.no_answer_columns": error(
        "no known column", "give a sheet of answers the columns job_id or task_id, status and credits"
    ),
    "unreadable.no_answer_ids": error(
        "no column identifies the job or task of each row", "name one of them job_id or task_id"
    ),
    "unreadable.error_cell": error("the cell contains the error value {value}"),
    "unreadable.cell_value": error(
        "the cell contains what no spreadsheet program writes: {value}", "retype it, and save the file"
    ),
    "unreadable.cell_twice": error("duplicate cell {cell} in the file", "retype it, and save the file"),
    "unreadable.merged_over": error("the merged cells {cells} hide another value here", "unmerge them"),
    "unreadable.merged_columns": error(
        "the merged cells {cells} span several columns, so it is unclear which one is meant", "unmerge them"
    ),
    "unreadable.merged_rows": error(
        "the merged cells {cells} span several rows, but such a value can apply to one row only",
        "unmerge them, and give each row its own value",
    ),
    "unreadable.merged_alone": error(
        "every value in this row is merged with rows above it ({cells})", "unmerge them, or delete the row"
    ),
    "unreadable.merged_header": error(
        "the heading in {cells} is merged with other cells", "use one row of headings, each in its own cell"
    ),
    "unreadable.parquet": error("not a readable Parquet file: {why}"),
    "unreadable.too_large_parquet": error(
        "these columns are too large when unpacked: {columns}", "store it again with shorter values, or use .csv"
    ),
    "unreadable.price_book": error("{why}"),
    "usage.call": error("{why}"),
    "unwritable.file": error("cannot be written: {why}"),
    "unwritable.encoding": error("its text cannot be written back unchanged as {encoding}", "save it as UTF-8"),
    "unwritable.not_found": error("it is not certain where this value is written", "make this change by hand"),
    "unwritable.no_column": error("the sheet has no column for {field}", "add one to the sheet"),
    "unwritable.no_envelope": error(
        "the request has no place for it", "put the request under `request`, and this beside it"
    ),
    "unwritable.other_seller": error(
        "a request to another seller or model has other fields", "write this request by hand"
    ),
    "unwritable.only_job": error("this job cannot be taken out of the file", "remove it by hand"),
    "unwritable.in_shell": error(
        "the body of this call cannot be changed within its quotation marks", "put the body in single quotation marks"
    ),
    "unwritable.other_jobs": error("these are not the jobs of the plan", "make the plan again from this file"),
    "unwritable.differs": error(
        "nothing was written, since the new file would not be the plan: {why}", "make this change by hand"
    ),
    "unwritable.formula": error("the formula in {cell} depends on a cell that changes", "put its value there"),
    "unwritable.merged": error("{cell} is one of the merged cells {cells}", "unmerge them"),
    "unwritable.workbook": error("the workbook cannot be changed: {why}", "save it as a plain .xlsx file"),
    "unreadable.columns_moved": error(
        "{file} names headings that this row does not have: {columns}",
        "remove the file, and run kling-cost columns again",
    ),
    "unreadable.no_shots": error(
        "no row of headings of a shot list was found", "name the columns as in kling-cost template jobs.xlsx"
    ),
    "ambiguous.sheet_no_model": error("the sheet does not say which model makes this shot: {choices}", "pass --model"),
    "ambiguous.sheet_model": error(
        "it is unclear which model “{value}” in {cell} is: {choices}",
        "write the model in the cell, or add the word under words: model: in {file}",
    ),
    "ambiguous.sheet_column": error(
        "the column “{value}” ({cell}) may be {meant}, and would change the price",
        "write {file} with kling-cost columns, and decide there",
    ),
    "ambiguous.sheet_no_column": error("no column clearly says {meant}", "pass --default {meant}=VALUE"),
    "ambiguous.sheet_which": error("several sheets have shots: {choices}", "pass --sheet NAME"),
    "ambiguous.sheet_table": error(
        "another table of shots begins at {cell} (“{value}”)",
        "split the sheet, or add “{value}”: not read under words: row: in {file}",
    ),
    "ambiguous.sheet_cell": error(
        "“{value}” in {cell} can be {choices}",
        "write the value itself, or say what the word means under words: {meant}: in {file}",
    ),
    "ambiguous.sheet_cell_open": error(
        "“{value}” in {cell} does not clearly say {meant}",
        "write the value itself, or say what the word means under words: {meant}: in {file}",
    ),
    "ambiguous.sheet_blank": error("{cell} is blank", "write a value, or pass --default {meant}=VALUE"),
    "ambiguous.sheet_row": error(
        "it is unclear whether the row of {cell} (“{value}”) is a shot",
        "add “{value}”: shot, or not read, under words: row: in {file}",
    ),
    "ambiguous.sheet_several": error(
        "“{value}” in {cell} may mean several videos",
        "give each its own row, or add “{value}”: shot, if it is one, under words: row: in {file}",
    ),
    "ambiguous.sheet_scene_names": info("numbers of shots repeat; each job is named by its scene and its number"),
    "ambiguous.sheet_row_names": info("numbers of shots repeat; each job is named by its row"),
    "mismatch.sheet_total": warning(
        "the sheet's own total is {value} s, but its shots come to {total} s", "check which rows are shots"
    ),
    "has_no_effect.sheet_dividers": info("rows that divide scenes are not shots: {rows}"),
    "has_no_effect.sheet_totals": info("rows of totals are not shots: {rows}"),
    "has_no_effect.sheet_left_out": info("rows that are to be left out are not shots: {rows}"),
    "has_no_effect.sheet_numbers": warning(
        "rows with a number alone are not priced: {rows}", "give them a length if they are shots"
    ),
    "has_no_effect.sheet_other_rows": warning(
        "rows that look like another table are not read: {rows}", "check that no shot is among them"
    ),
    "request_incomplete.blank": warning("the cell is blank, but the request needs it"),
}
