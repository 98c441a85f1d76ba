package server

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"emitscope/backend/fault"
)

// cannotListen explains to a person why a port could not be opened.
func cannotListen(addr string, err error) error {
	host, port, _ := net.SplitHostPort(addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		holder := "another program"
		n, _ := strconv.Atoi(port)
		if name, pid, ok := holderOf(n); ok {
			holder = fmt.Sprintf("%s (process %d)", name, pid)
		}
		return fault.Newf(fault.Conflict, "port %s is taken by %s", port, holder).WithCode("port_taken").
			WithHint("end that program, or choose another port: --addr %s", net.JoinHostPort(host, strconv.Itoa(n+1)))
	case errors.Is(err, syscall.EACCES):
		return fault.Newf(fault.Forbidden, "this user may not listen on port %s", port).WithCode("port_forbidden").
			WithHint("choose a port above 1023, such as --addr %s", net.JoinHostPort(host, "8092"))
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fault.Newf(fault.Invalid, "%s is no address of this machine", host).WithCode("wrong_address").
			WithHint("listen on 127.0.0.1, or share on the LAN with --lan")
	}
	return fmt.Errorf("listen on %s: %w", addr, err)
}
