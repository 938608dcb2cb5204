"""Pictures as files: images, one page, one offline page that scrubs."""
