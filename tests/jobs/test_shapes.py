"""What people paste: read where that is exact, else refused in one line that says what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.jobs.curl_calls import curl_calls
from kling_cost.jobs.wrapped_requests import _DEEPEST as DEEPEST

BODY = {"model": "kling-v3-text-to-video", "prompt": "It's foggy", "duration": 10, "quality": "1080p"}
TASK = {"type": "pro-text-to-video", "prompt": "Fog", "duration": 5}
TEXT, URL = json.dumps(BODY), "https://api.evolink.ai/v1/videos/generations"
QUOTED = TEXT.replace("'", "'\\''")
CALL = {"method": "POST", "url": URL}
POSTED = {"request": {**CALL, "postData": {"mimeType": "application/json", "text": TEXT}}}


def costs(path: Path) -> list[tuple[str, int | None, str]]:
    estimate = kc.estimate(kc.read_jobs(path))
    assert [p for p in estimate.problems if p.severity == "error"] == []
    return [(item.job_id, item.job.row, str(item.cost)) for item in estimate.line_items]


def refusal(path: Path) -> str:
    """The one thing that is said of a file that comes to nothing."""
    try:
        jobs = kc.read_jobs(path)
    except kc.ReadError as error:
        return str(error)
    estimate = kc.estimate(jobs)
    assert (len(estimate.line_items), estimate.exit_code) == (0, 5)
    (found,) = estimate.problems
    return str(found)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


READ = {
    "curl.txt": f"curl -X POST '{URL}' \\\n  -H 'Authorization: Bearer KEY' \\\n  -d '{QUOTED}'\n",
    "curl.json": f"$ curl --request POST --url {URL} --header 'a: b' --data-raw '{QUOTED}' | jq .id",
    "joined.txt": f"curl {URL} -d'{QUOTED}'",
    "equals.txt": f"curl {URL} --json='{QUOTED}'",
    "double.txt": f"curl {URL} -d {json.dumps(TEXT)}",
    "list.json": json.dumps({"jobs": [BODY]}),
    "requests.json": json.dumps({"description": "spring", "requests": [BODY]}),
    "call.json": json.dumps({**CALL, "body": BODY}),
    "text.json": json.dumps({**CALL, "headers": {}, "body": TEXT}),
    "logger.json": json.dumps({"headers": {"host": "example.com"}, "body": BODY}),
    "posted.json": json.dumps(POSTED),
    "a.har.json": json.dumps({"log": {"version": "1.2", "entries": [POSTED, {"request": {"method": "GET"}}]}}),
    "postman.json": json.dumps(
        {"info": {}, "item": [{"item": [{"request": {**CALL, "body": {"mode": "raw", "raw": TEXT}}}]}]}
    ),
    "batch.jsonl": json.dumps({"custom_id": "a", "method": "POST", "url": "/v1/videos", "body": BODY}),
}


@pytest.mark.parametrize("name", READ)
def test_a_body_is_read_from_what_stands_around_it(file: Any, name: str) -> None:
    path = file(name, READ[name])
    assert costs(path) == [(f"{name}:1", 1, "71.982 EVOLINK_CREDIT")]


@pytest.mark.parametrize(("folders", "is_read"), [(0, True), (DEEPEST, True), (DEEPEST + 1, False)])
def test_a_collection_is_read_as_deep_as_folders_may_stand_in_folders(file: Any, folders: int, is_read: bool) -> None:
    item: Any = {"request": {**CALL, "body": {"mode": "raw", "raw": TEXT}}}
    for _ in range(folders):
        item = {"item": [item]}
    path = file("postman.json", json.dumps({"info": {}, "item": [item]}))
    assert len(kc.estimate(kc.read_jobs(path)).line_items) == is_read


OTHER_URL = "https://example.com/page"
ADDRESSED = {
    "the last": f"curl {OTHER_URL} {URL} -d '{QUOTED}'",
    "the referer is none": f"curl {URL} -e {OTHER_URL} -d '{QUOTED}'",
    "a proxy is none": f"curl {URL} --proxy {OTHER_URL} -d '{QUOTED}'",
    "a header is none": f"curl {URL} -H {OTHER_URL} -d '{QUOTED}'",
    "by name": f"curl -d '{QUOTED}' --url {URL}",
    "in capitals": f"curl -d '{QUOTED}' {URL.replace('https', 'HTTPS')}",
    "of Windows": f"  curl.exe \\\r\n {URL} --data-binary '{QUOTED}'",
    "after a prompt": f"> curl {URL} --data '{QUOTED}'",
    "with another word for the body": f"curl {URL} --data-ascii='{QUOTED}'",
    "before a here document": f"curl {URL} -d '{QUOTED}' <<EOF\n'\nEOF",
    "with << in the body": f"curl {URL} -d '{QUOTED.replace('foggy', 'foggy << misty')}'",
}


@pytest.mark.parametrize("name", ADDRESSED)
def test_the_address_and_the_body_of_a_call_are_read(name: str) -> None:
    ((row, call),) = curl_calls(f"The call:\n\n{ADDRESSED[name]}")
    assert (row, call.fault, (call.url or "").lower()) == (3, None, URL)
    assert call.body == {**BODY, "prompt": "It's foggy << misty" if "<<" in name else BODY["prompt"]}


@pytest.mark.parametrize("body", ["[]", "7", '"model"'])
def test_a_call_whose_body_is_no_object_is_refused_with_its_address(body: str) -> None:
    ((row, call),) = curl_calls(f"curl {URL} -d '{body}'")
    assert (row, call.body, call.url) == (1, None, URL)
    assert call.fault is not None
    assert call.fault.message == "the curl command cannot be read: the body is not an object"


def test_the_calls_of_a_text_are_jobs_at_the_lines_where_they_begin(file: Any) -> None:
    other = f"curl https://api.kling3api.com/v1/tasks --data '{json.dumps(TASK)}'"
    path = file("calls.txt", f"{READ['curl.txt']}\n# the second\n{other}\n")
    assert costs(path) == [
        ("calls.txt:1", 1, "71.982 EVOLINK_CREDIT"),
        ("calls.txt:6", 6, "400 KLING3API_CREDIT"),
    ]


def test_envelopes_in_a_list_keep_their_takes_and_rows(file: Any) -> None:
    path = file("jobs.json", json.dumps({"jobs": [BODY, {"request": TASK, "takes": 2, "job_id": "b"}]}))
    assert costs(path) == [("jobs.json:1", 1, "71.982 EVOLINK_CREDIT"), ("b", 2, "800 KLING3API_CREDIT")]


REFUSED = {
    "file.txt": (f"curl {URL} -d @body.json", "the body is in the file body.json"),
    "two.txt": (f"curl {URL} -d '{{}}' -d '{{}}'", "it has several -d"),
    "none.txt": (f"curl {URL}", "it has no -d"),
    "open.txt": (f"curl {URL} -d '{{", "a quotation mark is never closed"),
    "ansi.txt": (f"curl {URL} -d $'{{}}'", "the shell would change"),
    "here.txt": (f"curl {URL} -X POST <<EOF\n{TEXT}\nEOF", "it has no -d"),
    "broken.txt": (f"curl {URL} -d '{{\"duration\": 5,}}'", "a trailing comma before a closing bracket"),
    "curl.jsonl": (f"curl {URL} -d '{QUOTED}'", "not JSON but a curl command"),
    "python.jsonl": (repr({**BODY, "callback_url": None}), "json.dumps"),
    "python.json": ('{"model": "m", "sound": True}', "json.dumps"),
    "comments.json": ('{"model": "m", // the model\n "duration": 5,\n}', "remove the comments"),
    "hash.json": ('{\n# the model\n"model": "m"}', "remove the comments"),
    "comma.json": ('{"model": "m",}', "remove the comma"),
    "quotes.json": ("{“model”: “m”}", 'write " instead'),
    "template.json": ('{"model": "m", "duration": {{ $json.seconds }}}', "a template"),
    "lines.json": (f"{TEXT}\n{TEXT}\n", "save it as .jsonl"),
    "page.json": ("<!doctype html><p>Sign in</p>", "a web page"),
    "open.jsonl": ("{", "save it as .json"),
    "examples.json": (json.dumps({"examples": {"fog": {"value": BODY}}}), "at examples.fog.value"),
    "items.json": (json.dumps({"items": [BODY, BODY]}), "items[0] (found: 2)"),
    "scenes.json": (json.dumps({"pier": {"fog": BODY, "rain": BODY}, "quay": [BODY]}), "at pier.fog (found: 3)"),
    "campaign.json": (json.dumps({"budget": "40 EVOLINK_CREDIT", "jobs": [BODY]}), "not be applied: budget"),
    "extra.json": (json.dumps({"requests": [BODY], "takes": 3}), "not be applied: takes"),
    "workflow.json": (json.dumps({"nodes": [{"parameters": {}}], "connections": {}}), "a workflow"),
    "body.json": (json.dumps({**CALL, "body": "{model: 1}"}), "the recorded body is not JSON"),
    "nothing.json": ('{"prompt": "Fog", "seed": 1}', "name its model"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_read_is_refused_in_one_line_that_says_what_to_do(file: Any, name: str) -> None:
    text, says = REFUSED[name]
    assert says in refusal(file(name, text))


@pytest.mark.parametrize("name", [name for name in REFUSED if name.endswith(".txt")])
def test_why_a_command_is_not_read_is_in_the_message(file: Any, name: str) -> None:
    text, why = REFUSED[name]
    why = {"ansi.txt": f"{why} the text in $'…'", "broken.txt": f"not JSON: {why} (column 16)"}.get(name, why)
    told = f"{name}:1: the curl command cannot be read: {why} (pass only the JSON after -d)"
    assert refusal(file(name, text)) == told


def test_a_campaign_in_json_is_read_as_yaml_with_its_limit(file: Any) -> None:
    path = file("campaign.json", json.dumps({"budget": "40 EVOLINK_CREDIT", "jobs": [BODY]}))
    jobs = kc.read_jobs(path, input_format="yaml")
    assert [str(limit) for limit in jobs.campaigns[0].limits] == ["40 EVOLINK_CREDIT"]
    assert kc.check(kc.estimate(jobs)).verdict == "over"


NOTHING = {
    "zeros.csv": b"\0" * 64,
    "page.csv": b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n",
    "body.csv": TEXT.encode(),
    "body.tsv": TEXT.encode(),
    "indented.csv": json.dumps(BODY, indent=2).encode(),
    "header.csv": b"name,colour\n",
    "rows.csv": b"name,colour\nfog,grey\n",
    "note.txt": b"Remember the pier.\n",
    "zeros.json": b"\0" * 64,
    "zeros.yaml": b"\0" * 64,
    "page.yaml": b"<html></html>",
    "zeros.xlsx": b"\0" * 64,
    "zeros.parquet": b"\0" * 64,
}


@pytest.mark.parametrize("name", NOTHING)
@pytest.mark.parametrize("summary", [False, True])
def test_a_file_of_which_nothing_is_a_job_is_refused(file: Any, name: str, summary: bool) -> None:

    path = file(name, NOTHING[name])
    read = (lambda: kc.summarize(path)) if summary else (lambda: kc.read_jobs(path))
    with pytest.raises(kc.ReadError) as refused:
        read()
    assert refused.value.problem.source == str(path)


def test_a_parquet_file_without_a_known_column_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"name": ["fog"]}), tmp_path / "a.parquet")
    with pytest.raises(kc.ReadError, match="none of its columns is known: name"):
        kc.read_jobs(tmp_path / "a.parquet")


def test_a_header_alone_is_a_sheet_without_jobs(file: Any) -> None:
    assert len(kc.read_jobs(file("a.csv", "model,duration\n"))) == 0
    assert [p.code for p in kc.read_jobs(file("b.csv", "modle\n")).problems] == ["unknown_field"]


def test_requests_that_repeat_an_earlier_one_are_told_once_with_the_money(file: Any) -> None:
    turned = dict(reversed(BODY.items()))
    first = file("a.jsonl", f"{TEXT}\n")
    files = [first, file("b.jsonl", TEXT), file("c.json", json.dumps([BODY, TASK, {"request": turned}, TASK]))]
    estimate = kc.estimate(kc.read_jobs(*files))
    found = [p for p in estimate.problems if p.code == "repeated_request"]
    assert [(p.severity, p.job_id) for p in found] == [("warning", None)]
    assert found[0].message == (
        "3 requests without job_id repeat an earlier one exactly; the repeats cost "
        "143.964 EVOLINK_CREDIT, 400 KLING3API_CREDIT"
    )
    assert len(estimate.line_items) == 6
    assert kc.estimate(kc.read_jobs(*files[:2]), strict=True).exit_code == 5
    assert kc.estimate(kc.read_jobs(first), strict=True).exit_code == 0


@pytest.mark.parametrize(
    "items",
    [
        [BODY, {**BODY, "prompt": "Rain"}],
        [BODY, {**BODY, "duration": 11}],
        [{"request": BODY, "job_id": "a"}, {"request": BODY, "job_id": "b"}, BODY],
        [BODY, {"request": BODY, "takes": 1}],
        [BODY, {"request": BODY, "date": "2026-11-01"}],
        [BODY, {"request": BODY, "tags": {"scene": "a"}}],
        [{**BODY, "duration": 99}, {**BODY, "duration": 99}],
    ],
)
def test_what_is_told_apart_or_costs_nothing_is_no_repetition(items: list[Any]) -> None:
    assert "repeated_request" not in {p.code for p in kc.estimate(items).problems}


def test_requests_of_a_campaign_are_held_against_each_other(file: Any) -> None:
    row = "{request: {type: pro-text-to-video, prompt: Fog, sound: false}}"
    path = file("a.yaml", f"jobs: [{row}, {row}, {{request: {{type: pro-text-to-video, prompt: Fog}}, job_id: a}}]")
    (found,) = (p for p in kc.estimate(kc.read_jobs(path)).problems if p.code == "repeated_request")
    assert found.message.endswith("the repeats cost 270 KLING3API_CREDIT")
