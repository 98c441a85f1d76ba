package serve

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// Run is the server called name: it serves until ctx ends. Its address is the
// first line it writes to out.
func Run(ctx context.Context, name string, out io.Writer) error {
	mux := http.NewServeMux()
	s := &stage{}
	switch name {
	case "emitscope":
		s.broadcaster = newEmitscope(mux)
	case "stock":
		s.broadcaster = newStock(mux)
	case "bare":
		s.broadcaster = newBare(mux)
	case "centrifuge":
		c, err := newCentrifuge(mux)
		if err != nil {
			return err
		}
		defer c.stop()
		s.broadcaster = c
	case "nethttp":
		mux.HandleFunc("POST /api/v1/messages", takeIn)
		s.broadcaster = nobody{}
	default:
		return fmt.Errorf("there is no server called %q", name)
	}
	s.routes(mux)
	defer s.cancel()
	return listen(ctx, mux, out)
}

// nobody broadcasts to no one.
type nobody struct{}
