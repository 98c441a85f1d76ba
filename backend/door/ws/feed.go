package ws

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// waitingFrames is how many frames wait for a viewer at most, the one that is
// being written included. While there are so many no frame is made, and the next
// one tells all that happened meanwhile: a slow viewer sees fewer frames.
const waitingFrames = 2

func (d *Door) serveFeed(w http.ResponseWriter, r *http.Request) {
	if status, err := mayWatch(msg.CallerOf(r.Context())); err != nil {
		d.refused(msg.CallerOf(r.Context()), err)
		refuse(w, status, err)
		return
	}
	if err := d.enter(); err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	first := r.URL.Query().Get("query")
	c, err := d.open(w, r, d.opts.Outbox)
	if err != nil {
		d.leave()
		return
	}
	go func() {
		defer d.leave()
		d.register(c, nil)
		defer d.unregister(c, nil)
		d.view(c, first)
	}()
}

// mayWatch says why the caller may not have the feed, and with which status.
func mayWatch(caller msg.Caller) (status int, err *fault.Error) {
	switch {
	case caller.Scopes == 0:
		return http.StatusUnauthorized, fault.Newf(fault.Unauthorized, "the feed needs a key that may view").
			WithHint("open the interface by its view link")
	case !caller.Scopes.Has(msg.MayView):
		return http.StatusForbidden, fault.Newf(fault.Forbidden, "this key may not view")
	}
	return 0, nil
}

// view serves one viewer until its connection ends. Its first query came with it.
func (d *Door) view(c *conn, first string) {
	if err := c.welcome(); err != nil {
		d.refused(c.caller(), err)
		c.expel(fault.From(err))
		_ = c.serve(func([]byte) {}) // how it ends does not matter
		return
	}
	filter, badQuery := query.Parse(first)
	viewer, err := d.opts.OpenViewer(query.View{Filter: filter})
	if err != nil {
		// Only a connection that was opened can tell a browser why.
		c.shutWith(fault.From(err), websocket.CloseTryAgainLater, wire.SocketError{Type: "error", Error: wire.ErrorOf(err)})
		reason := c.serve(func([]byte) {})
		d.log.Debug("Viewer refused", "reason", reason)
		return
	}
	defer viewer.Close()
	d.opts.Audit.Note(msg.Act{Kind: msg.Connected, By: c.caller(), Door: msg.DoorWebSocket, Subject: "viewer"})
	hello := d.opts.Hello()
	hello.Type, hello.Scopes = "hello", c.caller().Scopes.String()
	d.greet(c, hello)
	if badQuery != nil {
		c.tell(wire.SocketError{Type: "error", Error: wire.ErrorOf(badQuery)})
	}

	ctx, cancel := context.WithCancel(context.Background()) // ends with the connection
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		c.show(ctx, viewer)
	}()
	reason := c.serve(func(frame []byte) {
		c.heed(viewer, frame)
	})
	cancel()
	<-shown
	d.log.Debug("Viewer disconnected", "reason", reason)
}

// heed does what a viewer asks for, or tells it why not.
func (c *conn) heed(viewer Viewer, frame []byte) {
	var kind struct{ Type string }
	_ = json.Unmarshal(frame, &kind) // what is no JSON at all, ask says
	var err error
	if kind.Type == "series" {
		err = c.plot(viewer, frame)
	} else {
		err = ask(viewer, frame)
	}
	if err != nil {
		c.tell(wire.SocketError{Type: "error", Error: wire.ErrorOf(err)})
	}
}

// plot reads which series a viewer wants from now on. Of one that cannot be told
// it says why; the others are told all the same.
func (c *conn) plot(viewer Viewer, frame []byte) error {
	var in wire.FeedSeries
	if err := wire.DecodeStrict(frame, &in); err != nil {
		return err
	}
	asks := make([]query.Series, 0, len(in.Series))
	for _, s := range in.Series {
		filter, err := query.Parse(s.Query)
		if err = cmp.Or(err, jsontext.CheckPlace(s.Pointer)); err != nil {
			c.tell(wire.SocketError{Type: "error", ID: &s.ID, Error: wire.ErrorOf(err)})
			continue
		}
		asks = append(asks, query.Series{ID: s.ID, Query: s.Query, Filter: filter, Pointer: s.Pointer})
	}
	return viewer.Series(asks)
}

// ask reads a viewer's new query.
func ask(viewer Viewer, frame []byte) error {
	var in wire.FeedQuery
	if err := wire.DecodeStrict(frame, &in); err != nil {
		return err
	}
	if in.Type != "query" {
		return unknownType(in.Type, "query or series")
	}
	filter, err := query.Parse(in.Query)
	if err != nil {
		return err
	}
	highlight, err := query.Parse(in.Highlight)
	if err != nil {
		return err
	}
	viewer.Query(query.View{Number: in.Number, Filter: filter, Highlight: highlight})
	return nil
}

// show makes frames as fast as the viewer takes them and the feed has them.
func (c *conn) show(ctx context.Context, viewer Viewer) {
	for c.out.WaitBelow(ctx, waitingFrames) == nil {
		frame, err := viewer.Next(ctx)
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				c.door.log.Error("Viewer has no next frame", "err", err)
				c.Shut(fault.From(err), websocket.CloseInternalServerErr)
			}
			return
		}
		c.tell(wire.FrameOf(frame))
	}
}
