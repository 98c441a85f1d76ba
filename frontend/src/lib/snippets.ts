/** A piece of code to paste, with this hub's own address in it. */
export interface Piece {
	name: string;
	code: string;
}

/** Programs that send one message, with nothing but what their language brings along. */
export function senders(http: string): Piece[] {
	return [
		{
			name: 'curl',
			code: `curl ${http}/api/v1/messages --json '{
  "namespace": "/ws/rt_market", "event": "tick",
  "data": {"symbol": "AAPL", "price": 231.42}
}'`,
		},
		{
			name: 'Python',
			code: `import json, urllib.request

message = {"namespace": "/ws/rt_market", "event": "tick",
           "data": {"symbol": "AAPL", "price": 231.42}}
urllib.request.urlopen(urllib.request.Request(
    "${http}/api/v1/messages",
    json.dumps(message).encode(),
    {"Content-Type": "application/json"}))`,
		},
		{
			name: 'JavaScript',
			code: `fetch("${http}/api/v1/messages", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({
    namespace: "/ws/rt_market", event: "tick",
    data: { symbol: "AAPL", price: 231.42 },
  }),
});`,
		},
		{
			name: 'Go',
			code: `package main

import (
	"log"
	"net/http"
	"strings"
)

func main() {
	message := \`{"namespace": "/ws/rt_market", "event": "tick",
		"data": {"symbol": "AAPL", "price": 231.42}}\`
	answer, err := http.Post("${http}/api/v1/messages",
		"application/json", strings.NewReader(message))
	if err != nil {
		log.Fatal(err)
	}
	log.Println(answer.Status)
}`,
		},
	];
}

/** Programs that show what is emitted. */
export function receivers(http: string, terminal: string): Piece[] {
	return [
		{ name: terminal, code: `curl -N ${http}/api/v1/stream` },
		{
			name: 'Socket.IO',
			code: `import { io } from "socket.io-client";

io("${http}/ws/rt_market")
  .on("tick", t => console.log(t.symbol, t.price));`,
		},
		{
			name: 'WebSocket',
			code: `const socket = new WebSocket("${http.replace(/^http/, 'ws')}/websocket");

socket.onopen = () => socket.send(JSON.stringify({
  type: "subscribe", namespace: "/ws/rt_market",
}));
socket.onmessage = frame => console.log(frame.data);`,
		},
	];
}

/** Programs that send a request's body exactly as it is written. */
export function requests(http: string, body: string): Piece[] {
	const url = `${http}/api/v1/messages`;
	return [
		{ name: 'curl', code: `curl ${url} --json '${body.replaceAll("'", `'\\''`)}'` },
		{
			name: 'Python',
			code: `import urllib.request

message = ${pythonText(body)}
urllib.request.urlopen(urllib.request.Request(
    "${url}", message.encode(),
    {"Content-Type": "application/json"}))`,
		},
		{
			name: 'JavaScript',
			code: `const message = ${scriptText(body)};

fetch("${url}", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: message,
});`,
		},
	];
}

/** Readable where the text allows it; JSON's own notation of a text is Python's and JavaScript's, too. */
function pythonText(text: string): string {
	return text.includes("'''") ? JSON.stringify(text) : `r'''${text}'''`;
}

function scriptText(text: string): string {
	return /`|\$\{/.test(text) ? JSON.stringify(text) : `String.raw\`${text}\``;
}
