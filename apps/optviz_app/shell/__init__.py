"""The frame around the pages: header and help."""
