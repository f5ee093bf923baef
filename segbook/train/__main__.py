"""`python -m segbook.train`: see `segbook.train.command`."""

import sys

from segbook.train.command import main

sys.exit(main())
