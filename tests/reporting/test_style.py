"""A company's look: a folder of data, never of code, laid over page and workbook."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

import kling_cost as kc
from kling_cost.reporting.style import load_style
from tests.reporting.samples import AS_OF


def png(width: int = 8, height: int = 4) -> bytes:
    """A red picture."""
    rows = (b"\0" + b"\xc0\x10\x10" * width) * height
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    parts = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def folder(path: Path, text: str, **files: bytes) -> Path:
    (path / "style.yaml").write_text(text, encoding="utf-8")
    for name, data in files.items():
        (path / name.replace("_", ".")).write_bytes(data)
    return path


@pytest.fixture
def estimate() -> kc.Estimate:
    return kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}], as_of=AS_OF)


def test_a_style_changes_page_and_workbook(tmp_path: Path, estimate: kc.Estimate) -> None:
    text = (
        "company: Acme & Söhne\naccent: '#a01010'\naccent_dark: '#ff9090'\nfont: Arial\nlogo: logo.png\n"
        "footer: footer.html\ncss: more.css\nwords: {en: {title: Films, part: {summary: At a glance}}}\n"
    )
    footer = b"{{ company }} <b>{{ title }}</b> {{ version }}"
    style = folder(tmp_path, text, logo_png=png(), footer_html=footer, more_css=b"h1{letter-spacing:.1em}")
    kc.write_report(tmp_path / "b.html", estimate, style=style)
    html = (tmp_path / "b.html").read_text(encoding="utf-8")
    assert ":root{--accent:#a01010}" in html
    assert 'font-family:"Arial"' in html
    assert "h1{letter-spacing:.1em}" in html
    assert "Acme &amp; Söhne <b>Films</b> 0.1.0" in html
    assert '<img src="data:image/png;base64,' in html
    assert "img-src data:" in html
    assert "At a glance" in html
    kc.write_report(tmp_path / "b.xlsx", estimate, style=style)
    book = openpyxl.load_workbook(io.BytesIO((tmp_path / "b.xlsx").read_bytes()))
    sheet = book["At a glance"]
    assert sheet["A1"].value == "Films — At a glance"
    assert (sheet["A1"].font.name, sheet["A1"].font.color.rgb[-6:]) == ("Arial", "A01010")
    with zipfile.ZipFile(tmp_path / "b.xlsx") as package:
        assert package.read("xl/media/image1.png") == png()
    assert book.properties.creator == "Acme & Söhne"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("accent: red", "style.yaml: accent: must be a colour such as #1f4e78"),
        ("accnt: '#000000'", "style.yaml: accnt: unknown token"),
        ('font: "x\'};body{}"', "style.yaml: font: must be the name of a font family"),
        ("logo: nowhere.png", "nowhere.png: no such file"),
        ("logo: style.yaml", "style.yaml: a logo must be a PNG picture"),
        ("words: {en: {no_such_word: x}}", "words.en.no_such_word: unknown word"),
        ("words: {xx: {title: x}}", "words.xx.title: unknown word"),
        ("words: {en: {left_out: '{__class__}'}}", "words.en.left_out: only these can be in braces: jobs"),
        ("words: {en: {title: '{'}}", "words.en.title: only these can be in braces"),
        ("words: {en: {status: {ok: check}}}", "words.en.status: two of the words are equal"),
        ("words: {ko: {part: {checks: 요약}}}", "words.ko.part: two of the words are equal"),
        ("company: [a]", "style.yaml:1:10: must be keys and texts"),
        ("company: a\ncompany: b", "style.yaml:2:1: duplicate key"),
        ("a: *b", "style.yaml:1:4"),
        ("css: style.yaml\ncompany: <b>", "style.yaml: the rules of a style must not contain <"),
        ("", "style.yaml:1:1: the file is empty"),
    ],
)
def test_a_faulty_style_is_refused_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(kc.UsageError) as refused:
        load_style(folder(tmp_path, text))
    assert why in str(refused.value)


@pytest.mark.parametrize(
    "template",
    [
        "{{ title.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ cycler }}",
        "{% include 'page.html.j2' %}",
        "{{ nothing }}",
        "{% for %}",
        "{{ 1 / 0 }}",
        "{{ range(99999999) | list }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in title %}{% for b in title %}{{ a }}{% endfor %}{% endfor %}",
        "{{ title | center(999999999) }}",
        "{{ title * 999999999 }}",
        '<meta http-equiv=refresh content="0;url=https://example.com/">',
        '<a href="https://example.com/">more</a>',
        "<script>1</script>",
        "<b onclick=1>x</b>",
        "<b style=x>x</b>",
        "</footer></main>",
        "<b>never closed",
        "<!-- <meta> -->",
        "<svg><b>x</b></svg>",
    ],
)
def test_a_footer_is_data_in_a_sandbox(tmp_path: Path, estimate: kc.Estimate, template: str) -> None:
    style = folder(tmp_path, "footer: footer.html", footer_html=template.encode())
    with pytest.raises(kc.UsageError, match="the style's footer: "):
        kc.write_report(tmp_path / "b.html", estimate, style=style)
    assert not (tmp_path / "b.html").exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../elsewhere.css", "must be the name of a file in the same folder"),
        (".", "must be the name of a file in the same folder"),
        ("a/b.css", "must be the name of a file in the same folder"),
        ("link.css", "must be a regular file"),
        ("pipe.css", "must be a regular file"),
        ("folder.css", "must be a regular file"),
        ("endless.css", "must be a regular file"),
        ("huge.css", "larger than 512 KiB"),
        ("none.css", "no such file"),
    ],
)
@pytest.mark.parametrize("key", ["css", "logo", "footer"])
def test_a_style_reads_plain_files_of_its_folder_only(tmp_path: Path, key: str, name: str, why: str) -> None:
    (tmp_path / "elsewhere.css").write_text("secret", encoding="utf-8")
    style = folder(tmp_path, f"{key}: {name}")
    (style / "link.css").symlink_to(tmp_path / "elsewhere.css")
    (style / "endless.css").symlink_to("/dev/zero")
    os.mkfifo(style / "pipe.css")
    (style / "folder.css").mkdir()
    with open(style / "huge.css", "wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(kc.UsageError, match=why):
        load_style(style)


def test_a_picture_that_is_cut_short_is_no_logo(tmp_path: Path) -> None:
    with pytest.raises(kc.UsageError, match="a logo must be a PNG picture"):
        load_style(folder(tmp_path, "logo: logo.png", logo_png=png()[:20]))


def test_the_example_of_the_documentation_is_a_style(project: Path, tmp_path: Path) -> None:
    text = (
        (project / "docs/how-to/company-look.md")
        .read_text(encoding="utf-8")
        .partition("```yaml\n")[2]
        .partition("```")[0]
    )
    style = load_style(folder(tmp_path, text, logo_png=png(), footer_html_j2=b"{{ company }}"))
    assert style.company
    assert style.logo is not None
