#!/usr/bin/env python3
"""Prints every event of a namespace, with the gap to the one before it.

Where the namespace's lane has a pace, the gap is also measured against that:
however many producers push, the hub emits one message each slot.
"""

import argparse
import json
import os
import re
import sys
import threading
import time
import urllib.parse

import requests
import socketio

KEY = os.environ.get("EMITSCOPE_KEY")  # where the hub asks for one
UNITS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}


def pace_of(url, namespace):
    """Seconds from one slot of the namespace's lane to the next; 0: as they come."""
    headers = {"Authorization": f"Bearer {KEY}"} if KEY else {}
    path = "/api/v1/lanes/" + urllib.parse.quote(namespace, safe="")
    try:
        lane = requests.get(url + path, headers=headers, timeout=10).json()
    except requests.RequestException:
        return 0  # then only the gaps are told
    if lane.get("rate"):
        return 1 / lane["rate"]
    parts = re.findall(r"([\d.]+)(h|ms|m|s|µs|ns)", lane.get("interval", ""))  # "1m2.5s"
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def gap_text(gap, pace):
    text = f"after {gap * 1000:.1f} ms"
    if pace:
        slots = max(1, round(gap / pace))  # a slot without a message is just empty
        text += f", off the pace by {(gap - slots * pace) * 1000:+.1f} ms"
    return text


class Listener:
    """Counts and prints events. The library runs a thread for each, hence the lock."""

    def __init__(self, args):
        self.args = args
        self.lock = threading.Lock()
        self.count = 0
        self.pace = None
        self.last = None

    def received(self, event, *data):
        now = time.monotonic()
        with self.lock:
            if self.pace is None:  # asked for now, since a lane is made by its first message
                self.pace = pace_of(self.args.url, self.args.namespace)
            gap = "the first" if self.last is None else gap_text(now - self.last, self.pace)
            self.last = now
            self.count += 1
            print(f"{event} {json.dumps(data)} {gap}\n", end="", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8092", help="where the hub is")
    parser.add_argument("--namespace", default="/ws")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to listen")
    args = parser.parse_args()

    hub = socketio.Client()
    listener = Listener(args)
    hub.on("*", listener.received, namespace=args.namespace)
    try:
        hub.connect(args.url, namespaces=[args.namespace], auth={"key": KEY} if KEY else None)
        print(f"listening to {args.namespace}", flush=True)
        hub.sleep(args.seconds)
    except socketio.exceptions.ConnectionError:
        sys.exit(f"no hub answers at {args.url}, or it asks for a key (EMITSCOPE_KEY)")
    except KeyboardInterrupt:
        pass  # it was long enough
    hub.disconnect()
    print(f"received {listener.count} events")


if __name__ == "__main__":
    main()
