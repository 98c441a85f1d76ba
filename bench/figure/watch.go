package figure

import (
	"context"
	"sync"
	"time"

	"emitscope/backend/trial"
	"emitscope/bench/peer"
)

// watch opens one viewer of the hub, as a window would, and reads what it is
// shown until stop is called.
func watch(ctx context.Context, hub *peer.Peer) (stop func(), err error) {
	socket, err := trial.DialSocket(ctx, hub.URL+"/api/v1/feed")
	if err != nil {
		return nil, err
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		_ = socket.Receive(func(time.Time, []byte) error { return nil }) // it ends with the connection
	})
	return func() {
		_ = socket.Close()
		reader.Wait()
	}, nil
}
