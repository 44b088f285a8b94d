"""One sheet, read by columns as far as that goes and by rows from there on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from kling_cost.io.sources import Source
from kling_cost.jobs.job import Job
from kling_cost.jobs.read_jobs import JobStream
from kling_cost.jobs.row_reader import RowReader
from kling_cost.summary.block_codes import Coded, UnusualError, code_block
from kling_cost.summary.blocks import Making, Sheet, open_sheet, rows_from
from kling_cost.summary.column_counter import ColumnCounter, CombinationPrice
from kling_cost.summary.jsonl_counter import Plan
from kling_cost.summary.look_ahead import in_order


class SheetReading:
    """Reads one sheet; first its `blocks`, then the `rest`.

    Attributes:
        counter: counts its blocks.
        row: the number of the first row after those that were read.
    """

    def __init__(self, source: Source, form: str, sheet: Sheet, plan: Plan, workers: int, stream: JobStream) -> None:
        self._source, self._form, self._sheet = source, form, sheet
        self._plan, self._workers, self._stream = plan, workers, stream
        self._reader = RowReader(source.name, sheet.columns)
        self.counter = ColumnCounter(plan, sheet.columns, self._reader)
        self.row = sheet.first
        self._usual = True

    @classmethod
    def of(
        cls, source: Source, form: str, plan: Plan, workers: int, size: int, stream: JobStream
    ) -> SheetReading | None:
        """The reading of a sheet; None for one whose rows have to be read one by one."""
        sheet = open_sheet(source, form, size, plan.pricer.book.own_inputs)
        return None if sheet is None else cls(source, form, sheet, plan, workers, stream)

    def blocks(self) -> Iterator[tuple[Coded, list[CombinationPrice | None]]]:
        """Its blocks, each with what is to be said of its combinations, until one is unusual."""
        header = [p.at(None, self._source.name, self._sheet.header_row) for p in self._sheet.columns.problems]
        self._stream.file_problems += header
        with ThreadPoolExecutor(self._workers) as pool:
            try:
                for found in in_order(
                    lambda making: pool.submit(self._coded, making), self._usual_ones(), self._workers + 1
                ):
                    block = found.block._replace(first=self.row)
                    prices = self.counter.prices_of(found)
                    self.row += block.size
                    yield found._replace(block=block), prices
            except UnusualError:
                self._usual = False
            finally:
                pool.shutdown(cancel_futures=True)

    def _usual_ones(self) -> Iterator[Making]:
        """What makes each block; those that are being made are still to be had where the next one is unusual."""
        try:
            yield from self._sheet.blocks
        except UnusualError:
            self._usual = False

    def _coded(self, making: Making) -> Coded:
        return code_block(making(), self._plan)

    def rest(self) -> Iterator[Job]:
        """The jobs of the rows after the blocks."""
        if not self._usual:
            yield from self._reader.jobs(rows_from(self._source, self._form, self.row, self._sheet.columns.options))
        self._stream.file_problems += self._reader.file_problems()
