"""A Socket.IO client that a test drives: one JSON command a line on stdin, one
JSON line on stdout for everything that happens. client.mjs speaks the same."""

import base64
import json
import os
import sys
import threading

import socketio

client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.8)
output = threading.Lock()
namespace = "/"


def say(line):
    with output:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


# Binary arguments cross the pipe as {"$base64": "..."}.
def to_json(value):
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return [to_json(v) for v in value]
    if isinstance(value, dict):
        return {k: to_json(v) for k, v in value.items()}
    return value


def from_json(value):
    if isinstance(value, list):
        return [from_json(v) for v in value]
    if isinstance(value, dict):
        if isinstance(value.get("$base64"), str):
            return base64.b64decode(value["$base64"])
        return {k: from_json(v) for k, v in value.items()}
    return value


def connect(url, namespace, transports, auth=None, again=False):
    globals()["namespace"] = namespace
    client.reconnection = again
    # A namespace with its own handlers, so that no event is lost between the
    # connection and the first handler.
    client.on("connect", lambda: say({"type": "connected", "id": client.get_sid(namespace), "transport": client.transport()}), namespace=namespace)
    client.on("disconnect", lambda: say({"type": "disconnect", "reason": ""}), namespace=namespace)
    client.on("connect_error", lambda data=None: say({"type": "connect_error", "message": str(data), "data": to_json(data)}), namespace=namespace)
    client.on("*", lambda event, *args: say({"type": "event", "event": event, "args": to_json(args)}), namespace=namespace)
    try:
        client.connect(url, namespaces=[namespace], transports=transports, auth=auth, wait_timeout=10)
    except socketio.exceptions.ConnectionError as error:
        say({"type": "connect_error", "message": str(error)})


def emit(event, args, id=None, **_):
    answered = None
    if id is not None:

        def answered(*answer):
            say({"type": "ack", "id": id, "args": to_json(answer)})

    client.emit(event, tuple(from_json(args)), namespace=namespace, callback=answered)


def close(**_):
    client.disconnect()


commands = {"connect": connect, "emit": emit, "close": close}
for line in sys.stdin:
    command = json.loads(line)
    commands[command.pop("op")](**command)
client.disconnect()
os._exit(0)  # without waiting for a thread that tries to come back
