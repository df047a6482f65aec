"""``application`` for a WSGI server beside daphne; sockets and long-polls need `asgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "handoff_site.settings")
application = get_wsgi_application()
