package rest

import (
	"encoding/json"
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// What the document says of each route. Examples are real requests and answers;
// a test sends the requests.

const (
	jsonType   = "application/json"
	linesType  = "application/x-ndjson"
	eventsType = "text/event-stream"
	textType   = "text/plain"
)

// queryDoc is the query language in short; docs/queries.md has all of it.
const queryDoc = "Only messages that this query selects. White space means and, `OR` or, `-` or `NOT` not; there are parentheses and quotes, `*` is a wildcard, " +
	"a comma means any of. Fields: `event:tick`, `ns:/ws/*`, `data.price>250`, `data.legs[0].symbol:AAPL,NVDA`, `data.x:*` (it is there), `size>1KiB`, `late>1ms`, " +
	"`wait>10ms`, `sockets:0`, `seq>=123`, `time>14:30`, `source:rest`, `client:ID`, `key:NAME`, `room:NAME`, `to:ID`, `outcome:dropped`, `reason:oldest`; anything else " +
	"is text to look for in event, namespace and data, in capital letters or small ones. What is wrong with one, the error says by place: `at` and `length`."

// object is a JSON object in an example.
type object map[string]any

func docRoot() *operation {
	return about("ping", "hub", "Is anybody there?",
		"Answers whatever the load, to pages of any origin, and asks for no key.").
		givesJSON("The hub runs.", &schema{Type: "object"}, object{"result": "OK"})
}

func docRootOptions() *operation {
	return about("pingOptions", "hub", "May a page of another origin ask?", "It may.").
		gives(http.StatusNoContent, "With the headers of CORS.", "", nil, nil)
}

func docPostMessages() *operation {
	const one = `{"namespace":"/ws/rt_market","event":"tick","data":{"symbol":"AAPL","price":189.3}}`
	const two = `{"namespace":"/ws/rt_market","event":"tick","data":{"symbol":"NVDA","price":881.2},"rooms":["NVDA"]}`
	return about("publish", "messages", "Hand messages in",
		"One object, an array of objects, or one object a line (application/x-ndjson).\n\n"+
			"A batch is taken from its start until the first message that is refused or wrong. The error then says how many were taken "+
			"(`accepted`) and which one was not (`index`, counted from 0; empty lines do not count).\n\n"+
			"A JSON body, and each line, is at most 1 MiB (`limits.max_body`). Lines are read as they come, 256 MiB at most; an empty line keeps a quiet "+
			"connection open, which is closed after 30 s of silence (`limits.body_timeout`).\n\n"+
			"A full lane answers 429, unless its policy drops messages; then `dropped` says how many. What other machines hand in is bounded besides, "+
			"in messages and bytes a second, and answers 429 beyond that; a moment may have twice as much.").
		param("header", "Idempotency-Key", "Makes it safe to send a request again when its answer got lost: for 10 minutes, the same key with the "+
			"same body takes nothing twice and gets the same answer, with the header Idempotency-Replayed. After a 429 that took a part, it goes on "+
			"with the rest. The body is at most 1 MiB then, in whatever format.",
			&schema{Type: "string", MaxLength: maxKey}, "6f1c2a4e-8d0b-4b7e-9a55-0c3f6b1d2e90").
		takes(jsonType, &schema{AnyOf: []*schema{ref[wire.Publish](), {Type: "array", Items: ref[wire.Publish]()}}},
			map[string]example{
				"a message": {json.RawMessage(one)}, "an array": {json.RawMessage("[" + one + "," + two + "]")},
			}).
		takes(linesType, &schema{Type: "string", Description: "one such object a line"},
			map[string]example{"lines": {`{"event":"tick","data":1}` + "\n" + `{"event":"tick","data":2}` + "\n"}}).
		gives(http.StatusAccepted, "All were taken; they wait in their lanes.", jsonType, ref[wire.Accepted](), wire.Accepted{
			Accepted: 1, FirstSeq: 123, LastSeq: 123, QueueDepth: map[string]int{"/ws/rt_market": 1},
		}).
		failsWith(http.StatusBadRequest, badMessages()...).
		failsWith(http.StatusTooManyRequests, fullLane(), tooFast(), outOfMemory()).
		fails(http.StatusRequestTimeout, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusServiceUnavailable)
}

func docGetMessages() *operation {
	return about("listMessages", "messages", "The newest messages",
		"Newest first by number: those in memory, and, page by page, those that the flight recorder and the hub's own recordings have. A page ends early when its payloads exceed 8 MiB, "+
			"or after half a second of looking, and may then be empty and still have a `before`.\n\nWith `format=ndjson` there are no pages: one message a line, oldest first, "+
			"all that is in memory, or with `limit` the newest so many.").
		param("query", "q", queryDoc, &schema{Type: "string"}, "ns:/ws/rt_market data.price>250 -source:rest").
		param("query", "highlight", "Of the page, those that this query selects have `hit` set.", &schema{Type: "string"}, "event:tick").
		param("query", "format", "ndjson: all of them, one a line.", &schema{Type: "string", Enum: []string{"json", "ndjson"}, Default: "json"}, nil).
		param("query", "before", "Only messages with a lower number: the `before` of the page before.", &schema{Type: "integer", Minimum: number(0)}, nil).
		param("query", "limit", "How many at most.",
			&schema{Type: "integer", Minimum: number(1), Maximum: number(pageMost), Default: pageDefault}, nil).
		givesJSON("A page, or lines.", ref[wire.MessagePage](), wire.MessagePage{Messages: []wire.Message{exampleMessage()}, Before: 123}).
		gives(http.StatusOK, "", linesType, &schema{Type: "string", Description: "one Message a line"}, nil).
		fails(http.StatusBadRequest)
}

func docGetMessage() *operation {
	return about("getMessage", "messages", "One message, and what became of it", "From memory, the flight recorder, or a recording of the hub's own.").
		param("path", "seq", "Its number.", &schema{Type: "integer", Minimum: number(1)}, 123).
		param("query", "attachments", "base64: with its binary attachments.", &schema{Type: "string", Enum: []string{"base64"}}, nil).
		givesJSON("The message.", ref[wire.Message](), exampleMessage()).
		fails(http.StatusBadRequest).
		failsWith(http.StatusNotFound, noMessage(123))
}

func docGetStream() *operation {
	return about("stream", "messages", "Messages as they are emitted",
		"Server-sent events, for EventSource and `curl -N`. A message is an event of the default type; its id is the message's number, its data a "+
			"SocketEvent. It shows messages for all rooms, but none that is for one socket alone. The event `missed` tells a slow reader how many "+
			"messages were left out just before, and one that comes back with Last-Event-ID how many it does not get any more, 0 when nobody knows; `stopping` says that the hub will stop; what still waits comes after it.\n\n"+
			"A stream carries what is emitted, at the moment it is, and nothing else: a query that selects none of that, such as `outcome:dropped`, `reason:oldest` or `to:ID`, is refused, and `sockets` is still 0. "+
			"`GET /api/v1/wait` looks at messages when it is known what became of them.").
		param("query", "namespace", "Only of this namespace.", &schema{Type: "string"}, "/ws/rt_market").
		param("query", "event", "Only with this event name.", &schema{Type: "string"}, "tick").
		param("query", "q", queryDoc, &schema{Type: "string"}, "data.symbol:AAPL").
		param("query", "last", "Begin with so many of the newest messages.",
			&schema{Type: "integer", Minimum: number(0), Maximum: number(msg.MaxLast), Default: 0}, 10).
		param("header", "Last-Event-ID", "The id of the last message seen. The stream goes on from there as far as messages are still kept "+
			"and may wait for one client; where something is missing it begins with the event `missed`. "+
			"EventSource sends it by itself.", &schema{Type: "string"}, "123").
		gives(http.StatusOK, "The stream; it has no end.", eventsType, &schema{Type: "string"},
			"id: 123\n"+`data: {"type":"event","seq":123,"namespace":"/ws","event":"tick","data":1,"emitted_time":"2026-01-02T15:04:05.000000000Z"}`+"\n\n").
		fails(http.StatusBadRequest, http.StatusServiceUnavailable)
}

func docGetStats() *operation {
	return about("stats", "numbers", "Counters and timing",
		"Counters are since the hub started, timing is of the last minute. Lateness is the time of emitting minus the time it was due.").
		givesJSON("The numbers.", ref[wire.Stats](), exampleStats())
}

func docGetPoints() *operation {
	return about("points", "numbers", "What happened lately, step by step", "Oldest first.").
		param("query", "namespace", "Only of this namespace.", &schema{Type: "string"}, "/ws/rt_market").
		param("query", "step", "100ms: the last minute; 1s: the last hour, of which the last minute with its spread; 10s: the last hour, all with their spread.",
			&schema{Type: "string", Enum: []string{"100ms", "1s", "10s"}, Default: "1s"}, nil).
		param("query", "limit", "Only so many of the newest.", &schema{Type: "integer", Minimum: number(1), Maximum: number(pointsMost), Default: pointsMost}, 600).
		givesJSON("The points.", ref[wire.PointList](), examplePoints()).
		fails(http.StatusBadRequest)
}

func docGetStreamPoints() *operation {
	return about("streamPoints", "numbers", "How many messages each stream had lately, step by step",
		"A stream is all messages with one namespace and event; each counts once, whatever became of it. The loudest of the time asked for are told apart; "+
			"those without a message in it are left out.").
		param("query", "namespace", "Only of this namespace.", &schema{Type: "string"}, "/ws/rt_market").
		param("query", "step", "1s: the last ten minutes; 10s: the last hour.", &schema{Type: "string", Enum: []string{"1s", "10s"}, Default: "1s"}, nil).
		givesJSON("The counts.", ref[wire.StreamPointList](), exampleStreamPoints()).
		fails(http.StatusBadRequest)
}

func docGetSeries() *operation {
	return about("series", "numbers", "One number of many messages",
		"Of each message that is kept and that the query selects: the number at `pointer`, oldest first. JSON inside a string is looked into, and a string that is "+
			"wholly a JSON number, such as \"231.42\", is one. What has no such number is left out, and so is what was dropped.").
		param("query", "query", "Which messages.", &schema{Type: "string"}, "ns:/ws/rt_market event:tick").
		param("query", "pointer", "Where the number is, as a JSON pointer (RFC 6901); of an event with more than one argument `/0` is the first. Left out: the payload itself is the number.",
			&schema{Type: "string", MaxLength: jsontext.MaxPointer}, "/price").
		param("query", "last", "Only so many of the newest numbers.", &schema{Type: "integer", Minimum: number(1), Maximum: number(msg.SeriesPoints)}, nil).
		param("query", "limit", "At most so many points. Of more, the least and the greatest of each of many equal parts are kept, and `binned` says so. A file has all.",
			&schema{Type: "integer", Minimum: number(4), Maximum: number(msg.SeriesPoints), Default: msg.SeriesPoints}, nil).
		param("query", "x", "source: sorted by the producer's own time, without what has none.", &schema{Type: "string", Enum: []string{"server", "source"}, Default: "server"}, nil).
		param("query", "format", "csv: lines of seq, time, source_time and the number as it was written.", &schema{Type: "string", Enum: []string{"json", "csv"}, Default: "json"}, nil).
		givesJSON("The points, in columns.", ref[wire.Series](), exampleSeries()).
		fails(http.StatusBadRequest)
}

func docGetDocument() *operation {
	return about("openapi", "hub", "This document", "").givesJSON("OpenAPI 3.1, and the sockets under x-sockets.", &schema{Type: "object"}, object{"openapi": "3.1.0"})
}

func docGetDocs() *operation {
	return about("docs", "hub", "This document, to read", "").gives(http.StatusOK, "A page.", "text/html", nil, nil)
}

func docLive() *operation {
	return about("live", "hub", "Does the process answer?", "For whatever restarts it when it does not.").
		givesJSON("It does.", &schema{Type: "object"}, object{"result": "OK"})
}

func docReady() *operation {
	return about("ready", "hub", "Can the hub be used?", "Not while it starts or stops.").
		givesJSON("It can.", &schema{Type: "object"}, object{"result": "OK"}).
		fails(http.StatusServiceUnavailable)
}

func docMetrics() *operation {
	return about("metrics", "numbers", "Numbers for Prometheus", "").gives(http.StatusOK, "In its text format.", textType, nil, nil)
}
