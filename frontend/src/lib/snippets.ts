import type { Whole } from '$lib/api/rest';

/** A piece of code to paste, with this hub's own address in it. */
export interface Piece {
	name: string;
	code: string;
}

/** Stands for the key that the reader has and the page has not. */
export const yourKey = 'YOUR_KEY';

/**
 * Programs that send one message, with nothing but what their language brings
 * along. key is what the hub asks for; empty where it asks for none.
 */
export function senders(http: string, key = ''): Piece[] {
	const url = `${http}/api/v1/messages`;
	const bearer = key && `Bearer ${key}`;
	return [
		{
			name: 'curl',
			code: `curl ${url} ${bearer && `-H "Authorization: ${bearer}" `}--json '{
  "namespace": "/ws/rt_market", "event": "tick",
  "data": {"symbol": "AAPL", "price": 231.42}
}'`,
		},
		{
			name: 'Python',
			code: `import json, urllib.request

message = {"namespace": "/ws/rt_market", "event": "tick",
           "data": {"symbol": "AAPL", "price": 231.42}}
answer = urllib.request.urlopen(urllib.request.Request(
    "${url}",
    json.dumps(message).encode(),
    {"Content-Type": "application/json"${bearer && `,\n     "Authorization": "${bearer}"`}}))
print(answer.read().decode())`,
		},
		{
			name: 'JavaScript',
			code: `fetch("${url}", {
  method: "POST",
  headers: { "Content-Type": "application/json"${bearer && `,\n             "Authorization": "${bearer}"`} },
  body: JSON.stringify({
    namespace: "/ws/rt_market", event: "tick",
    data: { symbol: "AAPL", price: 231.42 },
  }),
}).then(answer => answer.text()).then(console.log);`,
		},
		{ name: 'Go', code: goSender(url, bearer) },
		{
			name: 'C#',
			code: `using System;
using System.Net.Http;
using System.Net.Http.Json;

using var http = new HttpClient();
${bearer && `http.DefaultRequestHeaders.Add("Authorization",\n    "${bearer}");\n`}var answer = await http.PostAsJsonAsync(
    "${url}",
    new { @namespace = "/ws/rt_market", @event = "tick",
          data = new { symbol = "AAPL", price = 231.42 } });
Console.WriteLine(await answer.Content.ReadAsStringAsync());`,
		},
	];
}

function goSender(url: string, bearer: string): string {
	return `package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	message := \`{"namespace": "/ws/rt_market", "event": "tick",
		"data": {"symbol": "AAPL", "price": 231.42}}\`
	${bearer ? goWithKey(url, bearer) : goPost(url)}
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	io.Copy(os.Stdout, answer.Body)
}`;
}

const goPost = (url: string) => `answer, err := http.Post("${url}",
		"application/json", strings.NewReader(message))`;

/** http.Post takes no header. */
const goWithKey = (url: string, bearer: string) => `request, err := http.NewRequest("POST",
		"${url}", strings.NewReader(message))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "${bearer}")
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)`;

/** Programs that show what is emitted. */
export function receivers(http: string, terminal: string, key = ''): Piece[] {
	return [
		{ name: terminal, code: `curl -N ${http}/api/v1/stream${key && ` -H "Authorization: Bearer ${key}"`}` },
		{
			name: 'Socket.IO',
			code: `import { io } from "socket.io-client";

io("${http}/ws/rt_market"${key && `, { auth: { key: "${key}" } }`})
  .on("tick", t => console.log(t.symbol, t.price));`,
		},
		{
			name: 'WebSocket',
			code: `const socket = new WebSocket("${http.replace(/^http/, 'ws')}/websocket");

socket.onopen = () => {${key && `\n  socket.send(JSON.stringify({ type: "auth", key: "${key}" }));`}
  socket.send(JSON.stringify({ type: "subscribe", namespace: "/ws/rt_market" }));
};
socket.onmessage = frame => console.log(frame.data);`,
		},
	];
}

/** In what a program that sends a request can be had, in the order in which it is offered. */
export const languages = ['curl', 'PowerShell', 'Python', 'JavaScript'] as const;
export type Language = (typeof languages)[number];

/** A program that sends a request's body exactly as it is written. key is what the hub asks for; empty where it asks for none. */
export function request(language: Language, http: string, body: string, key = '', path = '/api/v1/messages'): string {
	return requests[language](http + path, body, key && `Bearer ${key}`);
}

const requests: Record<Language, (url: string, body: string, bearer: string) => string> = {
	curl: (url, body, bearer) => `curl ${url} ${bearer && `-H "Authorization: ${bearer}" `}--json '${body.replaceAll("'", `'\\''`)}'`,
	// It takes the curly ones for quotes, too.
	PowerShell: (url, body, bearer) => `$message = '${body.replace(/['‘’‚‛]/g, '$&$&')}'
Invoke-RestMethod ${url} -Method Post -ContentType application/json${bearer && ` -Headers @{Authorization = "${bearer}"}`} \`
  -Body ([Text.Encoding]::UTF8.GetBytes($message))`,
	Python: (url, body, bearer) => `import urllib.request

message = ${pythonText(body)}
urllib.request.urlopen(urllib.request.Request(
    "${url}", message.encode(),
    {"Content-Type": "application/json"${bearer && `,\n     "Authorization": "${bearer}"`}}))`,
	JavaScript: (url, body, bearer) => `const message = ${scriptText(body)};

fetch("${url}", {
  method: "POST",
  headers: { "Content-Type": "application/json"${bearer && `,\n             "Authorization": "${bearer}"`} },
  body: message,
});`,
};

/** The body of a request that sends a message again. Its data is in it as the hub has it, so that numbers beyond 2^53 survive. */
export function bodyOf({ message, payload }: Whole): string {
	const parts = [
		`"namespace": ${JSON.stringify(message.namespace)}`,
		`"event": ${JSON.stringify(message.event)}`,
		...(message.rooms?.length ? [`"rooms": ${JSON.stringify(message.rooms)}`] : []),
		`"data": ${payload}`,
	];
	return `{${parts.join(', ')}}`;
}

/** Readable where the text allows it; JSON's own notation of a text is Python's and JavaScript's, too. */
function pythonText(text: string): string {
	return text.includes("'''") ? JSON.stringify(text) : `r'''${text}'''`;
}

function scriptText(text: string): string {
	return /`|\$\{/.test(text) ? JSON.stringify(text) : `String.raw\`${text}\``;
}

/** Commands that let other machines through the firewall of a system; none where it takes a mouse, or nobody knows. */
export function openings(system: string, port: number): string[] {
	if (system === 'linux') return [`sudo ufw allow ${port}/tcp`, `sudo firewall-cmd --add-port=${port}/tcp`];
	if (system !== 'windows') return [];
	return [`New-NetFirewallRule -DisplayName Emitscope -Direction Inbound -Protocol TCP -LocalPort ${port} -Profile Private -Action Allow`];
}
