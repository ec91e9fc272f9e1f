"""Letters by SMTP: invitations, links to choose another password, warnings of low credit.

It knows how a letter is handed to one mail server, and how long that may take. It refuses to know what letters say.
"""

from __future__ import annotations
