"""Flask-SocketIO on gevent with the queue that is the known remedy.

Whoever wants something sent puts it into one bounded queue; one coroutine takes
it out and emits it. With --interval it waits that long after each message, as
the remedy does to be steady; without, it only lets others have a turn.

It is told what to broadcast as the servers in Go are; see serve/stage.go.
"""

from gevent import monkey

monkey.patch_all()

import argparse
import math
import time

import gevent
import gevent.pywsgi
import gevent.queue
import geventwebsocket.handler
from flask import Flask, jsonify, request
from flask_socketio import SocketIO

NAMESPACE = "/bench"
EVENT = "tick"
GRACE = 1.0  # seconds after the end of a schedule

options = argparse.ArgumentParser()
options.add_argument("--interval", type=float, default=0.0, help="seconds between two messages; 0: none")
interval = options.parse_args().interval

app = Flask(__name__)
socketio = SocketIO(app, async_mode="gevent", cors_allowed_origins="*")
waiting = gevent.queue.Queue(maxsize=5000)
running = {"planned": 0, "sent": 0, "greenlet": None}


def drain():
    while True:
        socketio.emit(EVENT, waiting.get(), namespace=NAMESPACE)
        gevent.sleep(interval)


def play(start, rate, size, planned):
    pad = "x" * max(0, size - 36)
    give_up = start + planned / rate + GRACE
    sent = 0
    while sent < planned:
        now = time.time()
        if now > give_up:
            break
        while sent < planned and start + sent / rate <= now:
            due = start + sent / rate
            waiting.put({"due": int(due * 1e9), "pad": pad})  # waits while the queue is full
            sent += 1
            running["sent"] = sent
        gevent.sleep(max(0.0, start + sent / rate - time.time()))


def end():
    greenlet = running["greenlet"]
    if greenlet is not None:
        greenlet.kill()
        running["greenlet"] = None
    while not waiting.empty():
        waiting.get()


@app.get("/api")
def api():
    return jsonify(result="OK")


@app.post("/control")
def begin():
    end()
    rate = float(request.args["rate"])
    planned = math.ceil(rate * float(request.args["seconds"]))
    running.update(planned=planned, sent=0)
    running["greenlet"] = gevent.spawn(play, int(request.args["start"]) / 1e9, rate, int(request.args["size"]), planned)
    return jsonify()


@app.get("/control")
def report():
    return jsonify(sent=running["sent"], planned=running["planned"], goroutines=0)


@app.post("/collect")
def collect():
    return jsonify()


@socketio.on("connect", namespace=NAMESPACE)
def connected(auth=None):
    return True


@socketio.on("publish", namespace=NAMESPACE)
def publish(message):
    try:
        waiting.put_nowait(message)
    except gevent.queue.Full:
        return {"ok": False}
    return {"ok": True}


gevent.spawn(drain)
server = gevent.pywsgi.WSGIServer(
    ("127.0.0.1", 0), app, handler_class=geventwebsocket.handler.WebSocketHandler, log=None
)
server.start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
