package msg

import (
	"context"
	"net/netip"
)

// Caller is who sent a request or opened a connection, and what it may do.
type Caller struct {
	Scopes  Scopes
	Address netip.Addr // of the other end, without port; the zero Addr when it is unknown
	Local   bool       // it is on this machine, and asks for nobody elsewhere
	Key     string     // name of the key it showed; empty: none
}

type callerKey struct{}

// WithCaller returns ctx carrying who asks. Package access puts it there, in
// front of every door.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf returns who asks; somebody who may do nothing when nobody put any there.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
