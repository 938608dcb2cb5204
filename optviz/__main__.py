"""`python -m optviz` is the `optviz` command."""

import sys

from optviz.commands.main import main

sys.exit(main())
