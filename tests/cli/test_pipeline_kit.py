"""What others paste into their pipelines: its shells are run, with names of files that try to be run themselves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.planning.plans import job

#: Names that a careless shell would run, split, or take for options.
NAMES = (
    "$(touch ran).jsonl",
    "`touch ran`.jsonl",
    "a b; touch ran.jsonl",
    "--strict.jsonl",
    "'\"&|>ran.jsonl",
    "*.jsonl",
)


@pytest.fixture
def action(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((project / "integrations/github/action.yml").read_text())
    return found


def shell(step: dict[str, Any], folder: Path, **values: str) -> subprocess.CompletedProcess[bytes]:
    """A step's shell as the runner starts it; each of its variables is given or empty."""
    outside = {"RUNNER_TEMP": "temp", "GITHUB_STEP_SUMMARY": "summary.md", "GITHUB_OUTPUT": "output"}
    (folder / "temp").mkdir(exist_ok=True)
    (folder / "bin").mkdir(exist_ok=True)
    command = folder / "bin/kling-cost"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kling_cost "$@"\n')
    command.chmod(0o755)
    env = {
        **os.environ,
        **dict.fromkeys(step["env"], ""),
        **{name: str(folder / place) for name, place in outside.items()},
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        **values,
    }
    words = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, check=False, timeout=120)


def outcome(folder: Path) -> str:
    return (folder / "output").read_text().splitlines()[-1]


def plan_file(path: Path, takes: int = 1) -> None:
    path.write_text(json.dumps(job("a", takes)) + "\n")


def test_values_reach_a_shell_as_variables_only(action: dict[str, Any]) -> None:
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
    assert action["runs"]["using"] == "composite"
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(action["runs"])))
    assert used == set(action["inputs"])


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_file_is_run(action: dict[str, Any], tmp_path: Path, name: str) -> None:
    plan_file(tmp_path / name)
    ran = shell(action["runs"]["steps"][0], tmp_path, FILES=name, BUDGET="1 USD\n\n27 EVOLINK_CREDIT")
    assert ran.returncode == 0, ran.stderr
    assert outcome(tmp_path) == "exit-code=0"
    assert (tmp_path / "summary.md").read_text().startswith("<!-- kling-cost -->")
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "ran.jsonl").exists()


by_code = pytest.mark.parametrize(
    ("files", "budget", "code"),
    [
        ("jobs.jsonl", "0.1 USD", 3),
        ("nothing.jsonl", "1 USD", 2),
        ("jobs.jsonl", "", 2),
        ("jobs.jsonl", "$(touch ran)", 2),
        ("", "1 USD", 2),
    ],
)


@by_code
def test_the_code_of_the_check_is_handed_on(
    action: dict[str, Any], tmp_path: Path, files: str, budget: str, code: int
) -> None:
    plan_file(tmp_path / "jobs.jsonl")
    assert shell(action["runs"]["steps"][0], tmp_path, FILES=files, BUDGET=budget).returncode == 0
    assert outcome(tmp_path) == f"exit-code={code}"
    assert not (tmp_path / "ran").exists()
    assert shell(action["runs"]["steps"][2], tmp_path, CODE=str(code)).returncode == code


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def test_the_base_is_taken_from_a_ref(action: dict[str, Any], tmp_path: Path) -> None:
    name, step = NAMES[0], action["runs"]["steps"][0]
    plan_file(tmp_path / name, 1)
    git(tmp_path, "init")
    git(tmp_path, "add", "--", name)
    git(tmp_path, "commit", "-m", "plan")
    plan_file(tmp_path / name, 2)
    given = {"FILES": name, "BUDGET": "5 USD", "AGAINST": "HEAD"}
    assert shell(step, tmp_path, **given).returncode == 0
    assert "100.0%" in (tmp_path / "temp/kling-cost.md").read_text()
    shell(step, tmp_path, **given, COMMENT_ABOVE="100 %")
    assert (tmp_path / "temp/kling-cost.md").read_text() == ""
    plan_file(tmp_path / "new.jsonl")  # not there at that ref: everything is new
    shell(step, tmp_path, FILES="new.jsonl", BUDGET="5 USD", AGAINST="HEAD", COMMENT_ABOVE="100 %")
    assert outcome(tmp_path) == "exit-code=0"
    for ref in ("no-such-ref", "--output=ran", "$(touch ran)"):
        assert shell(step, tmp_path, FILES=name, BUDGET="5 USD", AGAINST=ref).returncode == 2
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("known", "method", "place"), [("7\n9\n", "PATCH", "issues/comments/7"), ("", "POST", "5/comments")]
)
def test_one_comment_is_written_and_then_replaced(
    action: dict[str, Any], tmp_path: Path, known: str, method: str, place: str
) -> None:
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin/gh"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >> calls\ncase "$*" in *--jq*) printf "%s" "$KNOWN";; esac\n')
    fake.chmod(0o755)
    (tmp_path / "temp").mkdir()
    (tmp_path / "temp/kling-cost.md").write_text("<!-- kling-cost -->\n")
    given = {"NUMBER": "5", "GITHUB_REPOSITORY": "acme/spring", "KNOWN": known}
    ran = shell(action["runs"]["steps"][1], tmp_path, **given)
    assert ran.returncode == 0, ran.stderr
    call = (tmp_path / "calls").read_text().splitlines()[-1]
    assert method in call
    assert f"repos/acme/spring/issues/{place.removeprefix('issues/')}" in call
    (tmp_path / "temp/kling-cost.md").write_text("")
    (tmp_path / "calls").unlink()
    assert shell(action["runs"]["steps"][1], tmp_path, **given).returncode == 0
    assert not (tmp_path / "calls").exists()  # nothing to comment on


def test_the_hook_checks_what_it_is_given(project: Path, tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((project / ".pre-commit-hooks.yaml").read_text())
    assert hook["language"] == "python"
    assert re.search(hook["files"], "plans/campaign.yaml")
    assert re.search(hook["files"], "jobs.jsonl")
    assert not re.search(hook["files"], "src/main.py")
    for name in NAMES:
        plan_file(tmp_path / name)
    words = [*hook["entry"].split(), *hook["args"]]
    assert words[0] == "kling-cost"
    command = [sys.executable, "-m", "kling_cost", *words[1:]]
    env = {**os.environ, "PYTHONPATH": str(project)}
    for name in NAMES:
        assert subprocess.run([*command, name], cwd=tmp_path, env=env, capture_output=True, check=False).returncode == 0
    (tmp_path / "jobs.jsonl").write_text("{")
    broken = subprocess.run([*command, "jobs.jsonl"], cwd=tmp_path, env=env, capture_output=True, check=False)
    assert broken.returncode == 5


def held(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """What `check-jsonschema` says, which brings the published schemas along."""
    command = [sys.executable, "-m", "check_jsonschema", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_action_is_of_the_published_schema(project: Path, tmp_path: Path) -> None:
    action, copy = project / "integrations/github/action.yml", tmp_path / "action.yml"
    published = ("--builtin-schema", "vendor.github-actions")
    assert held(*published, action).returncode == 0
    copy.write_text(action.read_text().replace("shell: bash", "shel: bash", 1))
    assert held(*published, copy).returncode == 1


@pytest.mark.parametrize("verb", ["rules", "prices"])
def test_the_schemas_of_rules_and_price_books_are_schemas(project: Path, tmp_path: Path, verb: str) -> None:
    made = subprocess.run([sys.executable, "-m", "kling_cost", verb, "schema"], capture_output=True, check=True)
    (tmp_path / "schema.json").write_bytes(made.stdout)
    assert held("--check-metaschema", tmp_path / "schema.json").returncode == 0
    (tmp_path / "broken.json").write_bytes(made.stdout.replace(b'"type": "object"', b'"type": "thing"', 1))
    assert held("--check-metaschema", tmp_path / "broken.json").returncode == 1


RULES = """\
schema: 1
contingency: 10 %
budgets:
  - name: Acme
    where: {tag:client: Acme}
    limit: 500 USD
    per: month
    carry_over: {at_most: 100 USD}
    parts: [{name: Spring, where: {quality: [720p, absent]}, limit: 36000 EVOLINK_CREDIT}]
policies:
  - {name: dear, at_most: {cost: 2.5 USD, takes: 3}, owner: finance, message: too dear}
"""


@pytest.mark.parametrize(
    ("text", "code"), [(RULES, 0), (f"{RULES}budgts: []\n", 1), (RULES.replace("500 USD", "500"), 1)]
)
def test_rules_are_held_to_their_schema_as_an_editor_does(tmp_path: Path, text: str, code: int) -> None:
    made = subprocess.run([sys.executable, "-m", "kling_cost", "rules", "schema"], capture_output=True, check=True)
    (tmp_path / "schema.json").write_bytes(made.stdout)
    (tmp_path / "rules.yaml").write_text(text)
    assert held("--schemafile", tmp_path / "schema.json", tmp_path / "rules.yaml").returncode == code


@pytest.fixture
def gitlab_job(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((project / "integrations/gitlab/kling-cost.yml").read_text())
    job_of_template: dict[str, Any] = found[".kling-cost"]
    return job_of_template


def run_gitlab_job(
    found: dict[str, Any], folder: Path, words: tuple[str, ...], **values: str
) -> subprocess.CompletedProcess[bytes]:
    """The job's script as a runner starts it."""
    (folder / "bin").mkdir(exist_ok=True)
    command = folder / "bin/kling-cost"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kling_cost "$@"\n')
    command.chmod(0o755)
    given = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    env = {**os.environ, **found["variables"], **given, **values}
    (script,) = found["script"]
    return subprocess.run([*words, script], cwd=folder, env=env, capture_output=True, check=False, timeout=120)


SHELLS = [("sh", "-e", "-c"), ("bash", "--noprofile", "-e", "-o", "pipefail", "-c")]
MINE = '[{"id": 700, "body": "<!-- kling-cost --> over budget"}]'
OTHERS = json.dumps([{"id": at, "body": "I quote <!-- kling-cost -->"} for at in range(100)])
by_shell = pytest.mark.parametrize("words", SHELLS, ids=["sh", "bash"])


def test_the_template_is_of_the_published_schema(project: Path, tmp_path: Path) -> None:
    """Held as a job of its own, since the schema lets a job that is only extended be anything."""
    template, copy = project / "integrations/gitlab/kling-cost.yml", tmp_path / "kling-cost.yml"
    published = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    assert held(*published, template).returncode == 0
    text = re.sub(r"^\.kling-cost:", "plan:", template.read_text(), flags=re.MULTILINE)
    for kept, code in ((text, 0), (text.replace("when: always", "when: ever"), 1)):
        copy.write_text(kept)
        assert held(*published, copy).returncode == code


@by_shell
@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_file_is_run_by_the_template(
    gitlab_job: dict[str, Any], tmp_path: Path, name: str, words: tuple[str, ...]
) -> None:
    plan_file(tmp_path / name)
    given = {"KLING_COST_FILES": f"{name}\n", "KLING_COST_BUDGET": "1 USD\n\n27 EVOLINK_CREDIT"}
    ran = run_gitlab_job(gitlab_job, tmp_path, words, **given)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(b"<!-- kling-cost -->")
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "ran.jsonl").exists()


@by_shell
@by_code
def test_the_template_hands_on_the_code_of_the_check(
    gitlab_job: dict[str, Any], tmp_path: Path, files: str, budget: str, code: int, words: tuple[str, ...]
) -> None:
    plan_file(tmp_path / "jobs.jsonl")
    given = {"KLING_COST_FILES": files, "KLING_COST_BUDGET": budget}
    assert run_gitlab_job(gitlab_job, tmp_path, words, **given).returncode == code
    assert not (tmp_path / "ran").exists()


@by_shell
def test_the_template_takes_the_base_from_a_ref(
    gitlab_job: dict[str, Any], tmp_path: Path, words: tuple[str, ...]
) -> None:
    name = NAMES[0]
    plan_file(tmp_path / name, 1)
    git(tmp_path, "init")
    git(tmp_path, "add", "--", name)
    git(tmp_path, "commit", "-m", "plan")
    plan_file(tmp_path / name, 2)
    given = {"KLING_COST_FILES": name, "KLING_COST_BUDGET": "5 USD"}
    ran = run_gitlab_job(gitlab_job, tmp_path, words, **given, KLING_COST_AGAINST="HEAD")
    assert (ran.returncode, b"100.0%" in ran.stdout) == (0, True)
    quiet = {**given, "KLING_COST_AGAINST": "HEAD", "KLING_COST_COMMENT_ABOVE": "100 %"}
    assert run_gitlab_job(gitlab_job, tmp_path, words, **quiet).stdout == b""
    for ref in ("no-such-ref", "--output=ran", "$(touch ran)"):
        assert run_gitlab_job(gitlab_job, tmp_path, words, **given, KLING_COST_AGAINST=ref).returncode == 2
    assert not (tmp_path / "ran").exists()


@by_shell
@pytest.mark.parametrize(
    ("pages", "call"),
    [
        (['[{"id": 3, "body": "hello"}, {"id": 7, "body": "<!-- kling-cost -->"}]'], "--request PUT .*/notes/7 "),
        # Behind many notes of others, and behind a page of which some must not be seen.
        ([OTHERS, '[{"id": 1, "body": "x"}]', MINE], "--request PUT .*/notes/700 "),
        ([OTHERS, OTHERS], "--request POST .*/notes "),
        ([], "--request POST .*/notes "),
    ],
)
def test_the_template_writes_one_comment_and_then_replaces_it(
    gitlab_job: dict[str, Any], tmp_path: Path, pages: list[str], call: str, words: tuple[str, ...]
) -> None:
    """The token reaches curl on standard input, where no list of processes shows it."""
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin/curl"
    fake.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$*" >> calls\ncat >> sent\n'
        'case "$*" in *--request*) ;; *) page="${*##*&page=}"; cat "page-$page" 2> /dev/null || printf "[]";; esac\n'
    )
    for number, page in enumerate(pages, 1):
        (tmp_path / f"page-{number}").write_text(page)
    fake.chmod(0o755)
    plan_file(tmp_path / "jobs.jsonl")
    given = {"KLING_COST_FILES": "jobs.jsonl", "KLING_COST_BUDGET": "0.1 USD"}
    place = {"CI_API_V4_URL": "api", "CI_PROJECT_ID": "5", "CI_MERGE_REQUEST_IID": "9"}
    assert run_gitlab_job(gitlab_job, tmp_path, words, **given, **place).returncode == 3
    assert not (tmp_path / "calls").exists(), "there is no token"
    ran = run_gitlab_job(gitlab_job, tmp_path, words, **given, **place, KLING_COST_TOKEN="secret")
    assert ran.returncode == 3, ran.stderr
    calls = (tmp_path / "calls").read_text()
    assert re.search(call, calls), calls
    assert calls.count("--request") == 1, calls
    assert "api/projects/5/merge_requests/9/notes" in calls
    assert "secret" not in calls
    assert "secret" not in ran.stdout.decode() + ran.stderr.decode()
    assert "PRIVATE-TOKEN: secret" in (tmp_path / "sent").read_text()
