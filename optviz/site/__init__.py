"""The project's web site, generated: lessons, surfaces, rules, examples and the public names.

Nothing here is written by hand twice. A rule's page is read off the rule, an example is run, the
names come from signatures and docstrings. The folder needs no server and asks for nothing outside.
"""

from optviz.site.build import build_site
from optviz.site.links import check_site

__all__ = ["build_site", "check_site"]
