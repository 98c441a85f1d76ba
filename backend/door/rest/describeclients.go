package rest

import (
	"encoding/json"
	"net/http"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// What the document says of the routes about clients.

func docGetClients() *operation {
	return about("listClients", "clients", "Connected sockets",
		"Whatever their door. `total` counts all of them, however many are listed; `behind` and `losing` say how many of all do not keep up: "+
			"what waits for them has waited for 250 ms, or they missed messages in the last 10 s.").
		param("query", "q", "Only those in whose address, name, program, door, key, namespaces or rooms this stands, in capitals or not.", &schema{Type: "string"}, "AAPL").
		param("query", "sort", "oldest: the longest connected first. slowest: who loses messages, then who falls behind, then who ever missed any.",
			&schema{Type: "string", Enum: clientSorts(), Default: clientSorts()[0]}, "slowest").
		param("query", "limit", "How many at most.",
			&schema{Type: "integer", Minimum: number(1), Maximum: number(clientsMost), Default: clientsDefault}, nil).
		givesJSON("The clients.", ref[wire.ClientList](), wire.ClientList{Clients: []wire.Client{exampleClient()}, Total: 214, Found: 1, Behind: 2, Losing: 1}).
		fails(http.StatusBadRequest)
}

func docGetClient() *operation {
	return about("getClient", "clients", "One connected socket", "").
		param("path", "id", "The client's id.", &schema{Type: "string"}, exampleClient().ID).
		givesJSON("The client.", ref[wire.Client](), exampleClient()).
		failsWith(http.StatusNotFound, noClient(exampleClient().ID))
}

func docGetClientHistory() *operation {
	return about("clientHistory", "clients", "How full outboxes were",
		"The fullest that each client's outbox was in each step, as one byte: 0 to 254 as a share of what may wait, 255 where messages were missed. "+
			"Who asks again with `after` gets only the steps since.").
		param("query", "step", "1s: the last minute; 5s: the last ten.", &schema{Type: "string", Enum: []string{"1s", "5s"}, Default: "5s"}, nil).
		param("query", "after", "Only steps that were over after this: the last of `times` of the answer before.", &schema{Type: "string", Format: "date-time"}, nil).
		givesJSON("The levels.", ref[wire.ClientHistory](), wire.ClientHistory{
			Step: "5s", Times: []string{"2026-01-02T15:04:00.000000000Z", "2026-01-02T15:04:05.000000000Z"},
			Clients: []string{exampleClient().ID, "01KE00000000000000000000CC"}, Counts: []int{2, 1}, Levels: []byte{1, 255, 3},
		}).
		fails(http.StatusBadRequest)
}

func docGetClientsLeft() *operation {
	return about("listDepartures", "clients", "Who has left, and why", "The last 200, the newest first. They are kept until the hub ends.").
		givesJSON("Those who have left.", ref[wire.DepartureList](), wire.DepartureList{Total: 3, Departures: []wire.Departure{{
			Time: "2026-01-02T15:04:05.000000000Z", Why: "too_slow", Client: exampleClient(),
		}}})
}

func docPatchClient() *operation {
	drop := "drop-oldest"
	return about("updateClient", "clients", "Change what happens when a socket is slow", "It holds as long as the socket is connected.").
		param("path", "id", "The client's id.", &schema{Type: "string"}, exampleClient().ID).
		takes(jsonType, ref[wire.ClientPatch](), map[string]example{"a policy": {wire.ClientPatch{SlowPolicy: &drop}}}).
		givesJSON("The client as it is now.", ref[wire.Client](), exampleClient()).
		fails(http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge).
		failsWith(http.StatusNotFound, noClient(exampleClient().ID))
}

func docDeleteClient() *operation {
	return about("disconnectClient", "clients", "Disconnect a socket", "Nothing keeps it from coming back.").
		param("path", "id", "The client's id.", &schema{Type: "string"}, exampleClient().ID).
		gives(http.StatusNoContent, "It is disconnected.", "", nil, nil).
		failsWith(http.StatusNotFound, noClient(exampleClient().ID))
}

func docPostClientMessage() *operation {
	id := exampleClient().ID
	return about("publishToClient", "clients", "Send a message to one client",
		"It passes the same entrance as every message, does not wait for the lane's pace, and is shown to nobody else. With `ack`, a Socket.IO client's program is asked to "+
			"confirm it: the answer comes when it has, with what it gave back and the time from the emit until that was here. Where it has not, the error names the "+
			"message's number (`first_seq`), for it was sent.").
		param("path", "id", "The client's id.", &schema{Type: "string"}, id).
		takes(jsonType, ref[wire.DirectMessage](), map[string]example{
			"a message":         {object{"namespace": "/ws/rt_market", "event": "tick", "data": object{"symbol": "AAPL"}}},
			"wait for its ack":  {object{"namespace": "/ws/rt_market", "event": "reload", "ack": "5s"}},
			"a binary argument": {object{"namespace": "/ws/rt_market", "event": "image", "data": object{"_placeholder": true, "num": 0}, "attachments": []string{"iVBORw0KGgo="}}},
			"several arguments": {object{"namespace": "/ws/rt_market", "event": "move", "data": []any{"left", 3}, "args": true}},
		}).
		gives(http.StatusAccepted, "It is on its way.", jsonType, ref[wire.Accepted](), wire.Accepted{
			Accepted: 1, FirstSeq: 123, LastSeq: 123, QueueDepth: map[string]int{"/ws/rt_market": 0},
		}).
		givesJSON("The client's program has confirmed it.", ref[wire.Acked](), wire.Acked{Seq: 123, Data: json.RawMessage(`{"ok":true}`), RoundTrip: "1.8ms"}).
		fails(http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable).
		failsWith(http.StatusTooManyRequests, tooFast(), outOfMemory()).
		failsWith(http.StatusNotFound, noClient(id)).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "client %q gets nothing of %s", id, "/ws").WithCode("not_in_namespace").WithHint("it is in /ws/rt_market")).
		failsWith(http.StatusGatewayTimeout, noAck(5*time.Second))
}
