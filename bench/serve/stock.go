package serve

import (
	"net/http"
	"time"

	"github.com/zishang520/socket.io/servers/socket/v3"
)

// stock is the Socket.IO library as it comes: its transports, its adapter, its
// parser, its settings.
type stock struct{ namespace socket.Namespace }

func newStock(mux *http.ServeMux) *stock {
	server := socket.NewServer(nil, nil)
	mux.Handle("/socket.io/", server.ServeHandler(nil))
	return &stock{namespace: server.Of(Namespace, nil)}
}

// Broadcast implements broadcaster. It hands over a value to encode, as the
// library wants it.
func (s *stock) Broadcast(due time.Time, size int) {
	_ = s.namespace.Emit(Event, map[string]any{"due": due.UnixNano(), "pad": pad(size)}) // it fails for reserved names only
}
