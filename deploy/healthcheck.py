"""Whether the server in this container answers under its own name; exit 1 if not."""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

connection = HTTPConnection("127.0.0.1", 8000, timeout=4)
host = urlsplit(os.environ.get("SIGNOFF_BASE_URL", "http://localhost:8000")).netloc
connection.request("GET", "/health/ready", headers={"Host": host})
sys.exit(connection.getresponse().status != 200)
