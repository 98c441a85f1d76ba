"""The known remedy as people write it with Flask-SocketIO: producers put their
messages into one bounded queue, and one task takes a message, emits it, and sleeps.

Emitscope's experiment starts it, and waits for its first line.
"""

import os
import sys
import threading

# Whatever becomes of who started it, it does not stay. Made before anything is
# patched, this is a thread of the system's.
lifetime = threading.Timer(float(sys.argv[1]), os._exit, [1])
lifetime.daemon = True
lifetime.start()

# What Flask-SocketIO can serve WebSockets with, in the order of its own preference.
try:
    import eventlet

    eventlet.monkey_patch()
    mode = "eventlet"
except Exception:  # also one that is broken
    try:
        from gevent import monkey

        monkey.patch_all()
        import geventwebsocket

        mode = "gevent"
    except Exception:
        import simple_websocket

        mode = "threading"

import queue
import socket
import time

from flask import Flask, jsonify
from flask_socketio import SocketIO

NAMESPACE = "/experiment"
EVENT = "tick"

interval, producers, padding, ahead = float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])

app = Flask(__name__)
socketio = SocketIO(app, async_mode=mode, cors_allowed_origins="*")
waiting = queue.Queue(maxsize=5000)


def stamp():
    ns = time.time_ns()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9:09d}Z"


def drain():
    while True:
        message = waiting.get()
        message["emitted_time"] = stamp()
        socketio.emit(EVENT, message, namespace=NAMESPACE)
        socketio.sleep(interval)


def produce(number, start):
    pad = "x" * padding
    n = number
    while True:
        socketio.sleep(max(0.0, start + (n - ahead) * interval - time.monotonic()))
        waiting.put({"n": n, "pad": pad})
        n += producers


@app.get("/api")
def api():
    return jsonify(result="OK")


@app.post("/begin")
def begin():
    start = time.monotonic()
    for number in range(producers):
        socketio.start_background_task(produce, number, start)
    socketio.start_background_task(drain)
    return jsonify()


@socketio.on("connect", namespace=NAMESPACE)
def connected(auth=None):
    return True


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]

print(f"http://127.0.0.1:{port}", flush=True)

extra = {"allow_unsafe_werkzeug": True} if mode == "threading" else {}
socketio.run(app, host="127.0.0.1", port=port, **extra)
