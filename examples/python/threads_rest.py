#!/usr/bin/env python3
"""Four threads, each pushing one message every interval over REST.

In a server that emits from such threads itself, the interval drifts. Here they
only push; the hub emits at the pace of the namespace's lane.
"""

import argparse
import os
import sys
import threading
import time

import requests

THREADS = 4
KEY = os.environ.get("EMITSCOPE_KEY")  # where the hub asks for one


def push(args, number, start, stop, failures):
    session = requests.Session()  # one connection for all messages of this thread
    if KEY:
        session.headers["Authorization"] = f"Bearer {KEY}"
    for n in range(round(args.seconds / args.interval)):
        # Always from the start: "now + interval" would add up every delay.
        if stop.wait(max(0, start + n * args.interval - time.monotonic())):
            return
        message = {
            "namespace": args.namespace,
            "event": "tick",
            "data": {"thread": number, "n": n},
            "source_time": time.time_ns(),
        }
        try:
            answer = session.post(args.url + "/api/v1/messages", json=message, timeout=10)
        except requests.ConnectionError:
            failures.append(f"thread {number}: no hub answers at {args.url}")
            return
        except requests.RequestException as err:
            failures.append(f"thread {number}: {err}")
            return
        if answer.status_code != 202:
            problem = answer.json()
            failures.append(f"thread {number}: {'; '.join(problem[part] for part in ('message', 'hint') if part in problem)}")
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8092", help="where the hub is")
    parser.add_argument("--namespace", default="/ws")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two messages of a thread")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to go on")
    args = parser.parse_args()

    failures = []
    stop = threading.Event()
    start = time.monotonic()
    threads = [threading.Thread(target=push, args=(args, n, start, stop, failures)) for n in range(1, THREADS + 1)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        stop.set()
        sys.exit("stopped before all were published")
    if failures:
        sys.exit("\n".join(failures))
    print(f"published {THREADS * round(args.seconds / args.interval)} messages")


if __name__ == "__main__":
    main()
