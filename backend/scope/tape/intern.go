package tape

import (
	"context"
	"database/sql"

	"emitscope/backend/msg"
)

// maxInterned bounds how many short numbers are remembered, of streams and of
// origins; what is forgotten is asked of the file again.
const maxInterned = 100_000

// interned gives a short number to what many messages have in common.
type interned[K comparable] struct {
	ids  map[K]int64
	add  *sql.Stmt // returns the number, whether it is new or not
	args func(K) []any
}

func (in *interned[K]) id(ctx context.Context, key K) (int64, error) {
	if id, known := in.ids[key]; known {
		return id, nil
	}
	var id int64
	if err := in.add.QueryRowContext(ctx, in.args(key)...).Scan(&id); err != nil {
		return 0, err
	}
	if len(in.ids) >= maxInterned {
		clear(in.ids)
	}
	in.ids[key] = id
	return id, nil
}

// stream is all messages with one namespace and event.
type stream struct{ namespace, event string }

const (
	addStream = "INSERT INTO stream (namespace, event) VALUES (?, ?) ON CONFLICT DO UPDATE SET event = event RETURNING id"
	addOrigin = "INSERT INTO origin (door, client, address, key, local) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET key = key RETURNING id"
)

func internStreams(add *sql.Stmt) interned[stream] {
	return interned[stream]{ids: map[stream]int64{}, add: add, args: func(s stream) []any { return []any{s.namespace, s.event} }}
}

func internOrigins(add *sql.Stmt) interned[msg.Origin] {
	return interned[msg.Origin]{ids: map[msg.Origin]int64{}, add: add, args: func(o msg.Origin) []any {
		return []any{string(o.Door), o.Client, o.Address, o.Key, o.Local}
	}}
}
