"""LibreOffice as a second opinion: it calculates every formula anew and says what it finds."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.conftest import need

# Without it LibreOffice trusts the values stored in a workbook that it did not write, and agrees with anything.
_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def converted(source: Path, form: str, folder: Path) -> Path:
    """A workbook as LibreOffice saves it after calculating everything: `xlsx` or `pdf`."""
    soffice = need("soffice")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_ALWAYS_RECALCULATE, encoding="utf-8")
    out = folder / form
    subprocess.run(
        [
            soffice,
            "--headless",
            f"-env:UserInstallation=file://{profile}",
            "--convert-to",
            form,
            "--outdir",
            out,
            source,
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return out / f"{source.stem}.{form}"
