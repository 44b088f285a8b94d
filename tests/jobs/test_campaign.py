"""Campaign files: defaults fill short rows where the model has such a field, requests stay unchanged."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import kling_cost as kc


def campaign(tmp_path: Path, text: str) -> kc.Jobs:
    path = tmp_path / "campaign.yaml"
    path.write_text(text, encoding="utf-8")
    return kc.read_jobs(path)


def test_the_printed_form_of_a_campaign(tmp_path: Path) -> None:
    jobs = campaign(
        tmp_path,
        """
campaign: Spring launch
provider: evolink
defaults: {model: kling-v3-text-to-video, quality: 1080p, sound: on, takes: 3, tags: {client: Acme}}
budget: 500 USD
jobs:
  - {job_id: hero-01, duration: 10, prompt: A lighthouse at dawn, tags: {scene: opening}}
  - job_id: hero-02
    request: {model: kling-v3-image-to-video, image_start: https://example.com/a.jpg, duration: 5}
    takes: 2
""",
    )
    assert jobs.problems == []
    (found,) = jobs.campaigns
    assert (found.name, [str(limit) for limit in found.limits]) == ("Spring launch", ["500 USD"])
    estimate = kc.estimate(jobs)
    hero, second = estimate.line_items
    assert (hero.options, hero.takes, dict(hero.tags)) == (
        {"duration": "10", "quality": "1080p", "sound": "on"},
        3,
        {"client": "Acme", "scene": "opening"},
    )
    assert (second.options, second.takes, dict(second.tags)) == (
        {"duration": "5", "quality": "720p", "sound": "off"},
        2,
        {"client": "Acme"},
    )
    assert second.charge.defaults_applied == ("quality", "sound")


def test_a_request_takes_takes_date_provider_and_tags_from_the_defaults(tmp_path: Path) -> None:
    jobs = campaign(
        tmp_path,
        """
defaults: {takes: 4, date: 2026-03-01, provider: kling3api, tags: {a: x, b: y}, sound: off, duration: 15}
jobs:
  - request: {type: pro-text-to-video, prompt: x}
    tags: {b: z}
  - request: {type: pro-text-to-video, prompt: x}
    takes: 1
    date: 2026-04-01
""",
    )
    first, second = jobs
    assert (first.takes, first.date, first.ask.provider, dict(first.tags)) == (
        4,
        date(2026, 3, 1),
        "kling3api",
        {"a": "x", "b": "z"},
    )
    assert (second.takes, second.date) == (1, date(2026, 4, 1))
    assert (first.ask.option("sound"), first.ask.duration) == (None, None)


def test_defaults_fill_only_fields_that_the_model_has(tmp_path: Path) -> None:
    jobs = campaign(
        tmp_path,
        """
defaults: {quality: 1080p, sound: on, duration: 10, prompt: Fog, aspect_ratio: "16:9"}
jobs:
  - {model: kling-v3-text-to-video}
  - {model: kling-v3-image-to-video, image_start: https://example.com/a.jpg}
  - {model: pro-text-to-video}
  - model: kling-custom-element
    model_params:
      element_name: A
      element_description: B
      reference_type: video_refer
      element_video_list: {video_url: https://example.com/a.mp4}
""",
    )
    assert jobs.problems == []
    costs = [str(item.cost) for item in kc.estimate(jobs).line_items]
    assert costs == ["108 EVOLINK_CREDIT", "108 EVOLINK_CREDIT", "800 KLING3API_CREDIT", "1 EVOLINK_CREDIT"]


def test_nested_and_dotted_names_mean_the_same(tmp_path: Path) -> None:
    jobs = campaign(
        tmp_path,
        """
defaults: {model: kling-v3-text-to-video, duration: 10}
jobs:
  - model_params:
      multi_shot: true
      shot_type: customize
      multi_prompt: [{index: 1, prompt: a, duration: "4"}, {index: 2, prompt: b, duration: 6}]
  - model_params.multi_shot: true
    model_params.shot_type: customize
    model_params.multi_prompt: [{index: 1, prompt: a, duration: "4"}, {index: 2, prompt: b, duration: 6}]
""",
    )
    assert jobs.problems == []
    assert jobs[0].ask is jobs[1].ask
    assert jobs[0].ask.shots == 10


def test_a_row_s_provider_comes_before_the_campaign_s(tmp_path: Path) -> None:
    jobs = campaign(
        tmp_path,
        """
provider: evolink
jobs:
  - {model: pro-text-to-video, prompt: x}
  - {model: pro-text-to-video, prompt: x, provider: kling3api}
  - {model: "kling3api:pro-text-to-video", prompt: x}
""",
    )
    found = kc.estimate(jobs)
    assert [p.message for p in found.problems if p.severity == "error"] == ["evolink does not sell pro-text-to-video"]
    assert len(found.line_items) == 2


def test_a_name_that_nobody_knows_is_held_against_what_a_row_lacks(tmp_path: Path) -> None:
    """Its value tells what it may mean; where the row says that itself, it is left out with a warning."""
    rows = "{job_id: a, how long: 12}, {job_id: b, how long: 12, duration: 5}"
    first, second = campaign(tmp_path, f"defaults: {{model: kling-v3-text-to-video, prompt: x}}\njobs: [{rows}]")
    assert [(p.field, p.severity, p.hint) for p in first.problems] == [
        ("how long", "error", "rename it to duration, or to tag:NAME if it is a label")
    ]
    assert [(p.field, p.severity) for p in second.problems] == [("how long", "warning")]


def test_null_and_blank_leave_a_field_out(tmp_path: Path) -> None:
    jobs = campaign(
        tmp_path,
        "defaults: {model: kling-v3-text-to-video, prompt: x}\njobs: [{duration: ~, quality: '', sound: null}]",
    )
    assert kc.estimate(jobs).line_items[0].charge.defaults_applied == ("duration", "quality", "sound")


def test_yaml_words_of_old_are_not_taken_for_truths(tmp_path: Path) -> None:
    jobs = campaign(
        tmp_path,
        "jobs: [{model: kling-v3-text-to-video, prompt: NO, sound: off, job_id: 0123, tags: {a: 1:30, b: 010}}]",
    )
    (job,) = jobs
    assert (job.job_id, job.prompt, job.ask.option("sound"), dict(job.tags)) == (
        "0123",
        "NO",
        "off",
        {"a": "1:30", "b": "010"},
    )


def test_an_empty_campaign_has_no_jobs(tmp_path: Path) -> None:
    for text in ("jobs: []", "jobs:", "jobs: ~"):
        assert len(campaign(tmp_path, text)) == 0


def test_a_limit_of_a_campaign_file_holds_that_file_s_jobs(tmp_path: Path) -> None:
    row = "jobs: [{job_id: %s, model: kling-v3-text-to-video, prompt: x}]"
    for name, budget in (("a", "27 EVOLINK_CREDIT"), ("b", "26 EVOLINK_CREDIT")):
        (tmp_path / f"{name}.yaml").write_text(f"budget: {budget}\n{row % name}", encoding="utf-8")
    estimate = kc.estimate(kc.read_jobs(tmp_path / "a.yaml", tmp_path / "b.yaml"))
    verdict = kc.check(estimate)
    assert [(s.scope, s.planned, s.status) for s in verdict.limits] == [("a.yaml", 27, "warn"), ("b.yaml", 27, "over")]
    assert verdict.exit_code == 3


@pytest.mark.parametrize(
    ("names", "scopes"),
    [
        (["Spring", "Autumn"], ["Spring", "Autumn"]),
        (["Spring", "Spring"], ["Spring (a.yaml)", "Spring (b.yaml)"]),
        (["Spring", None], ["Spring", "b.yaml"]),
        (["campaign", "Autumn"], ["campaign (a.yaml)", "Autumn"]),
        (["b.yaml", None], ["b.yaml (a.yaml)", "b.yaml"]),
        (["Spring"], ["campaign"]),
        ([None], ["campaign"]),
    ],
)
def test_a_limit_is_called_after_its_campaign(tmp_path: Path, names: list[str | None], scopes: list[str]) -> None:
    """No two by one name; the only campaign is the whole, and reports call it by its name."""
    files = [tmp_path / f"{letter}.yaml" for letter, _ in zip("ab", names, strict=False)]
    for file, name in zip(files, names, strict=True):
        line = f"campaign: {name}\n" if name else ""
        row = f"{{job_id: {file.stem}, model: kling-v3-text-to-video, prompt: x}}"
        file.write_text(f"{line}budget: 30 EVOLINK_CREDIT\njobs: [{row}]", encoding="utf-8")
    verdict = kc.check(kc.estimate(kc.read_jobs(*files)))
    assert [standing.scope for standing in verdict.limits] == scopes
    kc.write_report(tmp_path / "out.md", verdict)
    text = (tmp_path / "out.md").read_text(encoding="utf-8")
    assert all(name in text for name in names if name)


def test_a_file_without_a_limit_beside_one_with_a_limit_is_not_covered(tmp_path: Path) -> None:
    row = "jobs: [{job_id: %s, model: kling-v3-text-to-video, prompt: x}]"
    (tmp_path / "a.yaml").write_text(f"budget: 100 USD\n{row % 'a'}", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(row % "b", encoding="utf-8")
    verdict = kc.check(kc.estimate(kc.read_jobs(tmp_path / "a.yaml", tmp_path / "b.yaml")))
    assert [(s.limit, s.status) for s in verdict.limits] == [(100, "within"), (None, "unknown")]
    assert (verdict.verdict, verdict.exit_code) == ("blocked", 4)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("defaults: [1]\njobs: []", "defaults: must be an object, not […]"),
        ("provider: {a: 1}\njobs: []", "provider: must be text, not {…}"),
        ("campaign: [1]\njobs: []", "campaign: must be text, not […]"),
    ],
)
def test_a_key_of_another_type_is_an_error_of_that_file(tmp_path: Path, text: str, told: str) -> None:
    (found,) = campaign(tmp_path, text).problems
    assert (found.code, str(found)) == ("wrong_type", f"campaign.yaml: {told}")


@pytest.mark.parametrize("model", ["[a]", "{a: 1}", "5", "true", "~"])
def test_defaults_stand_beside_a_model_that_is_none(tmp_path: Path, model: str) -> None:
    jobs = campaign(tmp_path, f"defaults: {{duration: 10}}\njobs: [{{model: {model}, prompt: x}}]")
    assert jobs[0].ask.duration == 10
    assert kc.estimate(jobs).left_out == 1


ASKED = "jobs: [{model: kling-v3-text-to-video, duration: 15, quality: 1080p, takes: 4}]"


REMOVE = "remove it; put remarks under notes or x-NAME, labels under tags"


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("policy: {max_takes: 3}", REMOVE),
        ("max_cost_per_job: 40 EVOLINK_CREDIT", REMOVE),
        ("currency: USD", REMOVE),
        ("x-budget: 40 EVOLINK_CREDIT", "rename it to budget"),
        ("limit: 40 EVOLINK_CREDIT", "rename it to budget"),
        ("Budget: 40 EVOLINK_CREDIT", "rename it to budget"),
        ("quality: 1080p", "write defaults: {quality: …}"),
        ("seconds: 15", "write defaults: {duration: …}"),
        ("defaults: {seconds: 15}", "rename it to duration"),
        ("defaults: {max_cost: 40}", REMOVE),
    ],
)
def test_a_key_that_might_be_a_rule_blocks_the_gate(tmp_path: Path, key: str, hint: str) -> None:
    estimate = kc.estimate(campaign(tmp_path, f"{key}\n{ASKED}"))
    errors = [p for p in estimate.problems if p.severity == "error"]
    assert [(p.code, p.hint) for p in errors] == [("unknown_field", hint)]
    verdict = kc.check(estimate, budget="1000 EVOLINK_CREDIT")
    assert (verdict.verdict, verdict.exit_code, estimate.line_items) == ("blocked", 5, [])


@pytest.mark.parametrize("key", ["notes: ask Anna", "description: Spring", "x-team: film", "_draft: 3"])
def test_a_remark_is_a_warning(tmp_path: Path, key: str) -> None:
    estimate = kc.estimate(campaign(tmp_path, f"{key}\n{ASKED}"))
    assert [p.severity for p in estimate.problems if p.code == "unknown_field"] == ["warning"]
    assert [str(item.cost) for item in estimate.line_items] == ["431.892 EVOLINK_CREDIT"]


@pytest.mark.parametrize(("key", "is_rule"), [("budget", True), ("max_cost", True), ("cost_center", False)])
def test_a_rule_in_a_job_s_row_is_an_error(tmp_path: Path, key: str, is_rule: bool) -> None:
    for row in (
        f"{{model: kling-v3-text-to-video, {key}: A7}}",
        f"{{request: {{model: kling-v3-text-to-video, prompt: x}}, {key}: A7}}",
    ):
        estimate = kc.estimate(campaign(tmp_path, f"jobs: [{row}]"))
        assert (estimate.left_out == 1) == is_rule
