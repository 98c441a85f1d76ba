#!/usr/bin/env python3
"""Prints every event of a namespace, with the gap to the one before it."""

import argparse
import json
import time

import socketio


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8092", help="where the hub is")
    parser.add_argument("--namespace", default="/ws")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds expected between two events")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to listen")
    args = parser.parse_args()

    hub = socketio.Client()
    times = []

    @hub.on("*", namespace=args.namespace)
    def received(event, *data):
        now = time.monotonic()
        gap = now - times[-1] if times else args.interval
        times.append(now)
        print(f"{event} {json.dumps(data)} off by {(gap - args.interval) * 1000:+.1f} ms", flush=True)

    hub.connect(args.url, namespaces=[args.namespace])
    print(f"listening to {args.namespace}", flush=True)
    hub.sleep(args.seconds)
    hub.disconnect()
    print(f"received {len(times)} events")


if __name__ == "__main__":
    main()
