//go:build !unix

package trial

import "net"

// newReader returns the cheapest reader there is for conn.
func newReader(conn net.Conn) reader { return plainReader{conn} }
