#!/usr/bin/env python3
"""Two processes, each publishing one message every interval over Socket.IO.

A Flask-SocketIO server needs Redis before another process can reach its
clients. Here every process is simply a client that emits "publish", and the
hub's answer says the number each message got.
"""

import argparse
import multiprocessing
import sys
import time

import socketio

PROCESSES = 2


def publish(args, number):
    hub = socketio.Client()
    hub.connect(args.url, namespaces=[args.namespace])
    start = time.monotonic()
    for n in range(round(args.seconds / args.interval)):
        # Always from the start: "now + interval" would add up every delay.
        hub.sleep(max(0, start + n * args.interval - time.monotonic()))
        message = {"event": "tick", "data": {"process": number, "n": n}}
        answer = hub.call("publish", message, namespace=args.namespace)
        if not answer["ok"]:
            sys.exit(f"process {number}: {answer['message']} {answer.get('hint', '')}")
    hub.disconnect()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8092", help="where the hub is")
    parser.add_argument("--namespace", default="/ws")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two messages of a process")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to go on")
    args = parser.parse_args()

    processes = [multiprocessing.Process(target=publish, args=(args, n)) for n in range(1, PROCESSES + 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode != 0 for process in processes):
        sys.exit("a process failed, see above")
    print(f"published {PROCESSES * round(args.seconds / args.interval)} messages")


if __name__ == "__main__":
    main()
