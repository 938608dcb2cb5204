"""Sheets: surfaces that contain a whole path, or two."""
