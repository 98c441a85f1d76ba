package rest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// protocol is a way in and out that is a connection, not requests. The fields
// come from the same structs that the doors read and write.
type protocol struct {
	ID          string      `json:"id"`
	Title       string      `json:"title"`
	Path        string      `json:"path"`
	Summary     string      `json:"summary"`
	Description string      `json:"description"`
	Auth        string      `json:"auth"`
	Order       string      `json:"order"`
	Slow        string      `json:"slow"` // what becomes of a client that does not read fast enough
	In          []frame     `json:"in"`   // what a client sends
	Out         []frame     `json:"out"`
	Codes       []closeCode `json:"codes"`
	Programs    []program   `json:"programs"`
}

// frame is one kind of frame, or one Socket.IO event.
type frame struct {
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Schema      *schema `json:"schema,omitempty"` // nil: any JSON
	Example     any     `json:"example,omitempty"`
}

type closeCode struct {
	Code        string `json:"code"`
	Description string `json:"description"`
}

// program works as it is, with the hub at its default address.
type program struct {
	Language string `json:"language"`
	Code     string `json:"code"`
}

// framed adds a frame's type to the components and names its schema.
func framed[T any](s schemas, name, description string, example T) frame {
	add[T](s, false)
	return frame{name, description, ref[T](), example}
}

// only is the part of T's schema that one kind of frame has.
func only[T any](s schemas, fields ...string) *schema {
	all := s[reflect.TypeFor[T]().Name()]
	part := &schema{Type: all.Type, Properties: &properties{}, Additional: false}
	for _, name := range fields {
		field := all.Properties.byName[name]
		if field == nil {
			panic("no field " + name)
		}
		part.Properties.set(name, field)
		if slices.Contains(all.Required, name) {
			part.Required = append(part.Required, name)
		}
	}
	return part
}

const whatAKillTakes = "A hub that was killed, or lost its power, has forgotten what waited in its lanes and for its clients, and who was connected: clients come back by themselves as somebody new, " +
	"and what it had taken and not sent does not come. A hub that is stopped sends it first, for 5 s. Numbers go on after either, and none is used twice."

const whoMay = "Programs on the hub's machine, and pages served from it, need no key. A browser that came by the view link has its cookie, and may view. "

func webSocket(s schemas) protocol {
	add[wire.SocketIn](s, true)
	s["SocketIn"].Required = []string{"type"} // the rest depends on it
	eight := int64(8)
	in := func(name, description, example string, fields ...string) frame {
		part := only[wire.SocketIn](s, append([]string{"type", "id"}, fields...)...)
		part.Properties.byName["type"] = &schema{Type: "string", Enum: []string{name}, Description: "always " + name}
		return frame{name, description, part, json.RawMessage(example)}
	}
	return protocol{
		ID: "websocket", Title: "WebSocket", Path: "/websocket",
		Summary: "One JSON object in each text frame, in both directions. No library is needed.",
		Description: "A frame is at most 1 MiB (`limits.max_frame`), in at most 1024 fragments (`limits.max_fragments`). Unknown fields, and fields that say nothing in a frame of its type, are refused by name. " +
			"A mistake is answered with an `error` frame and the connection stays open. The hub pings every 25 s; browsers answer by " +
			"themselves, and a client of which nothing is heard for 60 s is closed.\n\n" +
			"People see the client by the name that it gives in the address, as in `/websocket?name=dash-04`.\n\n" +
			"A second `subscribe` to a namespace takes the place of the first. A connection has at most 256 subscriptions (`limits.max_subscriptions`).\n\n" +
			"`/api/v1/feed` is a WebSocket too: what this hub's own interface reads. Its shapes may change with every version.",
		Auth: whoMay + "Others send `Authorization: Bearer KEY` with the handshake or, as a browser cannot, an `auth` frame first, within 10 s. " +
			"Publishing needs the scope publish, subscribing the scope view.",
		Order: "Messages of a namespace come in the order they were emitted. `seq` names a message for ever, in every protocol; numbers may be left out. " +
			"After `subscribed` come the last messages that were asked for, then those that are emitted from then on: none is left out, and none comes twice. " +
			"Who was cut off subscribes again, and finds by `seq` what came meanwhile: with `last`, or by `GET /api/v1/messages`. " + whatAKillTakes,
		Slow: fmt.Sprintf("At most %d frames or %d MiB wait for one client. Beyond that the oldest messages are dropped and a `missed` frame in their place says how many; "+
			"with `slow_policy = disconnect` the connection is closed with 1008 instead. Nobody else is delayed. These are the defaults of `outbox_frames` and `outbox_bytes`.",
			outbox.DefaultMaxFrames, outbox.DefaultMaxBytes>>20),
		In: []frame{
			in("subscribe", "Asks for a namespace's messages: those for everybody, and those for the rooms named.",
				`{"type":"subscribe","namespace":"/ws/rt_market","events":["tick"],"rooms":["AAPL"],"last":10}`,
				"namespace", "events", "rooms", "last"),
			in("publish", "Hands one message in.",
				`{"type":"publish","id":7,"namespace":"/ws/rt_market","event":"tick","data":{"symbol":"AAPL","price":189.3}}`,
				"namespace", "event", "on", "data", "rooms", "source_time"),
			in("unsubscribe", "Ends a subscription.", `{"type":"unsubscribe","namespace":"/ws/rt_market"}`, "namespace"),
			in("auth", "Shows a key. It adds to what the connection may do.", `{"type":"auth","key":"es_…"}`, "key"),
		},
		Out: []frame{
			framed(s, "event", "A message, as it is emitted.", exampleEvent()),
			framed(s, "subscribed", "Answers a subscribe.", wire.SocketSubscribed{Type: "subscribed", Namespace: "/ws/rt_market"}),
			framed(s, "ack", "Answers a publish that had an id: the message was taken.", wire.SocketAck{Type: "ack", ID: 7, Seq: 123}),
			framed(s, "error", "A frame was not done, and why. The codes are those of REST.",
				wire.SocketError{Type: "error", ID: &eight, Error: wire.ErrorOf(wire.DecodeStrict([]byte(`{"evnt":"tick"}`), &wire.SocketIn{}))}),
			framed(s, "missed", "Messages were left out because the client was slow.", wire.SocketMissed{Type: "missed", Count: 214}),
			framed(s, "authenticated", "Answers an auth.", wire.SocketAuthenticated{Type: "authenticated", Scopes: "view publish"}),
			framed(s, "stopping", "The hub will stop. What still waits comes; then the connection is closed with 1001.", wire.SocketBye{Type: "stopping"}),
		},
		Codes: []closeCode{
			{"1001", "The hub has stopped. Connect again when it is back."},
			{"1002", "What came is not the WebSocket protocol."},
			{"1003", "A binary frame came; only text frames are read."},
			{"1007", "A text frame was not UTF-8."},
			{"1008", "No key, or an unknown one, or it was revoked, or the hub is not shared any more (an error frame comes first); too slow; nothing heard for 60 s; or disconnected by a person. The reason says which."},
			{"1009", "A frame was over the limit. The reason names the setting."},
		},
		Programs: []program{{"JavaScript", webSocketJS}, {"Python", webSocketPython}},
	}
}

func socketIO(s schemas) protocol {
	add[wire.Auth](s, false)
	add[wire.Last](s, true)
	add[wire.Missed](s, false)
	ack := framed(s, "ack", "What the callback of an event is called with, whichever event it is.", wire.Ack{OK: true, Seq: 123})
	names := &schema{AnyOf: []*schema{{Type: "string"}, {Type: "array", Items: &schema{Type: "string"}}}}
	tick := json.RawMessage(`{"symbol":"AAPL","price":189.3}`)
	return protocol{
		ID: "socketio", Title: "Socket.IO", Path: "/socket.io/",
		Summary: "Any client of Socket.IO 3 or newer, by polling or WebSocket. The official one is served at `/socket.io/socket.io.js`, offline too.",
		Description: "Connect to any namespace: a message published there reaches everybody in it, as an event of its name with its data. " +
			"Messages for rooms reach who has joined one of them.\n\n" +
			"The events `publish`, `join`, `leave` and `last` are for the hub. Whatever else a client emits is recorded and, where the lane's " +
			"`relay` is on, sent on to the others. On `/ws`, `message` is answered with `message_back`. An event without a callback gets no answer, not even an error: use one.\n\n" +
			"A packet, its attachments included, is at most 1 MiB (`limits.max_frame`), and a message has at most 64 of them (`limits.max_attachments`). A client is in at most 256 rooms " +
			"of each namespace (`limits.max_rooms`). Socket.IO 2 clients are served where the setting `eio3` is on. " +
			"People see the client by the name that it gives on connect: `auth: {name: \"dash-04\"}`.",
		Auth: whoMay + "Others connect with `auth: {key: \"KEY\"}`, or with the header `Authorization: Bearer KEY`. " +
			"A refused `auth` gets `connect_error`, whose `data` is an Error: its code is `unauthorized` or `unknown_key`. " +
			"A header with an unknown key is refused before that, with 401 and without `data`.",
		Order: "Messages of a namespace come in the order they were emitted. With `auth: {last: n}` the newest n of each event come first, then what is emitted " +
			"from then on: none is left out, and none comes twice. Socket.IO carries neither number nor time: put your own in the data if you need them.\n\n" +
			"Where the setting `recovery` is on, a client whose connection broke comes back for as long as who it was (`socket.recovered` is true): with its id, in its rooms, and what it missed comes first, " +
			"each message once. Where that is no longer known, or more than half of what may wait for a client, it comes as somebody new. Every event has one argument more then, text such as `\"#1234\"`, " +
			"that socket.io-client from version 4.6 on needs; others see it, too, but not those of version 2. " + whatAKillTakes,
		Slow: fmt.Sprintf("At most %d messages or %d MiB wait for one client, by polling too. Beyond that the oldest messages are dropped and the event `missed` in their place says how many; "+
			"with `slow_policy = disconnect` the client is disconnected instead, and connects again by itself. Nobody else is delayed. These are the defaults of `outbox_frames` and `outbox_bytes`.",
			outbox.DefaultMaxFrames, outbox.DefaultMaxBytes>>20),
		In: []frame{
			{"auth", "Goes with the connection to a namespace. Fields of your own are ignored.", ref[wire.Auth](), wire.Auth{Last: 10}},
			{"publish", "Hands one message in. Without a namespace it goes to the socket's own.", ref[wire.Publish](), json.RawMessage(`{"event":"tick","data":{"symbol":"AAPL","price":189.3}}`)},
			{"join", "Joins rooms: a name or an array of names.", names, "AAPL"},
			{"leave", "Leaves rooms.", names, []string{"AAPL", "NVDA"}},
			{"last", "Asks for the newest messages once more. Without an argument: the newest of each event.", ref[wire.Last](), wire.Last{Event: "tick", N: 10}},
		},
		Out: []frame{
			{"the message's event", "A message, as it is emitted: its data is the argument.", nil, tick},
			ack,
			{"connect_error", "The connection to the namespace was refused; this is its data.", ref[wire.Error](),
				wire.ErrorOf(fault.Newf(fault.Unauthorized, "this connection may neither view nor publish").WithHint("connect with auth: {key: …}"))},
			{"missed", "Messages were left out because the client was slow. The namespaces of a connection share what may wait, so each of them gets this event, with the same count: that of the whole connection.",
				ref[wire.Missed](), wire.Missed{Count: 214}},
			{"expelled", "Who came in may not be here any more: a key was revoked, or the hub is not shared now, or viewing needs a key. Then the connection is closed; " +
				"who may come back tries again by itself, and who needs another key stays away.",
				ref[wire.Error](), wire.ErrorOf(fault.Newf(fault.Unauthorized, "the key was revoked").WithCode("unknown_key"))},
			{"stopping", "The hub will stop; no argument. What still waits comes; then the connection is closed, and the client tries again by itself.", nil, nil},
		},
		Codes: []closeCode{
			{"unauthorized", "In `connect_error`: the connection may neither view nor publish."},
			{"unknown_key", "In `connect_error`: the key is unknown, or was revoked. Who is connected when it is revoked is disconnected."},
			{"invalid_namespace", "In `connect_error`: no such namespace can be."},
			{"limit_exceeded", "In `connect_error` or an ack: too many namespaces, rooms or wrong keys."},
			{"invalid_last", "In `connect_error` or an ack: more of the last messages were asked for than the hub gives."},
			{"forbidden", "In an ack: the key does not allow it."},
			{"queue_full", "In an ack: the lane is full. Wait, then publish again."},
			{"rate_limited", "In an ack: this machine hands in more than it may for long. Publish more slowly."},
			{"out_of_memory", "In an ack: the hub takes nothing until it has room. Wait, then publish again."},
			{"stopping", "In an ack or `connect_error`: try again when the hub is back."},
			{"io server disconnect", "As the reason of `disconnect`: a person disconnected the client, or its key was revoked (the event `expelled` comes first). It stays away until you call `connect()`."},
			{"transport close", "As the reason of `disconnect`: the hub stopped, or the client was too slow or did not answer a ping in time. It comes back by itself."},
		},
		Programs: []program{{"JavaScript", socketIOJS}, {"Python", socketIOPython}},
	}
}

const webSocketJS = `const hub = new WebSocket("ws://127.0.0.1:8092/websocket");
const namespace = "/ws/rt_market";
const send = (frame) => hub.send(JSON.stringify(frame));

hub.onopen = () => {
  send({ type: "subscribe", namespace, last: 1 });
  const data = { symbol: "AAPL", price: 189.3 };
  send({ type: "publish", id: 7, namespace, event: "tick", data });
};
hub.onmessage = ({ data }) => console.log(data);
hub.onclose = (bye) => console.log("closed", bye.code, bye.reason);
`

const webSocketPython = `# pip install websocket-client
import json
from websocket import create_connection

market = {"namespace": "/ws/rt_market"}
data = {"symbol": "AAPL", "price": 189.3}
hub = create_connection("ws://127.0.0.1:8092/websocket")

def send(kind, **fields):
    hub.send(json.dumps({"type": kind, **market, **fields}))

send("subscribe", last=1)
send("publish", id=7, event="tick", data=data)
while text := hub.recv():
    print(json.loads(text))
`

const socketIOJS = `const url = "http://127.0.0.1:8092";
// In a page. In Node: npm install socket.io-client, and
// import { io } from "socket.io-client";
const { io } = await import(url + "/socket.io/socket.io.esm.min.js");

const hub = io(url + "/ws/rt_market", { auth: { last: 1 } });
hub.on("connect_error", (problem) => console.error(problem.message));
hub.on("tick", (data) => console.log("tick", JSON.stringify(data)));
hub.on("connect", () => {
  const data = { symbol: "AAPL", price: 189.3 };
  hub.emit("publish", { event: "tick", data }, (ack) =>
    console.log("ack", JSON.stringify(ack)));
});
`

const socketIOPython = `# pip install "python-socketio[client]"
import socketio

url, market = "http://127.0.0.1:8092", "/ws/rt_market"
hub = socketio.Client()

@hub.on("tick", namespace=market)
def tick(data):
    print("tick", data)

hub.connect(url, namespaces=[market], auth={"last": 1})
data = {"symbol": "AAPL", "price": 189.3}
print("ack", hub.call("publish", {"event": "tick", "data": data}, market))
hub.wait()
`
