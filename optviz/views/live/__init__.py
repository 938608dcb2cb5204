"""The live picture: experiments as data for the browser, and the page that holds it."""
