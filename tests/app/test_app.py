"""The server from its start to its first answer."""

import subprocess
import sys

START = """
import sys
from optviz_app.server import connections
class Server:
    def __init__(self, app, listening, *_):
        self.sockets = [listening]
    def run(self):
        print([name for name in PEEKED if name in sys.modules])
    def close(self):
        self.sockets[0].close()
connections.make_server = Server
from optviz_app.app import PEEKED, serve
serve(port=0, browser=False)
"""


def test_server_answers_only_once_what_other_threads_peek_at_is_whole():
    # Half of pandas in `sys.modules` broke the answers of other threads: "has no attribute 'NaT'".
    made = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, timeout=60)
    assert "'pandas'" in made.stdout, made.stderr
