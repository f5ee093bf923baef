"""`python -m segbook` is the command `segbook`: see `segbook.grading.cli`."""

import sys

from segbook.grading.cli import main

sys.exit(main())
