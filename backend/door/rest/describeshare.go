package rest

import (
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// What the document says of the routes for sharing and access.

func docGetSharing() *operation {
	return about("getSharing", "access", "How others reach the hub", "Addresses are told also while sharing is off: the best guess first.").
		givesJSON("The state.", ref[wire.Sharing](), exampleSharing())
}

func docPatchSharing() *operation {
	return about("share", "access", "Share on the LAN, or stop it",
		"Holds until the hub ends; the settings `lan` and `open_view` decide how it starts. Clients on the hub's own machine stay connected. "+
			"When sharing ends, those of other machines are disconnected; when viewing needs a key again, those without one are.").
		takes(jsonType, ref[wire.SharingPatch](), map[string]example{
			"share": {object{"on": true}}, "stop": {object{"on": false}}, "anybody may view": {object{"open_view": true}},
		}).
		givesJSON("The state as it is now.", ref[wire.Sharing](), exampleSharing()).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the hub was started to listen on 192.168.1.20:8092, which others reach").
			WithHint("start it with an address of this machine alone, such as 127.0.0.1:8092")).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docPostLink() *operation {
	return about("viewLink", "access", "The view link",
		"A browser that opens an address of the hub with `/#k=KEY` behind it may view. The first request after the hub has started makes a new key; "+
			"links that were handed out before go on working, until the key named `View link` is revoked.").
		givesJSON("What the link carries.", ref[wire.ViewLink](), wire.ViewLink{Key: "es_…"})
}

func docGetKeys() *operation {
	return about("listKeys", "access", "Every key", "Oldest first. Secrets are kept nowhere.").
		givesJSON("The keys.", ref[wire.KeyList](), wire.KeyList{Keys: []wire.Key{exampleKey()}})
}

func docPostKey() *operation {
	return about("makeKey", "access", "Make a key", "Its secret is told this once.").
		takes(jsonType, ref[wire.NewKey](), map[string]example{"a producer": {object{"name": "feeder-01", "scopes": "view publish"}}}).
		gives(http.StatusCreated, "The key, with its secret.", jsonType, ref[wire.MadeKey](), wire.MadeKey{Key: exampleKey(), Secret: "es_…"}).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "there is a key named %q already", "feeder-01").
			WithHint("choose another name, or revoke that key first")).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "there are 256 keys; no more are allowed").WithHint("revoke those nobody uses")).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docDeleteKey() *operation {
	return about("revokeKey", "access", "Revoke a key", "It is unknown at once, and who came in with it is disconnected.").
		param("path", "name", "Its name.", &schema{Type: "string"}, "feeder-01").
		gives(http.StatusNoContent, "It is revoked.", "", nil, nil).
		failsWith(http.StatusNotFound, fault.Newf(fault.NotFound, "there is no key named %q", "feeder-01"))
}

func docGetSession() *operation {
	return about("getSession", "access", "What may I do?", "Tells what the caller may do, with its key, its cookie or neither.").
		givesJSON("The answer.", ref[wire.Session](), wire.Session{Scopes: "view", Key: "View link"})
}

func docPostSession() *operation {
	return about("openSession", "access", "Swap a key for a cookie",
		"For browsers of other machines: the cookie lets this browser view, whatever more the key allows, until the key is revoked. "+
			"It is `HttpOnly`, so no script can read it, and `SameSite=Strict`, so no other site's page can use it. "+
			"After ten wrong keys within a minute (`limits.max_failed_keys`) the answer is 429 until the minute is over; a key that is known is taken all the same.").
		takes(jsonType, ref[wire.NewSession](), map[string]example{"the key of a view link": {object{"key": "es_…"}}}).
		givesJSON("What the caller may do with the key.", ref[wire.Session](), wire.Session{Scopes: "view", Key: "View link"}).
		failsWith(http.StatusUnauthorized, fault.Newf(fault.Unauthorized, "the key is unknown").WithCode("unknown_key").
			WithHint("it may have been revoked; make a new one on the machine Emitscope runs on")).
		failsWith(http.StatusForbidden, fault.Newf(fault.Forbidden, "this key may not view").WithHint("use a key with the scope view")).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "too many wrong keys").WithHint("wait a minute, then use a key that is known")).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docDeleteSession() *operation {
	return about("closeSession", "access", "Give the cookie back", "").
		gives(http.StatusNoContent, "The browser forgets it.", "", nil, nil)
}

func docGetAudit() *operation {
	return about("audit", "access", "Who did what",
		"The last 1000 entries since the hub started, newest first: who connected or was refused, changed a lane, disconnected a client, shared, made or revoked a key. "+
			"What repeats within a minute is one entry with a count.").
		param("query", "before", "Only entries with a lower id: the `before` of the page before.", &schema{Type: "integer", Minimum: number(0)}, nil).
		param("query", "limit", "How many at most.",
			&schema{Type: "integer", Minimum: number(1), Maximum: number(auditMost), Default: auditDefault}, nil).
		givesJSON("A page.", ref[wire.AuditPage](), wire.AuditPage{Entries: []wire.AuditEntry{exampleAuditEntry()}}).
		fails(http.StatusBadRequest)
}

func docGetLimits() *operation {
	return about("limits", "access", "Every limit, and how often it was reached", "All are settings, in the table `limits`.").
		givesJSON("The limits.", ref[wire.LimitList](), wire.LimitList{Limits: []wire.Limit{
			{Name: "max_connections_per_address", Value: "512", Reached: 3, About: "Connections of one other machine."},
		}})
}

func exampleSharing() wire.Sharing {
	return wire.Sharing{
		On: true, Port: 8092, System: "linux",
		Addresses: []wire.ShareAddress{
			{Host: "192.168.1.20", URL: "http://192.168.1.20:8092", Kind: "wifi"},
			{Host: "studio.local", URL: "http://studio.local:8092", Kind: "name"},
		},
		Others:     []wire.OtherHub{{Name: "kiln", URL: "http://kiln.local:8092"}},
		LastCaller: &wire.LastCaller{Address: "192.168.1.77", Time: "2026-01-02T15:04:03.000000000Z"},
	}
}

func exampleKey() wire.Key {
	return wire.Key{
		Name: "feeder-01", Scopes: "view publish", Created: "2026-01-02T15:00:00.000000000Z", LastUsed: "2026-01-02T15:04:05.000000000Z", Messages: 24_524,
	}
}

func exampleAuditEntry() wire.AuditEntry {
	return wire.AuditEntry{
		ID: 12, Time: "2026-01-02T15:04:01.000000000Z", Count: 1, Kind: string(msg.LaneChanged), Door: "rest", Address: "192.168.1.23", Key: "ops laptop",
		Subject: "/ws/rt_market",
	}
}
