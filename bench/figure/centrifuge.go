package figure

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"emitscope/backend/trial"
	"emitscope/bench/serve"
)

// centrifugeClient listens to centrifuge by its JSON protocol: one frame is one
// or more lines, each a reply or a push; an empty object is a ping.
type centrifugeClient struct{ socket *trial.Socket }

// dialCentrifuge connects subscribers to the server at url.
func dialCentrifuge(url string) func(context.Context, int) (trial.Receiver, error) {
	return func(ctx context.Context, _ int) (trial.Receiver, error) {
		socket, err := trial.DialSocket(ctx, url+"/connection/websocket")
		if err != nil {
			return nil, err
		}
		c := &centrifugeClient{socket}
		for _, command := range []string{`{"id":1,"connect":{}}`, `{"id":2,"subscribe":{"channel":"` + serve.Channel + `"}}`} {
			if err := c.ask(ctx, command); err != nil {
				_ = socket.Close() // it is of no use
				return nil, err
			}
		}
		return c, nil
	}
}

// ask sends a command and waits for its reply.
func (c *centrifugeClient) ask(ctx context.Context, command string) error {
	if err := c.socket.Send([]byte(command)); err != nil {
		return err
	}
	reply, err := c.socket.Next(ctx)
	if err != nil {
		return err
	}
	if bytes.Contains(reply, []byte(`"error"`)) {
		return fmt.Errorf("centrifuge answers %s to %s", reply, command)
	}
	return nil
}

// Receive implements trial.Receiver.
func (c *centrifugeClient) Receive(take func(at time.Time, message []byte)) error {
	return c.socket.Receive(func(at time.Time, frame []byte) error {
		for line := range bytes.SplitSeq(frame, []byte{'\n'}) {
			if string(line) == "{}" {
				_ = c.socket.Send(line) // if it fails, so does reading
			} else if len(line) > 0 {
				take(at, line)
			}
		}
		return nil
	})
}

// Close implements trial.Receiver.
func (c *centrifugeClient) Close() error { return c.socket.Close() }
