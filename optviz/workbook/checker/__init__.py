"""The check of a stranger's copy of the workbook, cell by cell."""
