package app

import (
	"net"
	"strconv"

	"emitscope/backend/config"
)

// webAddress is what to type into a browser on this machine to reach a hub that
// has these settings and listens on addr.
func webAddress(addr net.Addr, cfg config.Config) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return addr.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http://"
	if !cfg.IsLoopback() && (cfg.TLS || cfg.TLSCert != "") { // others come the same way, by TLS
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}
