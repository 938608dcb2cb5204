"""The Workbook page: the course's spreadsheet, row by row."""
