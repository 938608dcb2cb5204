"""Pictures as files: images, one page, an offline page with a slider."""
