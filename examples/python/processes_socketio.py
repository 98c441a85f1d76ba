#!/usr/bin/env python3
"""Two processes, each publishing one message every interval over Socket.IO.

A Flask-SocketIO server needs Redis before another process can reach its
clients. Here every process is simply a client that emits "publish", and the
hub's answer says the number each message got.
"""

import argparse
import multiprocessing
import os
import sys
import time

import socketio

PROCESSES = 2
KEY = os.environ.get("EMITSCOPE_KEY")  # where the hub asks for one


def run(args, number):
    hub = socketio.Client(reconnection=False)  # a message must not be lost silently meanwhile
    try:
        hub.connect(args.url, namespaces=[args.namespace], auth={"key": KEY} if KEY else None)
        publish(hub, args, number)
    except socketio.exceptions.ConnectionError:
        sys.exit(f"process {number}: no hub answers at {args.url}, or it asks for a key (EMITSCOPE_KEY)")
    except socketio.exceptions.SocketIOError:
        sys.exit(f"process {number}: the hub has gone")
    except KeyboardInterrupt:
        sys.exit(1)
    finally:
        hub.disconnect()


def publish(hub, args, number):
    start = time.monotonic()
    for n in range(round(args.seconds / args.interval)):
        # Always from the start: "now + interval" would add up every delay.
        hub.sleep(max(0, start + n * args.interval - time.monotonic()))
        message = {"event": "tick", "data": {"process": number, "n": n}}
        answer = hub.call("publish", message, namespace=args.namespace)
        if not answer["ok"]:
            sys.exit(f"process {number}: {'; '.join(answer[part] for part in ('message', 'hint') if part in answer)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8092", help="where the hub is")
    parser.add_argument("--namespace", default="/ws")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two messages of a process")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to go on")
    args = parser.parse_args()

    processes = [multiprocessing.Process(target=run, args=(args, n)) for n in range(1, PROCESSES + 1)]
    for process in processes:
        process.start()
    try:
        for process in processes:
            process.join()
    except KeyboardInterrupt:
        sys.exit("stopped before all were published")
    if any(process.exitcode != 0 for process in processes):
        sys.exit("a process failed, see above")
    print(f"published {PROCESSES * round(args.seconds / args.interval)} messages")


if __name__ == "__main__":
    main()
