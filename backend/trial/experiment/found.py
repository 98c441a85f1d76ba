"""Says which versions of what the experiment needs are here, and ends with 3 where
something is missing. The same order as in flask.py."""

import importlib.metadata
import importlib.util
import json
import sys


def has(*modules):
    return all(importlib.util.find_spec(m) for m in modules)


sockets = next((names for names in (["eventlet"], ["gevent", "geventwebsocket"], ["simple_websocket"]) if has(*names)), None)
if not sockets or not has("flask", "flask_socketio"):
    sys.exit(3)
versions = {"python": sys.version.split()[0]}
for name in ("flask-socketio", "python-socketio", sockets[0].replace("_", "-")):
    try:
        versions[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(versions))
