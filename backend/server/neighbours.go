package server

import (
	"context"

	"emitscope/backend/access/mdns"
	"emitscope/backend/msg"
)

// neighbours announces the hub on the network while it is shared, and knows the
// others there.
type neighbours interface {
	Run(ctx context.Context) error
	Set(on bool)
	Others() []msg.OtherHub
	// Host is the name by which others find this machine; empty while there is none.
	Host() string
}

// announcer returns what announces the hub, if the settings let it.
func (s *Server) announcer(port int) neighbours {
	if !s.cfg.MDNS {
		return alone{}
	}
	return mdns.New(mdns.Options{Port: port, TLS: s.certificate.config != nil, Version: s.version, Log: s.log, Named: s.guard.SetAnnounced})
}

// alone neither announces nor looks.
type alone struct{}

func (alone) Run(context.Context) error { return nil }
func (alone) Set(bool)                  {}
func (alone) Others() []msg.OtherHub    { return nil }
func (alone) Host() string              { return "" }
