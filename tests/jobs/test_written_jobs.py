"""Changed jobs in the file that they came from: values change and nothing else, however it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.io.sources import name_sources
from kling_cost.jobs.input_formats import form_of
from kling_cost.jobs.writing.job_changes import JobChange
from kling_cost.jobs.writing.write_jobs import with_changed_jobs
from tests.planning.applied import I2V, T2V, applied, plan_of

BODY = f'{{"model": "{T2V}", "prompt": "안개 \\ud83c\\udf05", "duration": 8, "sound": "on"}}'
CHEAP = BODY.replace('"duration": 8', '"duration": 3').replace('"on"', '"off"')
DROP = "    - {change: drop, pain: 1, where: {tag:scene: storm}}\n"


TIGHT = f'{{"model":"{T2V}","prompt":"Fog","quality":"1080p"}}'
LOOSE = f'{{ "takes" : 4 , "request":{{"model":"{T2V}","duration":3,"prompt":"x"}} }}'
CALL = '{{"method": "POST", "url": "https://api.evolink.ai/v1/videos", "body": {}}}'
TEXT = '{{"request": {{"method": "POST", "url": "https://api.evolink.ai/v1", "postData": {{"text": {}}}}}}}'
OTHER = '{"request": {"type": "pro-text-to-video", "prompt": "x", "duration": 5}, "provider": "kling3api"}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BODY, CHEAP),
        (TIGHT, TIGHT.replace("1080p", "720p")[:-1] + ',"duration":3}'),
        (LOOSE, LOOSE.replace("4", "1")),
        (f'{{"request": {BODY}, "takes": 3}}', f'{{"request": {CHEAP}, "takes": 1}}'),
        (CALL.format(BODY), CALL.format(CHEAP)),
        (TEXT.format(json.dumps(BODY)), TEXT.format(json.dumps(CHEAP))),
        (OTHER, None),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_of_a_line_only_values_change(tmp_path: Path, before: str, after: str | None, end: str, mark: bytes) -> None:
    other = f'{{"model": "{T2V}", "prompt": "x", "duration": 3 ,"metadata": [1, 2]}}'
    data = f"{other}\n{before}{end}"
    wanted = data if after is None else f"{other}\n{after}{end}"
    assert applied(tmp_path, ".jsonl", mark + data.encode()) == mark + wanted.encode()


def test_lines_that_no_reader_takes_stay(tmp_path: Path) -> None:
    bad = b'{"model": \xff\n\n[1]\n{"model": "kling-9"}\n'
    assert applied(tmp_path, ".jsonl", bad + BODY.encode()) == bad + CHEAP.encode()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "cp949"])
def test_other_encodings_are_kept(tmp_path: Path, encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    plain = BODY.replace("\\ud83c\\udf05", "")
    read = {"encoding": "cp949"} if encoding == "cp949" else {}
    data = mark + f"{plain}\n".encode(encoding)
    cheap = plain.replace('"duration": 8', '"duration": 3').replace('"on"', '"off"')
    assert applied(tmp_path, ".jsonl", data, **read) == mark + f"{cheap}\n".encode(encoding)


def test_sound_in_truth_stays_truth(tmp_path: Path) -> None:
    line = '{"type": "std-text-to-video", "prompt": "x", "duration": 3%s}\n'
    path, new = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    path.write_text(line % "" + line % ', "sound": true', encoding="utf-8")
    plan = kc.fit(kc.estimate(kc.read_jobs(path)), "250 KLING3API_CREDIT", may="sound")
    assert plan.status in ("changed", "fits", "infeasible")
    least = plan.conflict[0].least if plan.conflict else 250
    plan = kc.fit(kc.estimate(kc.read_jobs(path)), f"{least} KLING3API_CREDIT", may="sound")
    kc.apply(plan, path, new)
    assert new.read_text(encoding="utf-8") == line % ', "sound": false' + line % ', "sound": false'


def test_the_official_api_has_words_and_places_of_its_own(tmp_path: Path) -> None:
    old = '{"model_name": "kling-v3", "prompt": "x", "duration": "10", "mode": "pro", "sound": "on"}\n'
    new = '{"path": "/text-to-video/kling-3.0", "request": {"prompt": "x", "settings": {"resolution": "1080p"}}}\n'
    path, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    path.write_text(old + new, encoding="utf-8")
    estimate = kc.estimate(kc.read_jobs(path))
    least = kc.fit(estimate, "0.01 USD", may="quality,sound,duration:3").conflict[0].least
    kc.apply(kc.fit(estimate, f"{least} USD", may="quality,sound,duration:3"), path, target)
    lines = target.read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0])
    assert (first["duration"], first["mode"], first["sound"]) == ("3", "std", "off")
    assert lines[1].endswith('"settings": {"resolution": "720p", "duration": 3}}}')


@pytest.mark.parametrize("indent", [None, 0, 2, "\t"])
@pytest.mark.parametrize("around", ["{}", '{{"jobs": {}}}', '{{"log": {{"entries": {}}}}}'])
def test_a_document_keeps_its_spacing(tmp_path: Path, indent: int | str | None, around: str) -> None:
    call = {"request": {"method": "POST", "url": "https://api.evolink.ai/", "postData": {"text": BODY}}}
    items = [call] * 2 if "log" in around else [json.loads(BODY), {"takes": 2, "request": json.loads(BODY)}]
    text = around.format(json.dumps(items, indent=indent, ensure_ascii=False))
    wanted = text.replace('\\"on\\"', '\\"off\\"').replace('\\"duration\\": 8', '\\"duration\\": 3')
    wanted = (
        wanted.replace('"on"', '"off"').replace('"duration": 8', '"duration": 3').replace('"takes": 2', '"takes": 1')
    )
    assert applied(tmp_path, ".json", text.encode()) == wanted.encode()


@pytest.mark.parametrize("gone", [{0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}, {0, 1, 2}])
@pytest.mark.parametrize("form", [".json", ".jsonl", ".yaml", ".csv"])
def test_jobs_that_are_left_out_leave_no_trace(tmp_path: Path, gone: set[int], form: str) -> None:
    names = ["storm" if at in gone else "calm" for at in range(3)]
    body = {"model": T2V, "prompt": "x", "duration": 3}
    items = [
        json.dumps({"job_id": f"j{at}", "tags": {"scene": name}, "request": body}) for at, name in enumerate(names)
    ]
    rows = [f"j{at},{T2V},3,x,{name}" for at, name in enumerate(names)]
    lines = "    model: {}\n    prompt: |\n      x\n      y\n    duration: 3\n    tags: {{scene: {}}}\n"
    entries = [f"  - job_id: j{at}\n{lines.format(T2V, name)}" for at, name in enumerate(names)]

    def text(kept: list[int]) -> str:
        if form == ".json":
            return "[" + ",\n ".join(items[at] for at in kept) + "]\n"
        if form == ".jsonl":
            return "".join(f"{items[at]}\n" for at in kept)
        if form == ".yaml":
            return "jobs:\n" + "".join(entries[at] for at in kept) + "# the end\nnotes: kept\n"
        return "job_id,model,duration,prompt,tag:scene\n" + "".join(f"{rows[at]}\n" for at in kept)

    found = applied(tmp_path, form, text([0, 1, 2]).encode(), rules=DROP)
    assert found.decode() == text([at for at in range(3) if at not in gone])


CAMPAIGN = f"""# The spring campaign
campaign: 봄   # remark
defaults: {{model: {T2V}, quality: 1080p, sound: on, takes: 3, duration: 8}}

jobs:
  # the first
  - job_id: hero   # an id
    prompt: A lighthouse: at dawn
  - {{job_id: 'b-roll', "sound": "on", duration: 10, prompt: "Fog, and more"}}   # in braces
  - job_id: call
    request:
      model: {I2V}
      image_start: https://example.com/a.png
      prompt: x
      duration: 5
    takes: 2
budget: 1 USD
"""
FITTED = f"""# The spring campaign
campaign: 봄   # remark
defaults: {{model: {T2V}, quality: 1080p, sound: on, takes: 3, duration: 8}}

jobs:
  # the first
  - job_id: hero   # an id
    duration: 3
    quality: 720p
    sound: off
    takes: 1
    prompt: A lighthouse: at dawn
  - {{job_id: 'b-roll', "sound": "off", duration: 3, prompt: "Fog, and more", quality: 720p, takes: 1}}   # in braces
  - job_id: call
    request:
      model: {I2V}
      image_start: https://example.com/a.png
      prompt: x
      duration: 3
    takes: 1
budget: 1 USD
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_campaign_keeps_its_comments_and_its_defaults(tmp_path: Path, end: str) -> None:
    before, after = (text.replace("\n", end).replace("lighthouse: at", "lighthouse at") for text in (CAMPAIGN, FITTED))
    assert applied(tmp_path, ".yaml", before.encode()).decode() == after


def test_a_campaign_in_json_stays_json(tmp_path: Path) -> None:
    text = json.dumps({"defaults": {"sound": "on", "duration": 8}, "jobs": [{"model": T2V, "prompt": "x"}]})
    found = json.loads(applied(tmp_path, ".yaml", text.encode()))
    assert found["jobs"] == [{"model": T2V, "prompt": "x", "sound": "off", "duration": 3}]


def test_a_campaign_with_anchors_is_refused_as_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"jobs:\n  - &a {{model: {T2V}, prompt: x, sound: on}}\n  - *a\n", encoding="utf-8")
    with pytest.raises(kc.ReadError, match="anchor &a is not allowed"):
        kc.read_jobs(path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_of_a_sheet_only_cells_change(tmp_path: Path, end: str, separator: str, mark: bytes) -> None:
    rows = [
        ["job_id", "model", "prompt", "duration", "sound", "notes"],
        ["영웅", T2V, '"Fog\nand ""more"""', "8", "TRUE", "a"],
        ["", T2V, "x", " 10.0 ", '"on"', ""],
        [""],
        ["same", T2V, "x", "3", "off", "stays"],
        ["same", T2V, "x", "9", "on", "twice"],
    ]
    wanted = [list(row) for row in rows]
    wanted[1][3:5], wanted[2][3:5] = ["3", "FALSE"], ["3", '"off"']
    before, after = ("".join(separator.join(row) + end for row in found) for found in (rows, wanted))
    assert applied(tmp_path, ".csv", mark + before.encode()) == mark + after.encode()


@pytest.mark.parametrize("first", ["", "sep=;\r\n", "A list of shots;;;\r\n"])
def test_a_column_that_is_missing_comes_last_and_its_other_cells_are_empty(tmp_path: Path, first: str) -> None:
    lines = ["model;prompt;type of shot;;", f"{T2V};x;a;;", "kling-custom-element;;b;;", "", f"{T2V};x;c;;"]
    before = first + "\r\n".join(lines)
    found = applied(tmp_path, ".csv", before.encode(), limit="45 EVOLINK_CREDIT").decode()
    assert found == before.replace("shot;;", "shot;duration;").replace(";c;;", ";c;3;")


def test_a_tsv_file_and_curl_in_a_text_file(tmp_path: Path) -> None:
    tsv = f"model\tprompt\tduration\n{T2V}\tx\t8\n"
    assert applied(tmp_path, ".tsv", tsv.encode()) == tsv.replace("\t8", "\t3").encode()
    curl = "curl https://api.evolink.ai/v1/videos -H 'A: {}' \\\n  -d '" + BODY + "'\n"
    assert applied(tmp_path, ".txt", curl.encode()) == curl.replace(BODY, CHEAP).encode()
    quoted = (
        f'curl https://api.evolink.ai/v1 -d "{{\\"model\\": \\"{T2V}\\", \\"prompt\\": \\"x\\", \\"duration\\": 8}}"\n'
    )
    with pytest.raises(kc.ReadError, match="within its quotation marks"):
        applied(tmp_path, ".txt", quoted.encode())


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        (".csv", f"model,prompt,takes,copies\n{T2V},x,3,3\n", "copies"),
        (".csv", f"job_id,model,prompt,tag:scene\na,{T2V},x,storm\na,{T2V},x,calm\n", "reads otherwise"),
        (".json", f'{{"tags": {{"scene": "storm"}}, "request": {BODY}}}', "cannot be taken out"),
        (".yaml", f"jobs:\n  - model: {T2V}\n    prompt: x\n    duration: >-\n      8\n", "certain where"),
    ],
)
def test_what_would_price_otherwise_is_refused(tmp_path: Path, name: str, text: str, why: str) -> None:
    rules = DROP if "storm" in text else None
    with pytest.raises(kc.ReadError, match=why) as found:
        applied(tmp_path, name, text.encode(), rules=rules)
    assert found.value.exit_code == 2
    assert found.value.problem.code == "unwritable"
    assert not (tmp_path / f"new{name}").exists()


def test_a_plan_that_fits_writes_the_same_bytes(tmp_path: Path) -> None:
    data = f"model,prompt\r\n{T2V},x\r\n".encode()
    assert applied(tmp_path, ".csv", data, limit="100 EVOLINK_CREDIT") == data
    assert plan_of(tmp_path / "old.csv", "100 EVOLINK_CREDIT").status == "fits"


def changed(folder: Path, name: str, data: str, model: str, provider: str | None, **options: str) -> bytes:
    """A file whose first job asks another model, of another seller or the same, for these options."""
    path = folder / f"seller{name}"
    path.write_text(data, encoding="utf-8")
    (source,) = name_sources([path])
    before = kc.read_jobs(path)[0]
    ask = before.ask._replace(model=model, provider=provider, checked_as=provider or before.ask.checked_as)
    ask = ask._replace(options=tuple(options.items()), name_field="type" if provider == "kling3api" else ask.name_field)
    change = JobChange(before, before._replace(ask=ask))
    return with_changed_jobs(source, form_of(source), data.encode(), {before.row or 0: change}).data


def test_another_seller_is_written_into_a_row(tmp_path: Path) -> None:
    old = f"model,prompt,quality,sound\n{T2V},x,1080p,on\n"
    new = changed(tmp_path, ".csv", old, "pro-text-to-video", "kling3api", sound="on")
    assert new.decode() == "model,prompt,quality,sound,provider\npro-text-to-video,x,,on,kling3api\n"
    (tmp_path / "new.csv").write_bytes(new)
    job = kc.read_jobs(tmp_path / "new.csv")[0]
    assert (job.ask.provider, job.ask.model, job.problems) == ("kling3api", "pro-text-to-video", ())
    named = changed(tmp_path, ".csv", f"model,prompt\nevolink:{T2V},x\n", "pro-text-to-video", "kling3api")
    assert named.decode() == "model,prompt,provider\nkling3api:pro-text-to-video,x,kling3api\n"
    rows = f"defaults: {{model: {T2V}, quality: 1080p}}\njobs:\n  - prompt: x\n"
    found = changed(tmp_path, ".yaml", rows, "pro-text-to-video", "kling3api", sound="on").decode()
    assert found == f"{rows}    provider: kling3api\n    model: pro-text-to-video\n    sound: on\n"


def test_another_model_of_a_seller_is_written_into_a_request(tmp_path: Path) -> None:
    old = '{"type": "pro-text-to-video", "prompt": "x", "duration": 5, "sound": true}'
    new = changed(tmp_path, ".jsonl", old, "std-text-to-video", None, sound="on")
    assert new.decode() == old.replace("pro-", "std-")
    with pytest.raises(kc.ReadError, match="another seller or model has other fields"):
        changed(tmp_path, ".jsonl", f"{BODY}\n", "pro-text-to-video", "kling3api", sound="on")
    gone = changed(tmp_path, ".jsonl", f'{BODY[:-1]}, "quality": "720p"}}\n', T2V, None, sound="on")
    assert gone.decode() == f"{BODY}\n"
