package ws

import (
	"context"
	"errors"
	"net/http"

	"github.com/gorilla/websocket"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// waitingFrames is how many frames wait for a viewer at most, the one that is
// being written included. While there are so many no frame is made, and the next
// one tells all that happened meanwhile: a slow viewer sees fewer frames.
const waitingFrames = 2

func (d *Door) serveFeed(w http.ResponseWriter, r *http.Request) {
	switch scopes := msg.CallerOf(r.Context()).Scopes; {
	case scopes == 0:
		refuse(w, http.StatusUnauthorized, fault.Newf(fault.Unauthorized, "the feed needs a key that may view").
			WithHint("open the interface by its view link"))
		return
	case !scopes.Has(msg.MayView):
		refuse(w, http.StatusForbidden, fault.Newf(fault.Forbidden, "this key may not view"))
		return
	}
	if err := d.enter(); err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	query := r.URL.Query().Get("query")
	c, err := d.open(w, r, d.opts.Outbox)
	if err != nil {
		d.leave()
		return
	}
	go func() {
		defer d.leave()
		d.register(c, nil)
		d.opts.Audit.Note(msg.Act{Kind: msg.Connected, By: *c.caller.Load(), Door: msg.DoorWebSocket, Subject: "viewer"})
		defer d.unregister(c, nil)
		d.view(c, query)
	}()
}

// view serves one viewer until its connection ends.
func (d *Door) view(c *conn, query string) {
	filter, badQuery := msg.ParseFilter(query)
	viewer, err := d.opts.OpenViewer(filter)
	if err != nil {
		// Only a connection that was opened can tell a browser why.
		c.shutWith(fault.From(err), websocket.CloseTryAgainLater, wire.SocketError{Type: "error", Error: wire.ErrorOf(err)})
		reason := c.serve(func([]byte) {})
		d.log.Debug("Viewer refused", "reason", reason)
		return
	}
	defer viewer.Close()
	hello := d.opts.Hello()
	hello.Type, hello.Scopes = "hello", c.caller.Load().Scopes.String()
	c.tell(hello)
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
		if err := ask(viewer, frame); err != nil {
			c.tell(wire.SocketError{Type: "error", Error: wire.ErrorOf(err)})
		}
	})
	cancel()
	<-shown
	d.log.Debug("Viewer disconnected", "reason", reason)
}

// ask reads a viewer's new query.
func ask(viewer Viewer, frame []byte) error {
	var in wire.FeedQuery
	if err := wire.DecodeStrict(frame, &in); err != nil {
		return err
	}
	if in.Type != "query" {
		return unknownType(in.Type, "query")
	}
	filter, err := msg.ParseFilter(in.Query)
	if err != nil {
		return err
	}
	viewer.Query(filter)
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
