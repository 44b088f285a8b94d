"""LibreOffice as a second opinion: it calculates every formula anew and says what it finds."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.conftest import AT_THE_END, need

# Without it LibreOffice trusts the values stored in a workbook that it did not write, and agrees with anything.
_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def converted(source: Path, form: str, folder: Path) -> Path:
    """A workbook as LibreOffice saves it after calculating everything: `xlsx` or `pdf`."""
    _run(need("soffice"), "--convert-to", form, "--outdir", str(folder / form), str(source))
    return folder / form / f"{source.stem}.{form}"


@cache
def _profile(soffice: str) -> Path:
    """One profile for all tests of a process: to make one takes longer than to calculate a workbook."""
    profile = Path(tempfile.mkdtemp(prefix="kling-cost-office-"))
    AT_THE_END.callback(shutil.rmtree, profile, ignore_errors=True)
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(_ALWAYS_RECALCULATE, encoding="utf-8")
    _start(soffice, profile, "--terminate_after_init")  # the first start puts libraries of its own there
    basic = profile / "user" / "basic" / "Standard"
    (basic / "script.xlb").write_text(_LIBRARY, encoding="utf-8")
    (basic / "Edit.xba").write_text(_MACRO, encoding="utf-8")
    return profile


def _run(soffice: str, *words: str) -> None:
    _start(soffice, _profile(soffice), *words)


def _start(soffice: str, profile: Path, *words: str) -> None:
    where = f"-env:UserInstallation=file://{profile}"
    try:
        subprocess.run([soffice, "--headless", where, *words], check=True, capture_output=True, timeout=600)
    except subprocess.SubprocessError:
        _profile.cache_clear()  # which what was given up may still hold
        raise


#: Opens a workbook, does to it what a line says, cell by cell as a person would, and saves it; one line a step.
_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Edit" script:language="StarBasic">
Sub Run(steps As String)
  Dim document, sheet, area, source, said, parts, handle
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  Dim form(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden" : hidden(0).Value = True
  Dim field(0) As New com.sun.star.table.TableSortField
  Dim order(1) As New com.sun.star.beans.PropertyValue
  form(0).Name = "FilterName" : form(0).Value = "Calc MS Excel 2007 XML"
  handle = FreeFile
  Open steps For Input As #handle
  Do While Not EOF(handle)
    Line Input #handle, said
    parts = Split(said, Chr(9))
    Select Case parts(0)
    Case "open"
      document = StarDesktop.loadComponentFromURL(parts(1), "_blank", 0, hidden())
    Case "save"
      document.calculateAll()
      document.storeToURL(parts(1), form())
      document.close(True)
    Case Else
      sheet = document.Sheets.getByName(parts(1))
      area = sheet.getCellRangeByName(parts(2))
      Select Case parts(0)
      Case "number" : area.Value = CDbl(parts(3))
      Case "text" : area.String = parts(3)
      Case "formula" : area.Formula = parts(3)
      Case "clear" : area.clearContents(31)
      Case "values" : area.setDataArray(area.getDataArray())
      Case "unprotect" : sheet.unprotect("")
      Case "hide" : area.Rows.IsVisible = False
      Case "move"
        source = sheet.getCellRangeByName(parts(3))
        sheet.moveRange(area.CellAddress, source.RangeAddress)
      Case "sort"
        field(0).Field = CLng(parts(3)) : field(0).IsAscending = False
        order(0).Name = "SortFields" : order(0).Value = field()
        order(1).Name = "ContainsHeader" : order(1).Value = False
        area.sort(order())
      Case "insert" : sheet.Rows.insertByIndex(area.RangeAddress.StartRow, 1)
      Case "delete" : sheet.Rows.removeByIndex(area.RangeAddress.StartRow, 1)
      Case "fill"
        source = sheet.getCellRangeByName(parts(3))
        sheet.copyRange(area.CellAddress, source.RangeAddress)
      End Select
    End Select
  Loop
  Close #handle
  StarDesktop.terminate()
End Sub
</script:module>
"""
_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false"
 library:passwordprotected="false"><library:element library:name="Edit"/></library:library>
"""
Step = tuple[str, ...]


def edited(source: Path, cases: Mapping[str, Sequence[Step]], folder: Path) -> dict[str, Path]:
    """A workbook after the steps of each case, done and calculated by LibreOffice; all cases in one go.

    Args:
        source: the workbook.
        cases: steps such as `("number", "Line items", "D9", "40")`, or `text`, `formula`, `clear`; `insert` and
            `delete` of the cell's row; `fill` from a range that is given beside the cell.
        folder: where it may write.
    """
    soffice = need("soffice")
    made = {name: folder / f"edited-{at}.xlsx" for at, name in enumerate(cases)}
    lines: list[Step] = []
    for name, steps in cases.items():
        lines += [("open", source.absolute().as_uri()), *steps, ("save", made[name].absolute().as_uri())]
    script = folder / "steps.txt"
    script.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")
    _run(soffice, f'macro:///Standard.Edit.Run("{script}")')
    return made
