package serve

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/centrifugal/centrifuge"
)

// Channel is where centrifuge publishes.
const Channel = "bench"

// fuge is centrifuge with its memory engine and its settings as they come.
type fuge struct{ node *centrifuge.Node }

func newCentrifuge(mux *http.ServeMux) (*fuge, error) {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		return nil, fmt.Errorf("make a centrifuge node: %w", err)
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{}}, nil
	})
	node.OnConnect(func(c *centrifuge.Client) {
		c.OnSubscribe(func(_ centrifuge.SubscribeEvent, answer centrifuge.SubscribeCallback) {
			answer(centrifuge.SubscribeReply{}, nil)
		})
	})
	if err := node.Run(); err != nil {
		return nil, fmt.Errorf("run the centrifuge node: %w", err)
	}
	mux.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}))
	return &fuge{node: node}, nil
}

// Broadcast implements broadcaster.
func (f *fuge) Broadcast(due time.Time, size int) {
	_, _ = f.node.Publish(Channel, payload(due, size)) // without an answer it is lost, and counted there
}

func (f *fuge) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = f.node.Shutdown(ctx) // the process ends now in any case
}
