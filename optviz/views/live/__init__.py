"""The live picture: experiments as data that the browser computes with, and the page that holds it."""
